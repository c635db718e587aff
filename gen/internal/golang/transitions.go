package golang

import "github.com/fsmgen/fsmgen/spec"

// Transition describes a transition of a spec on one event, as the generated code numbers it. From is the state that the spec
// gives the transition to; a machine takes it from any leaf inside.
type Transition struct {
	From, Event, Guard, To string // To is a history where one decides, and equals From where no state is left
	Internal               bool
	Line                   int // of the spec
}

// Transitions returns the transitions of a machine whose spec has no errors. The index of each is the id that steps of the
// generated machine carry, and the lines of an fsm.Coverage.
func Transitions(m *spec.Machine) ([]Transition, error) {
	p, err := newPlan(m)
	if err != nil {
		return nil, err
	}
	var transitions []Transition
	for _, s := range p.states {
		for _, c := range s.cells {
			for _, a := range c.transitions {
				for _, alt := range a.alternatives() {
					transitions = append(transitions, newTransition(c, a, alt))
				}
			}
		}
	}
	return transitions, nil
}

func newTransition(c *cell, a, alt *transition) Transition {
	t := Transition{
		From: c.state.Name, Event: c.trigger.label, Guard: a.condition(alt), To: alt.target(),
		Internal: !alt.step.Changed, Line: alt.Pos.Line,
	}
	if t.To == "" {
		t.To = t.From
	}
	return t
}
