package statem

import (
	"context"

	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// Call sends an event and waits for its reply, as [Live.Call] does, and gives the reply its type. A
// reply of another type is an [fsm.ReplyTypeError].
func Call[R any, S comparable, D any](ctx context.Context, m *Live[S, D], content any) (R, error) {
	return engine.Call[R](ctx, &m.server, content)
}

// Pending is a call that has been sent. Its reply is collected later. It belongs to one goroutine.
// It may be dropped: only the reply is lost.
type Pending[R any] struct {
	pending engine.Pending[R]
}

// Send sends a call and does not wait for its reply. It fails only if the call cannot be delivered.
func Send[R any, S comparable, D any](m *Live[S, D], content any) (Pending[R], error) {
	p, err := engine.Send[R](&m.server, content)
	return Pending[R]{p}, err
}

// Wait waits for the reply, for the end of ctx, or for the end of the machine. After ctx has ended,
// Wait may be called again. After the reply has come, each Wait returns it.
func (p Pending[R]) Wait(ctx context.Context) (R, error) {
	return p.pending.Wait(ctx)
}

// Answered returns a channel that is closed when Wait has a reply to return. It is for a select
// over several calls. A machine may end without answering: see [Live.Done].
func (p Pending[R]) Answered() <-chan struct{} { return p.pending.Answered() }

// Abandon gives up the reply: a later reply is dropped, and Wait returns [ErrAbandoned]. It reports
// false if the reply has come already.
func (p Pending[R]) Abandon() bool { return p.pending.Abandon() }
