package runtime

import "context"

// Pending is a call on its way, whose reply is collected later. It belongs to one goroutine. Whoever forgets it loses
// nothing but the reply.
type Pending[R any] struct {
	server *Server
	from   *From
}

// Send sends a call and does not wait for its reply. It fails only if the call cannot be delivered.
func Send[R any](s *Server, content any) (Pending[R], error) {
	p := Pending[R]{server: s, from: new(From)}
	ev := Event{Kind: KindCall, Content: content, From: p.from}
	return p, s.send(&message{event: ev}, drainBudget{messages: batchSize, call: p.from})
}

// Wait waits for the reply, for ctx, or for the machine's end. The reply can still be waited for after ctx has ended, and
// had again after it has come.
func (p Pending[R]) Wait(ctx context.Context) (R, error) {
	var none R
	if p.from.isAnswered() {
		return typed[R](p.from.result())
	}
	if err := p.server.checkCaller(ctx); err != nil {
		return none, err
	}
	if err := p.from.await(ctx, p.server); err != nil {
		return none, err
	}
	return typed[R](p.from.result())
}

// Answered is closed when Wait has a reply to return. It is for a select over many calls, which a machine may also leave
// unanswered when it ends: see [Server.Done].
func (p Pending[R]) Answered() <-chan struct{} { return p.from.answered() }

// Abandon gives the reply up: one that comes later is dropped, and Wait returns [ErrAbandoned]. It reports false if the
// reply has come already.
func (p Pending[R]) Abandon() bool { return p.from.Fail(ErrAbandoned) }
