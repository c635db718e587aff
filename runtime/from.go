package runtime

import (
	"context"
	"sync/atomic"
)

// From is the reply address of one call. It may be kept and answered later, from any goroutine. The
// first answer counts; later ones are dropped (R066, R067).
type From struct {
	state  atomic.Uint32
	answer any           // the reply or the error; before that the function of NewFrom
	ready  chan struct{} // closed by the answer; valid with fromAwaited
}

const (
	fromClaimed  uint32 = 1 << iota // an answer is being stored
	fromAnswered                    // the answer can be read
	fromFailed                      // the answer is an error
	fromAwaited                     // the caller waits on ready
	fromBegun                       // the machine has begun to handle the event
	fromDelivers                    // the answer goes to a function

	fromWithdrawn = fromClaimed | 1<<7 // the caller has withdrawn the event before the machine handled it
)

// NewFrom returns a From that passes its answer to deliver, on the goroutine that answers.
func NewFrom(deliver func(value any, err error)) *From {
	f := &From{answer: deliver}
	f.state.Store(fromDelivers)
	return f
}

// Reply answers the call with value. It reports whether the answer counts: it is the first, and the
// caller still waits.
func (f *From) Reply(value any) bool { return f.settle(value, fromAnswered) }

// Fail answers the call with an error. It reports whether the answer counts.
func (f *From) Fail(err error) bool { return f.settle(err, fromAnswered|fromFailed) }

// settle stores the first answer and wakes the caller. how has fromAnswered, and fromFailed for an
// error. Claiming before storing keeps a second answer from overwriting the first while the caller
// reads it.
func (f *From) settle(answer any, how uint32) bool {
	if f == nil {
		return false
	}
	before := f.state.Or(fromClaimed)
	switch {
	case before&fromClaimed != 0:
		return false
	case before&fromDelivers != 0:
		deliver := f.answer.(func(any, error))
		deliver(result(answer, how))
		return true
	}
	f.answer = answer
	if f.state.Or(how)&fromAwaited != 0 {
		close(f.ready)
	}
	return true
}

// result converts a stored answer to the results of a call.
func result(answer any, state uint32) (value any, err error) {
	if state&fromFailed == 0 {
		return answer, nil
	}
	err, _ = answer.(error)
	return nil, err
}

// result returns the answer. It is valid once the call is answered.
func (f *From) result() (value any, err error) { return result(f.answer, f.state.Load()) }

// isAnswered reports whether the answer can be read. A nil From is never answered.
func (f *From) isAnswered() bool { return f != nil && f.state.Load()&fromAnswered != 0 }

// answered returns a channel that is closed when the answer can be read. Only the caller's
// goroutine may use it.
func (f *From) answered() <-chan struct{} {
	if f.ready == nil {
		f.ready = make(chan struct{})
		if f.state.Or(fromAwaited)&fromAnswered != 0 {
			close(f.ready)
		}
	}
	return f.ready
}

// await waits for the answer, or returns the cause of ctx if that ends first: the call stays open
// then. When the machine ends, await answers the call itself: a hook may have kept the From and
// never answer it (R071).
func (f *From) await(ctx context.Context, s *Server) error {
	if f.isAnswered() {
		return nil
	}
	select {
	case <-f.answered():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.ended():
		f.answerWith(s.Err())
		return nil
	}
}

// markBegun marks the call as being handled. It reports false if the caller has withdrawn it: the
// event is dropped then.
func (f *From) markBegun() bool {
	return f == nil || f.state.Or(fromBegun)&fromWithdrawn != fromWithdrawn
}

// withdraw takes the event back for the caller. It reports false if the machine has begun to handle
// it, or an answer is being stored.
func (f *From) withdraw() bool { return f.state.CompareAndSwap(fromAwaited, fromAwaited|fromWithdrawn) }

// giveUp ends the call for its caller after the context has ended. It sets err.Withdrawn if the
// event could be withdrawn. If an answer is being stored at this moment, giveUp returns that
// answer.
func (f *From) giveUp(err *WaitError, met bool) (any, error) {
	if !met && f.withdraw() {
		err.Withdrawn = true
		return nil, err
	}
	f.answerWith(err)
	return f.result()
}

// answerWith answers the call with err unless it has an answer, and waits until the answer can be
// read.
func (f *From) answerWith(err error) {
	f.Fail(err)
	<-f.answered()
}

// Caller is the caller of a call that is answered later. A hook keeps it; any goroutine may answer.
// When the machine ends, calls without an answer fail.
type Caller[R any] struct {
	from *From
}

// CallerOf returns the caller of ev. If ev is not a call, answers to it are dropped.
func CallerOf[R any](ev Event) Caller[R] { return Caller[R]{from: ev.From} }

// Reply answers the call at once, also before the current step has changed the state. It reports
// whether the answer counts: it is the first, and the caller still waits.
func (c Caller[R]) Reply(value R) bool { return c.from.Reply(value) }

// Fail answers the call with an error. It reports whether the answer counts.
func (c Caller[R]) Fail(err error) bool { return c.from.Fail(err) }

// Pending is a call that has been sent. Its reply is collected later. It belongs to one goroutine.
// It may be dropped: only the reply is lost.
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

// Wait waits for the reply, for the end of ctx, or for the end of the machine. After ctx has ended,
// Wait may be called again. After the reply has come, each Wait returns it.
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

// Answered returns a channel that is closed when Wait has a reply to return. It is for a select
// over several calls. A machine may end without answering: see [Server.Done].
func (p Pending[R]) Answered() <-chan struct{} { return p.from.answered() }

// Abandon gives up the reply: a later reply is dropped, and Wait returns [ErrAbandoned]. It reports
// false if the reply has come already.
func (p Pending[R]) Abandon() bool { return p.from.Fail(ErrAbandoned) }
