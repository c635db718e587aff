package engine

import "github.com/fsmgen/fsmgen/runtime/internal/reply"

// Kind is the origin of an event.
type Kind uint8

// The kinds of event (R001). An enter call is not an event.
const (
	KindCast         Kind = iota + 1 // sent without waiting for a reply
	KindCall                         // sent by a caller that waits for the reply
	KindInfo                         // any other message; only hand-written machines see it
	KindInternal                     // inserted by the machine itself
	KindEventTimeout                 // no event happened for some time
	KindStateTimeout                 // the state lasted for some time
	KindNamedTimeout                 // of a timer with a name, which survives state changes
	KindInvoke                       // the result of an invoke; its content is an [Outcome]
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
	case KindInvoke:
		return "invoke"
	default:
		return "Kind(invalid)"
	}
}

// Event is one event of a machine, with its payload boxed. The typed methods of generated machines
// box an event only if it has to wait.
type Event struct {
	Kind    Kind
	Name    string // of the timer, if it has one
	Content any
	From    *reply.From // only for KindCall
}
