package second

import (
	"context"
	"fmt"
	"slices"

	"github.com/qmuntal/stateless"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// configure tells the engine about one state.
func (m *Machine) configure(s *spec.State) {
	c := m.engine.Configure(s.Name)
	if s.Parent != nil {
		c.SubstateOf(s.Parent.Name)
	}
	if s.InitialState != nil {
		c.InitialTransition(s.Initial.Value)
	}
	c.OnEntry(func(context.Context, ...any) error { m.run(s.Entry); return nil })
	c.OnExit(func(context.Context, ...any) error { m.run(s.Exit); return nil })
	for _, ev := range m.spec.Events {
		m.decide(c, s, ev)
	}
}

// decide tells the engine what the state itself does on an event: its transitions, what it ignores, then the
// transitions of `*`. The engine wants guards of which one at most holds, so the guard of a transition is that none
// before it does.
func (m *Machine) decide(c *stateless.StateConfiguration, s *spec.State, ev *spec.Event) {
	var before []*spec.Transition
	add := func(transitions []*spec.Transition) {
		for _, a := range transitions {
			earlier := before
			m.permit(c, s, ev, a, func(context.Context, ...any) bool { return !m.any(earlier) && m.holds(a) })
			before = append(before[:len(before):len(before)], a)
		}
	}
	transitions, other := own(s, ev)
	add(transitions)
	for _, r := range s.Ignore {
		if r.Event == ev {
			earlier := before
			c.Ignore(ev.Name, func(context.Context, ...any) bool { return !m.any(earlier) })
			return
		}
	}
	if len(transitions) == 0 {
		add(other)
	}
}

// own returns the transitions that the state has for an event, and those of its `*`.
func own(s *spec.State, ev *spec.Event) (transitions, other []*spec.Transition) {
	for _, h := range s.On {
		switch {
		case h.Any():
			other = h.Transitions
		case h.Event.Event == ev:
			transitions = h.Transitions
		}
	}
	return transitions, other
}

// permit tells the engine about one transition. It is internal to the engine where it has no target, or where a leaf
// that does not reenter has itself as target.
func (m *Machine) permit(c *stateless.StateConfiguration, s *spec.State, ev *spec.Event, a *spec.Transition, guard stateless.GuardFunc) {
	if a.To == nil || a.To == s && len(s.States) == 0 && !a.Reenter {
		c.InternalTransition(ev.Name, func(context.Context, ...any) error { m.transition = a; m.act(); return nil }, guard)
		return
	}
	c.PermitDynamic(ev.Name, func(context.Context, ...any) (stateless.State, error) {
		m.transition = a
		return a.To.Name, nil
	}, guard)
}

// any reports whether one of the transitions can be taken.
func (m *Machine) any(transitions []*spec.Transition) bool {
	return slices.ContainsFunc(transitions, m.holds)
}

func (m *Machine) holds(a *spec.Transition) bool {
	return simulate.Holds(a.Guard, m.oracle, m.question(m.payload))
}

func (m *Machine) question(payload simulate.Values) simulate.Question {
	return simulate.Question{State: m.State(), Payload: payload, Data: m.data, Params: m.params, Turn: m.turn}
}

// ask is a question about a hook, which sees only what it takes of the payload.
func (m *Machine) ask(hook *spec.Hook) *simulate.Question {
	payload := simulate.Values{}
	for _, f := range hook.Payload {
		if value, ok := m.payload[f.Value]; ok {
			payload[f.Value] = value
		}
	}
	q := m.question(payload)
	q.Hook = hook
	return &q
}

func (m *Machine) run(actions []*spec.HookRef) {
	for _, r := range actions {
		m.oracle.Act(m.ask(r.Hook))
	}
}

// act does what the transition that is taken does: between the exits and the entries. The engine also calls it for its
// step into an initial state, which has no actions.
func (m *Machine) act() {
	a := m.transition
	m.transition = nil
	if a == nil {
		return
	}
	m.run(a.Actions)
	if a.Reply != nil {
		m.reply, m.failure = m.answer(a.Reply.Hook)
	}
}

// answer returns what a reply says.
func (m *Machine) answer(reply *spec.Hook) (any, error) {
	value, err := m.oracle.Reply(m.ask(reply))
	if err != nil {
		return nil, &fsm.ReplyError{Machine: m.spec.Name.Value, State: m.leaf.Name, Event: m.event.Name, Err: err}
	}
	return value, nil
}

// NotSupportedError reports a word of a spec, or a use of one, that the engine does not have.
type NotSupportedError struct {
	Pos  spec.Pos
	Word string
}

func (e *NotSupportedError) Error() string {
	return fmt.Sprintf("second: %d:%d: %s: stateless does not have it, use the engine of this project", e.Pos.Line, e.Pos.Column, e.Word)
}

// supported returns what the engine cannot do, nil if there is nothing.
func supported(m *spec.Machine) error {
	if len(m.Timers) > 0 {
		return &NotSupportedError{m.Timers[0].Pos, "timers"}
	}
	for s := range m.All() {
		if err := state(s); err != nil {
			return err
		}
	}
	for a := range simulate.Transitions(m) {
		if err := transition(m, a); err != nil {
			return err
		}
	}
	return nil
}

func state(s *spec.State) error {
	word := ""
	switch {
	case s.Kind == spec.History:
		word = "type: history"
	case len(s.After) > 0:
		word = "after"
	case len(s.Every) > 0:
		word = "every"
	case s.EventTimeout != nil:
		word = "event_timeout"
	case len(s.Always) > 0:
		word = "always"
	case len(s.OnDone) > 0:
		word = "onDone"
	case len(s.Invokes) > 0:
		word = "invoke"
	case len(s.Postpone) > 0:
		word = "postpone"
	default:
		return nil
	}
	return &NotSupportedError{s.Pos, word}
}

func transition(m *spec.Machine, a *spec.Transition) error {
	switch {
	case a.Choose != nil:
		return &NotSupportedError{a.Pos, "choose"}
	case len(a.Raise) > 0:
		return &NotSupportedError{a.Pos, "raise"}
	case a.Postpone:
		return &NotSupportedError{a.Pos, "postpone"}
	case a.Later:
		return &NotSupportedError{a.Pos, "reply: later"}
	}
	for _, leaf := range m.Leaves() {
		if a.Source.Contains(leaf) && !straight(leaf, a) {
			return &NotSupportedError{a.Pos, "a target that leaves more than it has to"}
		}
	}
	return nil
}

// straight reports whether the transition leaves and enters what the engine would: everything below the innermost state
// that holds both the leaf and the target, where the target itself counts as one that holds itself, but for a leaf that
// is its own target.
func straight(leaf *spec.State, a *spec.Transition) bool {
	step := spec.Plan(leaf, a)
	if !step.Changed {
		return true
	}
	var exits []*spec.State
	for s := range leaf.Ancestors() {
		if s.Contains(a.To) && s != leaf {
			break
		}
		exits = append(exits, s)
	}
	return slices.Equal(exits, step.Exits)
}
