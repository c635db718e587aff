package statem

import (
	"github.com/fsmgen/fsmgen/runtime/internal/engine"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// Kind is the origin of an event. Its method String returns the name that gen_statem has for it.
type Kind = engine.Kind

// The kinds of event (R001). An enter call is not an event.
const (
	KindCast         = engine.KindCast         // sent without waiting for a reply
	KindCall         = engine.KindCall         // sent by a caller that waits for the reply
	KindInfo         = engine.KindInfo         // any other message
	KindInternal     = engine.KindInternal     // inserted by the machine itself
	KindEventTimeout = engine.KindEventTimeout // no event happened for some time
	KindStateTimeout = engine.KindStateTimeout // the state lasted for some time
	KindNamedTimeout = engine.KindNamedTimeout // of a timer with a name, which survives state changes
)

// Event is one event of a machine.
type Event struct {
	Kind    Kind
	Name    string // of the timer, if it has one
	Content any
	From    *From // only for KindCall
}

// From is the reply address of one call. It may be kept and answered later: by the actions [Reply]
// and [ReplyError], or from any goroutine by its methods Reply(value any) bool and Fail(err error)
// bool. The first answer counts; later ones are dropped. The methods report whether the answer
// counts: it is the first, and the caller still waits (R066, R067).
type From = reply.From

// NewFrom returns a From that passes its answer to deliver, on the goroutine that answers.
func NewFrom(deliver func(value any, err error)) *From { return reply.NewFrom(deliver) }
