package runtime

import (
	"context"
	"sync/atomic"
)

// From is where the reply of one call goes. It may be kept and answered later, from any goroutine; the first answer
// counts and every other one is dropped (R066, R067).
type From struct {
	state   atomic.Uint32
	result  answer                     // valid with fromAnswered
	woken   chan struct{}              // closed by the answer; valid with fromAwaited
	deliver func(value any, err error) // nil: whoever has sent the call reads result
}

type answer struct {
	value any
	err   error
}

const (
	fromTaken    uint32 = 1 << iota // somebody answers
	fromAnswered                    // the answer can be read
	fromAwaited                     // the caller has gone to sleep
)

// NewFrom returns a From whose first answer is handed to deliver, on the goroutine that answers.
func NewFrom(deliver func(value any, err error)) *From {
	return &From{deliver: deliver}
}

// Reply answers the call with value. It reports whether the answer counts: it is the first, and the caller still waits.
func (f *From) Reply(value any) bool { return f.answer(value, nil) }

// Fail answers the call with an error. It reports whether the answer counts.
func (f *From) Fail(err error) bool { return f.answer(nil, err) }

func (f *From) answer(value any, err error) bool {
	if f == nil || f.state.Or(fromTaken)&fromTaken != 0 {
		return false
	}
	if f.deliver != nil {
		f.deliver(value, err)
		return true
	}
	f.result = answer{value, err}
	if f.state.Or(fromAnswered)&fromAwaited != 0 {
		close(f.woken)
	}
	return true
}

func (f *From) isAnswered() bool { return f != nil && f.state.Load()&fromAnswered != 0 }

// answered returns a channel that is closed when the answer can be read. It is for the caller alone.
func (f *From) answered() <-chan struct{} {
	if f.woken == nil {
		f.woken = make(chan struct{})
		if f.state.Or(fromAwaited)&fromAnswered != 0 {
			close(f.woken)
		}
	}
	return f.woken
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
	case <-s.Done():
		f.settle(s.Err())
		return nil
	}
}

// settle answers the call with err unless somebody else answers it right now.
func (f *From) settle(err error) {
	f.Fail(err)
	<-f.answered()
}
