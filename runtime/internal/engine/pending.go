package engine

import (
	"context"
	"errors"

	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// ErrAbandoned is the result of waiting for a call after [Pending.Abandon].
var ErrAbandoned = errors.New("fsm: abandoned: send the call again")

// Pending is a call that has been sent. Its reply is collected later. It belongs to one goroutine.
// It may be dropped: only the reply is lost.
type Pending[R any] struct {
	server *Server
	from   *reply.From
}

// Send sends a call and does not wait for its reply. It fails only if the call cannot be delivered.
func Send[R any](s *Server, content any) (Pending[R], error) {
	p := Pending[R]{server: s, from: new(reply.From)}
	ev := Event{Kind: KindCall, Content: content, From: p.from}
	return p, s.send(&message{event: ev}, drainBudget{messages: batchSize, call: p.from})
}

// Wait waits for the reply, for the end of ctx, or for the end of the machine. After ctx has ended,
// Wait may be called again. After the reply has come, each Wait returns it.
func (p Pending[R]) Wait(ctx context.Context) (R, error) {
	var none R
	if reply.IsAnswered(p.from) {
		return typed[R](reply.Result(p.from))
	}
	if err := p.server.checkCaller(ctx); err != nil {
		return none, err
	}
	if err := p.server.await(ctx, p.from); err != nil {
		return none, err
	}
	return typed[R](reply.Result(p.from))
}

// Answered returns a channel that is closed when Wait has a reply to return. It is for a select
// over several calls. A machine may end without answering: see [Server.Done].
func (p Pending[R]) Answered() <-chan struct{} { return reply.Answered(p.from) }

// Abandon gives up the reply: a later reply is dropped, and Wait returns [ErrAbandoned]. It reports
// false if the reply has come already.
func (p Pending[R]) Abandon() bool { return p.from.Fail(ErrAbandoned) }
