// Package reply contains the reply address of a call. Users of the runtime see the type: it has the
// methods for them. What the engine does with an address are functions, which only the runtime can
// call.
package reply

import "sync/atomic"

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
		deliver(decode(answer, how))
		return true
	}
	f.answer = answer
	if f.state.Or(how)&fromAwaited != 0 {
		close(f.ready)
	}
	return true
}

// decode converts a stored answer to the results of a call.
func decode(answer any, state uint32) (value any, err error) {
	if state&fromFailed == 0 {
		return answer, nil
	}
	err, _ = answer.(error)
	return nil, err
}

// Result returns the answer. It is valid once the call is answered.
func Result(f *From) (value any, err error) { return decode(f.answer, f.state.Load()) }

// IsAnswered reports whether the answer can be read. A nil From is never answered.
func IsAnswered(f *From) bool { return f != nil && f.state.Load()&fromAnswered != 0 }

// Answered returns a channel that is closed when the answer can be read. Only the caller's
// goroutine may use it.
func Answered(f *From) <-chan struct{} {
	if f.ready == nil {
		f.ready = make(chan struct{})
		if f.state.Or(fromAwaited)&fromAnswered != 0 {
			close(f.ready)
		}
	}
	return f.ready
}

// MarkBegun marks the call as being handled. It reports false if the caller has withdrawn it: the
// event is dropped then.
func MarkBegun(f *From) bool {
	return f == nil || f.state.Or(fromBegun)&fromWithdrawn != fromWithdrawn
}

// Withdraw takes the event back for the caller. It reports false if the machine has begun to handle
// it, or an answer is being stored.
func Withdraw(f *From) bool { return f.state.CompareAndSwap(fromAwaited, fromAwaited|fromWithdrawn) }

// AnswerWith answers the call with err unless it has an answer, and waits until the answer can be
// read.
func AnswerWith(f *From, err error) {
	f.Fail(err)
	<-Answered(f)
}
