package simulate

import (
	"slices"

	"github.com/fsmgen/fsmgen/runtime/statem"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// Oracle answers for the hooks of a machine. Its methods run while an event is handled, and must not send to the
// machine.
type Oracle interface {
	// Guard answers a guard, or a part of a condition whose values are not known. It may be asked more than once, and
	// answers the same until an action has run.
	Guard(q *Question) bool
	// Choose returns one of the outcomes of a choice. Another answer ends the machine with an [OutcomeError].
	Choose(q *Question) string
	// Reply returns the value of a reply.
	Reply(q *Question) any
	// Act runs an action. It may write q.Data, and must delete from it what the action would write and the oracle does
	// not know.
	Act(q *Question)
}

// Overrider is an [Oracle] that also decides parts of conditions whose values are known.
type Overrider interface {
	Oracle
	// Overrides reports whether Guard answers the question, whatever the values are.
	Overrides(q *Question) bool
}

// Question is a question to an oracle, with what the oracle may know.
type Question struct {
	Hook *spec.Hook // nil where a part of a condition is asked
	Expr *expr.Expr // that part: a comparison, or a bool value
	// Computed is the result of Expr; nil where its values are not known.
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
	return q.Expr.String()
}

// Spec is the machine that is asked about.
func (q *Question) Spec() *spec.Machine { return q.turn.spec }

// Raise makes the machine handle an event right after this one, as an action of generated code can.
func (q *Question) Raise(ev *spec.Event, payload Values) { q.turn.raise(ev, payload) }

// Caller waits for the reply of a call that an action has taken for later.
type Caller struct {
	Event *spec.Event
	from  *statem.From
}

// Reply answers the call. It reports whether the answer counts: only the first does.
func (c *Caller) Reply(value any) bool { return c.from.Reply(value) }

// Fail answers the call with an error.
func (c *Caller) Fail(err error) bool { return c.from.Fail(err) }

// Callers returns the calls that wait for a later reply, the oldest first.
func (m *Machine) Callers() []*Caller { return slices.Clone(m.callers) }

// Answers is an [Oracle] of fixed answers, which may be changed between two events.
type Answers struct {
	// Guards answers guards by their name, and parts of conditions by their text, as [expr.Expr] writes it: each time
	// with the next answer, of which the last stays, and whatever the values are. What is missing is answered by
	// Default.
	Guards  map[string][]bool
	Default bool
	// Choices answers choices by their name, likewise. What is missing is answered with the first outcome.
	Choices map[string][]string
	// Replies answers replies by their name. What is missing is answered with nil.
	Replies map[string]any
	// Actions runs actions by their name. After one that is missing nothing of the data is known.
	Actions map[string]func(q *Question)
}

// Guard answers from Guards.
func (a *Answers) Guard(q *Question) bool { return next(a.Guards, q.Name(), a.Default) }

// next takes the next answer to a question, of which the last stays.
func next[V any](all map[string][]V, name string, otherwise V) V {
	answers := all[name]
	if len(answers) == 0 {
		return otherwise
	}
	if len(answers) > 1 {
		all[name] = answers[1:]
	}
	return answers[0]
}

// Overrides reports whether Guards has an answer.
func (a *Answers) Overrides(q *Question) bool { return len(a.Guards[q.Name()]) > 0 }

// Choose answers from Choices.
func (a *Answers) Choose(q *Question) string {
	return next(a.Choices, q.Name(), q.Hook.Outcomes[0].Value)
}

// Reply answers from Replies.
func (a *Answers) Reply(q *Question) any { return a.Replies[q.Name()] }

// Act runs what Actions has.
func (a *Answers) Act(q *Question) {
	if act, ok := a.Actions[q.Name()]; ok {
		act(q)
		return
	}
	clear(q.Data)
}
