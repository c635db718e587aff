package second

import (
	"context"
	"slices"

	"github.com/qmuntal/stateless"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
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

// decide tells the engine what the state itself does on an event: its arms, what it ignores, then the arms of `*`. The engine
// wants guards of which one at most holds, so the guard of an arm is that none before it does.
func (m *Machine) decide(c *stateless.StateConfiguration, s *spec.State, ev *spec.Event) {
	var before []*spec.Arm
	add := func(arms []*spec.Arm) {
		for _, a := range arms {
			earlier := before
			m.permit(c, s, ev, a, func(context.Context, ...any) bool { return !m.any(earlier) && m.holds(a) })
			before = append(before[:len(before):len(before)], a)
		}
	}
	arms, other := own(s, ev)
	add(arms)
	for _, r := range s.Ignore {
		if r.Event == ev {
			earlier := before
			c.Ignore(ev.Name, func(context.Context, ...any) bool { return !m.any(earlier) })
			return
		}
	}
	if len(arms) == 0 {
		add(other)
	}
}

// own returns the arms that the state has for an event, and those of its `*`.
func own(s *spec.State, ev *spec.Event) (arms, other []*spec.Arm) {
	for _, h := range s.On {
		switch {
		case h.Any():
			other = h.Arms
		case h.Event.Event == ev:
			arms = h.Arms
		}
	}
	return arms, other
}

// permit tells the engine about one arm. Whether it is a transition depends on the leaf: an arm of a leaf with itself as target
// is none.
func (m *Machine) permit(c *stateless.StateConfiguration, s *spec.State, ev *spec.Event, a *spec.Arm, guard stateless.GuardFunc) {
	if a.To == nil || a.To == s && len(s.States) == 0 && !a.Reenter {
		c.InternalTransition(ev.Name, func(context.Context, ...any) error { m.arm = a; m.act(); return nil }, guard)
		return
	}
	c.PermitDynamic(ev.Name, func(context.Context, ...any) (stateless.State, error) {
		m.arm = a
		return a.To.Name, nil
	}, guard)
}

// any reports whether one of the arms can be taken.
func (m *Machine) any(arms []*spec.Arm) bool {
	return slices.ContainsFunc(arms, m.holds)
}

func (m *Machine) holds(a *spec.Arm) bool {
	return interp.Holds(a.Guard, m.oracle, m.question(m.payload))
}

func (m *Machine) question(payload interp.Values) interp.Question {
	return interp.Question{State: m.State(), Payload: payload, Data: m.data, Params: m.params, Turn: m.turn}
}

// ask is a question about a hook, which sees only what it takes of the payload.
func (m *Machine) ask(hook *spec.Hook) *interp.Question {
	payload := interp.Values{}
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

// act does what the arm that is taken does: between the exits and the entries. A transition into an initial state is none.
func (m *Machine) act() {
	a := m.arm
	m.arm = nil
	if a == nil {
		return
	}
	m.run(a.Actions)
	if a.Reply != nil {
		m.reply, m.failure = m.oracle.Reply(m.ask(a.Reply.Hook)), nil
	}
}
