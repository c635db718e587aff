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
	// Reply returns the value of a reply. An error is that of a reply that `fails`: the caller gets it in an
	// [fsm.ReplyError].
	Reply(q *Question) (any, error)
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
	// Failures has the errors of replies by their name. What is missing does not fail.
	Failures map[string]error
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

// Reply answers from Failures and Replies.
func (a *Answers) Reply(q *Question) (any, error) {
	if err := a.Failures[q.Name()]; err != nil {
		return nil, err
	}
	return a.Replies[q.Name()], nil
}

// Act runs what Actions has.
func (a *Answers) Act(q *Question) {
	if act, ok := a.Actions[q.Name()]; ok {
		act(q)
		return
	}
	clear(q.Data)
}

// occurrence is the content of an event of the core, but for a [finale].
type occurrence interface{ happen(t *turn) }

// message is an event that was sent or raised.
type message struct {
	event   *spec.Event
	payload Values
}

func (o *message) happen(t *turn) {
	t.event, t.payload = o.event, o.payload
	if t.pending != nil { // what a resumed machine has postponed before
		t.actions = append(t.actions, statem.Postpone(true))
		return
	}
	t.react(spec.Trigger{Kind: spec.OnEvent, Event: o.event})
}

// expiry is a timer that has expired.
type expiry struct {
	trigger spec.Trigger
	seen    bool // it has been delivered before, and was postponed
}

func (o *expiry) happen(t *turn) {
	t.payload, t.event = Values{}, o.trigger.Event
	if o.trigger.IsPeriodic() && !o.seen {
		t.repeat(o.trigger)
	}
	o.seen = true
	t.react(o.trigger)
}

// completion says that a compound state is in a final child.
type completion struct {
	state *spec.State
	stay  int
}

func (o *completion) happen(t *turn) {
	t.payload = Values{}
	if !o.state.Contains(t.leaf) || t.stays[o.state] != o.stay {
		t.note(Entry{Kind: Dropped, Name: o.state.Name + " done", State: t.leaf.Name})
		t.actions = append(t.actions, statem.KeepEventTimer()) // what is dropped is no event
		return
	}
	t.react(spec.Trigger{Kind: spec.OnDone, State: o.state})
}

// conclusion is the result of an invoke that is on.
type conclusion struct {
	trigger spec.Trigger
	payload Values
}

func (o *conclusion) happen(t *turn) {
	t.payload = o.payload
	t.react(o.trigger)
}

// finale ends the machine, for a reason unless that is its normal end.
type finale struct{ reason error }

// arming starts the timers of a resumed machine.
type arming struct{ timers []Timer }

func (o arming) happen(t *turn) {
	for _, timer := range o.timers {
		t.actions = append(t.actions, timer.key().After(timer.Left, &expiry{trigger: timer.Trigger}))
	}
}

// Finish ends an invoke that is on, with the fields of its result, or with an error. Of several of one name it is the
// one that began first, unless the name says of which state: start@connecting.
func (m *Machine) Finish(invoke string, result Values, err error) error {
	v := m.running(invoke)
	if v == nil {
		e := &InvokeError{Invoke: invoke}
		for _, on := range m.invokes {
			e.Want = append(e.Want, on.Src.Value)
		}
		return e
	}
	m.Conclude(v, result, err)
	return nil
}

// running returns the invoke that is on that a name stands for, or nil.
func (m *Machine) running(name string) *spec.Invocation {
	for _, v := range m.invokes {
		if v.Src.Value == name || v.Src.Value+"@"+m.owner(v).Name == name {
			return v
		}
	}
	return nil
}

// Conclude is [Machine.Finish] for one of [Machine.Invokes]: two of one name may be on.
func (m *Machine) Conclude(v *spec.Invocation, result Values, err error) {
	m.invokes = slices.DeleteFunc(slices.Clone(m.invokes), func(other *spec.Invocation) bool { return other == v })
	c := &conclusion{trigger: spec.Trigger{Kind: spec.OnInvokeDone, State: m.owner(v), Invoke: v}, payload: result.clone()}
	if err != nil {
		c.trigger.Kind, c.payload = spec.OnInvokeError, Values{"error": err}
	}
	m.note(Entry{Kind: Returned, Name: v.Src.Value, Value: err})
	_ = m.core.Send(statem.Event{Kind: statem.KindInfo, Content: c}) // fails only if the machine has ended: then nothing is on
	m.run()
}

// Invokes returns the invokes that are on, in the order in which they began.
func (m *Machine) Invokes() []*spec.Invocation { return slices.Clone(m.invokes) }

// owner returns the state that declares an invoke.
func (m *Machine) owner(v *spec.Invocation) *spec.State {
	for s := range m.spec.All() {
		if slices.Contains(s.Invokes, v) {
			return s
		}
	}
	return nil
}
