package runtime

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

// Event is one thing that happens to a machine, with its payload boxed. The typed methods of generated machines need none
// of it unless the event has to wait.
type Event struct {
	Kind    Kind
	Name    string // of the timer, if it has one
	Content any
	From    *From // only for KindCall
}
