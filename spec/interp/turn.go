package interp

import (
	"slices"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// turn is one macrostep: everything that one event makes the machine do before the next one.
type turn struct {
	*Machine
	leaf    *spec.State
	payload Values
	event   *spec.Event // nil where something else is the trigger
	from    *fsm.From   // who waits for the reply of the event; nil: nobody

	left    bool  // at least one state was left
	ended   bool  // a final state at the top was entered
	failure error // the machine ends because of it
	actions []fsm.Action
	replies []fsm.Action
}

// begin enters the initial state, or the configuration that the machine is being put into.
func (m *Machine) begin(x fsm.Turn[place, struct{}]) fsm.Result[place, struct{}] {
	if m.pending != nil {
		return x.Next(place{leaf: m.pending.Leaf})
	}
	start := m.spec.Start()
	t := turn{Machine: m, payload: Values{}, leaf: start.Leaf}
	t.enter(start.Entries)
	t.settle()
	return t.result(x)
}

// handle is one event of the core.
func (m *Machine) handle(x fsm.Turn[place, struct{}]) fsm.Result[place, struct{}] {
	m.turns++
	t := turn{Machine: m, leaf: x.State.leaf, from: x.Event.From}
	if end, ok := x.Event.Content.(finale); ok {
		return x.Stop(end.reason)
	}
	x.Event.Content.(occurrence).happen(&t)
	return t.result(x)
}

// result tells the core what the turn has come to. A machine that ends does so in the state it has reached: as the next event.
func (t *turn) result(x fsm.Turn[place, struct{}]) fsm.Result[place, struct{}] {
	if t.ended || t.failure != nil {
		t.actions = []fsm.Action{fsm.Raise(finale{t.failure})}
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
	if arm := t.pick(cell.Arms); arm != nil {
		t.take(arm, trigger)
		t.settle()
		return
	}
	if t.failure != nil {
		return
	}
	switch {
	case cell.End == spec.Postponed:
		t.note(Entry{Kind: Postponed, Name: Name(trigger), State: t.leaf.Name})
		t.actions = append(t.actions, fsm.Postpone(true))
	case cell.End == spec.Ignored:
		t.note(Entry{Kind: Ignored, Name: Name(trigger), State: t.leaf.Name})
		t.noReply()
	default:
		t.reject(trigger, len(cell.Arms) > 0)
	}
}

// pick returns the arm that is taken, with its choice made; nil if no guard holds.
func (t *turn) pick(arms []*spec.Arm) *spec.Arm {
	for _, a := range arms {
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

func (t *turn) choose(c *spec.Choose) *spec.Arm {
	answer := t.oracle.Choose(t.question(c.Src.Hook))
	t.note(Entry{Kind: Chose, Name: c.Src.Value, Value: answer, State: t.leaf.Name})
	var want []string
	for _, o := range c.Outcomes {
		if o.Value == answer {
			return o.Arm
		}
		want = append(want, o.Value)
	}
	t.failure = &OutcomeError{Choice: c.Src.Value, Outcome: answer, Want: want}
	return nil
}

// take makes the step of an arm: exits, actions, the reply, entries.
func (t *turn) take(a *spec.Arm, trigger spec.Trigger) {
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
	t.note(Entry{Kind: Took, Name: Name(trigger), State: from.Name, To: leaf.Name, Arm: a, Left: step.Changed})
	t.enter(entries)
}

// settle takes eventless transitions until none holds.
func (t *turn) settle() {
	for n := 0; ; n++ {
		arm, trigger := t.eventless()
		if arm == nil {
			return
		}
		t.take(arm, trigger)
		if n == fsm.EventlessLimit {
			t.failure = &EventlessError{Machine: t.spec.Name.Value, State: t.leaf.Name}
			return
		}
	}
}

// eventless returns the eventless transition that is due.
func (t *turn) eventless() (*spec.Arm, spec.Trigger) {
	if t.ended || t.failure != nil {
		return nil, spec.Trigger{}
	}
	for s := range t.leaf.Ancestors() {
		trigger := spec.Trigger{Kind: spec.OnAlways, State: s}
		if arm := t.pick(t.spec.Decide(t.leaf, trigger).Arms); arm != nil || t.failure != nil {
			return arm, trigger
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

// question is what the oracle is asked about a hook, which sees only what it takes of the payload.
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
	t.actions = append(t.actions, fsm.Raise(&message{event: ev, payload: payload}))
}
