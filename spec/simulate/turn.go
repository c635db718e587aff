package simulate

import (
	"slices"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
	"github.com/fsmgen/fsmgen/spec"
)

// turn is one macrostep: everything that one event makes the machine do before the next one.
type turn struct {
	*Machine
	leaf    *spec.State
	payload Values
	event   *spec.Event  // nil where something else is the trigger
	from    *statem.From // the caller that waits for the reply of the event; nil: none

	left      bool  // at least one state was left
	ended     bool  // a final state at the top was entered
	postponed bool  // the event is tried again after the next change of the state
	failure   error // the machine ends because of it
	actions   []statem.Action
	replies   []statem.Action
}

// begin enters the initial state, or the configuration that the machine is being put into.
func (m *Machine) begin(x statem.Turn[place, struct{}]) statem.Result[place, struct{}] {
	if m.pending != nil {
		return x.Next(place{leaf: m.pending.Leaf})
	}
	start := m.spec.Start()
	t := turn{Machine: m, payload: Values{}, leaf: start.Leaf}
	t.enter(start.Entries)
	t.settle()
	return t.result(x)
}

// handle handles one event of the core.
func (m *Machine) handle(x statem.Turn[place, struct{}]) statem.Result[place, struct{}] {
	m.turns++
	t := turn{Machine: m, leaf: x.State.leaf, from: x.Event.From}
	if end, ok := x.Event.Content.(finale); ok {
		return x.Stop(end.reason)
	}
	x.Event.Content.(occurrence).happen(&t)
	return t.result(x)
}

// result tells the core what the turn has come to. A machine that ends does so in the state it has reached: as the next
// event.
func (t *turn) result(x statem.Turn[place, struct{}]) statem.Result[place, struct{}] {
	if t.ended || t.failure != nil {
		t.actions = []statem.Action{statem.Raise(finale{t.failure})}
	}
	if t.postponed { // also where the machine ends: the event then fails with it
		t.actions = append(t.actions, statem.Postpone(true))
	}
	to := place{t.leaf, x.State.stay}
	if t.left {
		to.stay++
	}
	return x.Next(to, slices.Concat(t.replies, t.actions)...)
}

// react does what the machine does on a trigger in its leaf.
func (t *turn) react(trigger spec.Trigger) {
	cell := t.spec.Decide(t.leaf, trigger)
	if transition := t.pick(cell.Transitions); transition != nil {
		t.take(transition, trigger)
		t.settle()
		return
	}
	if t.failure != nil {
		return
	}
	switch {
	case cell.End == spec.Postponed:
		t.note(Entry{Kind: Postponed, Name: Name(trigger), State: t.leaf.Name})
		t.postponed = true
	case cell.End == spec.Ignored:
		t.note(Entry{Kind: Ignored, Name: Name(trigger), State: t.leaf.Name})
		t.noReply()
	default:
		t.reject(trigger, cell)
	}
}

// pick returns the transition that is taken, with its choice made; nil if no guard holds.
func (t *turn) pick(transitions []*spec.Transition) *spec.Transition {
	for _, a := range transitions {
		if !t.holds(a.Guard) {
			continue
		}
		if a.Choose == nil {
			return a
		}
		return t.choose(a.Choose)
	}
	return nil
}

func (t *turn) choose(c *spec.Choose) *spec.Transition {
	answer := t.oracle.Choose(t.question(c.Src.Hook))
	t.note(Entry{Kind: Chose, Name: c.Src.Value, Value: answer, State: t.leaf.Name})
	var want []string
	for _, o := range c.Outcomes {
		if o.Value == answer {
			return o.Transition
		}
		want = append(want, o.Value)
	}
	t.failure = &OutcomeError{Choice: c.Src.Value, Outcome: answer, Want: want}
	return nil
}

// take makes the step of a transition: exits, actions, the reply, entries.
func (t *turn) take(a *spec.Transition, trigger spec.Trigger) {
	step := spec.Plan(t.leaf, a)
	from := t.leaf
	for _, s := range step.Exits {
		t.exit(s, from)
	}
	t.left = t.left || step.Changed
	for _, r := range a.Actions {
		t.act(r.Hook)
	}
	t.setTimers(a)
	for _, r := range a.Raise {
		t.raise(r.Event, t.payload.only(r.Event.Payload))
	}
	if trigger.Kind == spec.OnEvent {
		t.reply(a)
	}
	entries, leaf := step.Entries, step.Leaf
	if step.History != nil {
		rest := spec.Resume(step.History, t.memory[step.History.Parent])
		entries, leaf = slices.Concat(entries, rest.Entries), rest.Leaf
	}
	t.leaf = leaf
	t.note(Entry{Kind: Took, Name: Name(trigger), State: from.Name, To: leaf.Name, Transition: a, Left: step.Changed})
	t.enter(entries)
}

// settle takes eventless transitions until none holds.
func (t *turn) settle() {
	for n := 0; ; n++ {
		transition, trigger := t.eventless()
		if transition == nil {
			return
		}
		t.take(transition, trigger)
		if n == fsm.EventlessLimit {
			t.failure = &EventlessError{Machine: t.spec.Name.Value, State: t.leaf.Name}
			return
		}
	}
}

// eventless returns the eventless transition that is due.
func (t *turn) eventless() (*spec.Transition, spec.Trigger) {
	if t.ended || t.failure != nil {
		return nil, spec.Trigger{}
	}
	for s := range t.leaf.Ancestors() {
		trigger := spec.Trigger{Kind: spec.OnAlways, State: s}
		if transition := t.pick(t.spec.Decide(t.leaf, trigger).Transitions); transition != nil || t.failure != nil {
			return transition, trigger
		}
	}
	return nil, spec.Trigger{}
}

// act runs an action.
func (t *turn) act(hook *spec.Hook) {
	q := t.question(hook)
	t.note(Entry{Kind: Ran, Name: hook.Name, State: t.leaf.Name, Args: args(hook, q.Payload)})
	t.oracle.Act(q)
}

// question returns the question to the oracle about a hook, with the payload fields that the hook takes.
func (t *turn) question(hook *spec.Hook) *Question {
	q := &Question{Hook: hook, State: t.leaf, Payload: Values{}, Data: t.data, Params: t.params, Turn: t.turns, turn: t}
	for _, f := range hook.Payload {
		if value, ok := t.payload[f.Value]; ok {
			q.Payload[f.Value] = value
		}
		if f.Value == callerField && t.from != nil {
			q.Payload[callerField] = t.caller()
		}
	}
	return q
}

// raise queues an event of the machine itself.
func (t *turn) raise(ev *spec.Event, payload Values) {
	t.note(Entry{Kind: Raised, Name: ev.Name, State: t.leaf.Name})
	t.actions = append(t.actions, statem.Raise(&message{event: ev, payload: payload}))
}

// callerField is the payload field by which an action takes the caller.
const callerField = "caller"

// reply answers the event that a transition is taken for, in the leaf that it is taken in.
func (t *turn) reply(a *spec.Transition) {
	switch {
	case a.Postpone:
		t.postpone()
	case a.Reply != nil:
		t.answerWith(a.Reply.Hook)
	case !a.Later:
		t.noReply()
	}
}

// answerWith answers the call with what a reply says.
func (t *turn) answerWith(reply *spec.Hook) {
	value, err := t.oracle.Reply(t.question(reply))
	if err != nil {
		t.fail(&fsm.ReplyError{Machine: t.spec.Name.Value, State: t.leaf.Name, Event: t.event.Name, Err: err})
		return
	}
	t.answer(value)
}

// postpone keeps the event for the state that the transition leads to, where it is tried again.
func (t *turn) postpone() {
	t.postponed = true
	if t.retries++; t.retries > fsm.EventlessLimit {
		t.failure = &fsm.RetryError{Machine: t.spec.Name.Value, State: t.leaf.Name, Event: t.event.Name}
	}
}

// noReply answers an event that promises no value, and tells the sender of a call that there is none.
func (t *turn) noReply() {
	if t.event == nil {
		return
	}
	if t.event.Call.Value == "" {
		t.answer(nil)
		return
	}
	t.fail(&fsm.NoReplyError{Machine: t.spec.Name.Value, State: t.leaf.Name, Event: t.event.Name})
}

// reject tells the sender that no state takes the event.
func (t *turn) reject(trigger spec.Trigger, cell spec.Cell) {
	err := &fsm.UnhandledError{
		Machine: t.spec.Name.Value, State: t.leaf.Name, Event: t.event.Name,
		Refused: len(cell.Transitions) > 0, Guards: cell.Guards(), Allowed: t.allowed(t.leaf),
	}
	t.note(Entry{Kind: Rejected, Name: Name(trigger), State: t.leaf.Name, Refused: err.Refused, Value: err})
	t.actions = append(t.actions, statem.KeepEventTimer())
	t.fail(err)
}

func (t *turn) answer(value any) {
	if t.from != nil {
		t.replies = append(t.replies, statem.Reply(t.from, value))
	}
}

func (t *turn) fail(err error) {
	if t.from != nil {
		t.replies = append(t.replies, statem.ReplyError(t.from, err))
	}
}

// caller takes the caller of the event for a later reply.
func (t *turn) caller() *Caller {
	for _, c := range t.callers {
		if c.from == t.from {
			return c
		}
	}
	c := &Caller{Event: t.event, from: t.from}
	t.callers = append(t.callers, c)
	return c
}

// allowed are the events that a leaf handles, postpones or ignores.
func (m *Machine) allowed(leaf *spec.State) []string {
	var names []string
	for _, ev := range m.spec.Events {
		if c := m.spec.Cell(leaf, ev); len(c.Transitions) > 0 || c.End != spec.Rejected {
			names = append(names, ev.Name)
		}
	}
	return names
}

// answered notes what a caller gets, and removes the caller from those that wait.
func (m *Machine) answered(ev *spec.Event, from *statem.From, value any, err error) {
	m.callers = slices.DeleteFunc(m.callers, func(c *Caller) bool { return c.from == from })
	if ev.Call.Value == "" {
		return
	}
	e := Entry{Kind: Replied, Name: ev.Name, Value: value}
	if err != nil {
		e.Value = err
	}
	m.note(e)
}
