package runtime

import (
	"context"
	"sync/atomic"
)

// From is where the reply of one call goes. It may be kept and answered later, from any goroutine; the first answer
// counts and every other one is dropped (R066, R067).
type From struct {
	state  atomic.Uint32
	answer any           // the reply, or the error; before that who is told, if the answer is not waited for
	ready  chan struct{} // closed by the answer; valid with fromAwaited
}

const (
	fromClaimed  uint32 = 1 << iota // somebody answers
	fromAnswered                    // the answer can be read
	fromFailed                      // it is an error
	fromAwaited                     // the caller has gone to sleep
	fromBegun                       // the machine has met the event
	fromDelivers                    // the answer is handed to a function

	fromWithdrawn = fromClaimed | 1<<7 // the caller has taken the event back before the machine has met it
)

// NewFrom returns a From whose first answer is handed to deliver, on the goroutine that answers.
func NewFrom(deliver func(value any, err error)) *From {
	f := &From{answer: deliver}
	f.state.Store(fromDelivers)
	return f
}

// Reply answers the call with value. It reports whether the answer counts: it is the first, and the caller still waits.
func (f *From) Reply(value any) bool { return f.settle(value, fromAnswered) }

// Fail answers the call with an error. It reports whether the answer counts.
func (f *From) Fail(err error) bool { return f.settle(err, fromAnswered|fromFailed) }

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

// result returns what the caller gets.
func result(answer any, state uint32) (value any, err error) {
	if state&fromFailed == 0 {
		return answer, nil
	}
	err, _ = answer.(error)
	return nil, err
}

// result is valid when the call is answered.
func (f *From) result() (value any, err error) { return result(f.answer, f.state.Load()) }

func (f *From) isAnswered() bool { return f != nil && f.state.Load()&fromAnswered != 0 }

// answered returns a channel that is closed when the answer can be read. It is for the caller alone.
func (f *From) answered() <-chan struct{} {
	if f.ready == nil {
		f.ready = make(chan struct{})
		if f.state.Or(fromAwaited)&fromAnswered != 0 {
			close(f.ready)
		}
	}
	return f.ready
}

// await waits for the answer, and fails with the cause of ctx if that ends before. The call stays as it is then. Who kept it
// to answer it later does so no more when the machine has ended: that is the answer then (R071).
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

// begin notes that the machine meets the event. It reports false if its caller has withdrawn it: nothing is to be done then.
func (f *From) markBegun() bool {
	return f == nil || f.state.Or(fromBegun)&fromWithdrawn != fromWithdrawn
}

// withdraw takes the event back for its caller. It reports false if the machine has met it, or somebody answers it.
func (f *From) withdraw() bool { return f.state.CompareAndSwap(fromAwaited, fromAwaited|fromWithdrawn) }

// giveUp ends the call for its caller, who waits no longer. It says in err whether the event is withdrawn, which it is unless
// the machine has met it. A call that is answered right now is answered.
func (f *From) giveUp(err *WaitError, met bool) (any, error) {
	if !met && f.withdraw() {
		err.Withdrawn = true
		return nil, err
	}
	f.answerWith(err)
	return f.result()
}

// end answers the call with err unless somebody else answers it right now.
func (f *From) answerWith(err error) {
	f.Fail(err)
	<-f.answered()
}

// Caller is who waits for the reply of a call that is answered later. A hook keeps it, and anybody may answer it, on any
// goroutine. When the machine ends, those that nobody has answered are told so.
type Caller[R any] struct {
	from *From
}

// CallerOf returns who waits for the reply of ev. Nobody does if it is no call.
func CallerOf[R any](ev Event) Caller[R] { return Caller[R]{from: ev.From} }

// Reply answers the call at once, also before the step that runs has moved the machine. It reports whether the answer counts:
// it is the first, and somebody still waits for it.
func (c Caller[R]) Reply(value R) bool { return c.from.Reply(value) }

// Fail answers the call with an error. It reports whether the answer counts.
func (c Caller[R]) Fail(err error) bool { return c.from.Fail(err) }

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
