package interp

import (
	"slices"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// exit leaves a state on the way out of a leaf.
func (t *turn) exit(s, leaf *spec.State) {
	t.note(Entry{Kind: Exited, State: s.Name})
	for _, r := range s.Exit {
		t.act(r.Hook)
	}
	for _, a := range s.After {
		t.actions = append(t.actions, fsm.NamedTimer(Name(spec.Trigger{Kind: spec.OnAfter, State: s, Timer: a})).Cancel())
	}
	if s.EventTimeout != nil {
		t.actions = append(t.actions, fsm.EventTimer().Cancel())
	}
	for _, v := range s.Invokes {
		t.cancel(v)
	}
	if slices.ContainsFunc(s.States, func(c *spec.State) bool { return c.Kind == spec.History }) {
		t.memory[s] = leaf
	}
}

// enter enters states from the outside in, and notes where that ends a parent or the machine.
func (t *turn) enter(states []*spec.State) {
	for _, s := range states {
		t.note(Entry{Kind: Entered, State: s.Name})
		t.stays[s]++
		for _, r := range s.Entry {
			t.act(r.Hook)
		}
		for _, a := range s.After {
			trigger := spec.Trigger{Kind: spec.OnAfter, State: s, Timer: a}
			t.start(fsm.NamedTimer(Name(trigger)), a.Length, trigger)
		}
		if a := s.EventTimeout; a != nil {
			t.start(fsm.EventTimer(), a.Length, spec.Trigger{Kind: spec.OnEventTimeout, State: s, Timer: a})
		}
		for _, v := range s.Invokes {
			t.invokes = append(t.invokes, v)
			t.note(Entry{Kind: Invoked, Name: v.Src.Value, State: s.Name})
		}
		t.finish(s)
	}
}

// finish does what entering a final state does.
func (t *turn) finish(s *spec.State) {
	switch {
	case s.Kind != spec.Final:
	case s.Parent == nil:
		t.ended = true
	case len(s.Parent.OnDone) > 0:
		t.note(Entry{Kind: Completed, State: s.Parent.Name})
		t.actions = append(t.actions, fsm.Raise(&completion{state: s.Parent, stay: t.stays[s.Parent]}))
	}
}

// cancel ends an invoke whose state is left.
func (m *Machine) cancel(v *spec.Invocation) {
	if i := slices.Index(m.invokes, v); i >= 0 {
		m.invokes = slices.Delete(m.invokes, i, i+1)
		m.note(Entry{Kind: Cancelled, Name: v.Src.Value})
	}
}
