package runtime

import "sync/atomic"

// Kind says where an event comes from.
type Kind uint8

// The kinds of event (R001). An enter call is not an event.
const (
	KindCast         Kind = iota + 1 // sent one way
	KindCall                         // sent by a caller who waits for the reply
	KindInfo                         // any other message; only hand-written machines see it
	KindInternal                     // inserted by the machine itself
	KindEventTimeout                 // nothing happened for a while
	KindStateTimeout                 // the state lasted
	KindNamedTimeout                 // a timer with a name, which survives state changes
)

func (k Kind) String() string {
	switch k {
	case KindCast:
		return "cast"
	case KindCall:
		return "call"
	case KindInfo:
		return "info"
	case KindInternal:
		return "internal"
	case KindEventTimeout:
		return "timeout"
	case KindStateTimeout:
		return "state_timeout"
	case KindNamedTimeout:
		return "named_timeout"
	default:
		return "Kind(invalid)"
	}
}

// Event is one thing that happens to a machine, with its payload boxed. The typed methods of generated machines need none
// of it unless the event has to wait.
type Event struct {
	Kind    Kind
	Name    string // of the timer; only for KindNamedTimeout
	Content any
	From    *From // only for KindCall
}

// From is where the reply of one call goes. It may be kept and answered later, from any goroutine; the first answer
// counts and every other one is dropped (R066, R067).
type From struct {
	answered atomic.Bool
	deliver  func(value any, err error)
}

// NewFrom returns a From whose first answer is handed to deliver, on the goroutine that answers.
func NewFrom(deliver func(value any, err error)) *From {
	return &From{deliver: deliver}
}

// Reply answers the call with value. It reports whether this was the first answer.
func (f *From) Reply(value any) bool { return f.answer(value, nil) }

// Fail answers the call with an error. It reports whether this was the first answer.
func (f *From) Fail(err error) bool { return f.answer(nil, err) }

func (f *From) isAnswered() bool { return f != nil && f.answered.Load() }

func (f *From) answer(value any, err error) bool {
	if f == nil || !f.answered.CompareAndSwap(false, true) {
		return false
	}
	f.deliver(value, err)
	return true
}
