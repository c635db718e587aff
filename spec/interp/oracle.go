package interp

import (
	"slices"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// Oracle stands for the hooks of a machine. Its methods run while an event is handled, and must not send to the machine.
type Oracle interface {
	// Guard answers a guard, or a part of a condition whose values are not known. It may be asked more than once, and
	// answers the same until an action has run.
	Guard(q *Question) bool
	// Choose returns one of the outcomes of a choice. Another answer ends the machine with an [OutcomeError].
	Choose(q *Question) string
	// Reply returns the value of a reply.
	Reply(q *Question) any
	// Act runs an action. It may write q.Data, and must delete from it what the action would write and the oracle does not
	// know.
	Act(q *Question)
}

// Overrider is an [Oracle] that also decides parts of conditions whose values are known.
type Overrider interface {
	Oracle
	// Overrides reports whether Guard answers the question, whatever the values are.
	Overrides(q *Question) bool
}

// Question is what an oracle is asked, and what it may know.
type Question struct {
	Hook *spec.Hook // nil where a part of a condition is asked
	Expr *spec.Expr // that part: a comparison, or a bool value
	// Computed is what the values say about Expr; nil where they are not known.
	Computed *bool
	State    *spec.State
	// Payload is that of the event; what is missing is not known. An action that takes the caller of an event with
	// `reply: later` finds its [Caller] as "caller".
	Payload Values
	Data    Values
	Params  Values
	// Turn counts the events that the machine has handled: two questions with one Turn are about the same event.
	Turn int

	turn *turn
}

// Name is the name of the hook, or the text of the part of a condition.
func (q *Question) Name() string {
	if q.Hook != nil {
		return q.Hook.Name
	}
	return Format(q.Expr)
}

// Spec is the machine that is asked about.
func (q *Question) Spec() *spec.Machine { return q.turn.spec }

// Raise makes the machine handle an event right after this one, as an action of generated code can.
func (q *Question) Raise(ev *spec.Event, payload Values) { q.turn.raise(ev, payload) }

// Caller waits for the reply of a call that an action has taken for later.
type Caller struct {
	Event *spec.Event
	from  *fsm.From
}

// Reply answers the call. It reports whether the answer counts: only the first does.
func (c *Caller) Reply(value any) bool { return c.from.Reply(value) }

// Fail answers the call with an error.
func (c *Caller) Fail(err error) bool { return c.from.Fail(err) }

// Callers returns who wait for a reply that comes later, the one who waits longest first.
func (m *Machine) Callers() []*Caller { return slices.Clone(m.callers) }
