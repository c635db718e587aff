package golang

import (
	"iter"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// transition is a transition of the spec with what its code does.
type transition struct {
	*spec.Transition
	step     spec.Step     // from a leaf of its state; from the others only the exits differ
	exits    []string      // the methods that run the exits, in their order
	id       string        // transitionLockedButton1; empty of one that chooses, whose outcomes have one each
	outcomes []*transition // of one that chooses, in the order of the spec
	outcome  string        // the name of the outcome that leads here; empty if none does
	leads    []*spec.State // the leaves where the machine may be afterwards; more than one if a history decides
}

func (p *plan) planTransition(taken *claims, c *cell, a *spec.Transition, id, what string) *transition {
	if a.Choose != nil {
		chooser := &transition{Transition: a}
		for _, o := range a.Choose.Outcomes {
			alt := p.planTransition(taken, c, o.Transition, id+spec.GoName(o.Value), what)
			alt.outcome = o.Value
			chooser.outcomes = append(chooser.outcomes, alt)
		}
		return chooser
	}
	inside := leavesOf(c.state.State)
	planned := &transition{Transition: a, step: spec.Plan(inside[0], a), id: taken.claim("", id, what, a.Pos)}
	planned.exits = p.planExits(taken, c.state, planned.step)
	switch {
	case planned.step.History != nil:
		planned.leads = leavesBelow(planned.step.History)
	case planned.step.Changed:
		planned.leads = []*spec.State{planned.step.Leaf}
	default:
		planned.leads = inside
	}
	return planned
}

// planExits finds the methods that run the exits of a step from any leaf of a state.
func (p *plan) planExits(taken *claims, s *state, step spec.Step) []string {
	var methods []string
	i := slices.Index(step.Exits, s.State)
	switch {
	case len(s.States) == 0 || !step.Changed: // the state is the leaf
		i = -1
	case i < 0:
		return namesOf(p.leave(taken, s, false))
	default:
		methods = namesOf(p.leave(taken, s, true))
	}
	for _, outer := range step.Exits[i+1:] {
		methods = append(methods, namesOf(p.state(outer).exit)...)
	}
	return methods
}

// alternatives yields the transition itself, or if it chooses those of its outcomes.
func alternatives(a *spec.Transition) iter.Seq[*spec.Transition] {
	return func(yield func(*spec.Transition) bool) {
		if a.Choose == nil {
			yield(a)
			return
		}
		for _, o := range a.Choose.Outcomes {
			if !yield(o.Transition) {
				return
			}
		}
	}
}

// alternatives are the transition itself, or if it chooses those of its outcomes.
func (a *transition) alternatives() []*transition {
	if a.Choose != nil {
		return a.outcomes
	}
	return []*transition{a}
}

// stops reports whether the machine ends with this transition.
func (a *transition) stops() bool { return a.step.Changed && a.step.Leaf != nil && isEnd(a.step.Leaf) }

func isEnd(s *spec.State) bool { return s.Kind == spec.Final && s.Parent == nil }

// isDone reports whether entering the state makes its parent done.
func isDone(s *spec.State) bool {
	return s.Kind == spec.Final && s.Parent != nil && len(s.Parent.OnDone) > 0
}

// mayGoOn reports whether the machine may do something without an event where it is after the transition.
func (p *plan) mayGoOn(leads []*spec.State) bool {
	for _, s := range leads {
		if p.state(s).always {
			return true
		}
	}
	return false
}

// target returns the name of the leaf or of the history that the transition leads to; empty if no state is left.
func (a *transition) target() string {
	switch {
	case !a.step.Changed:
		return ""
	case a.step.History != nil:
		return a.step.History.Name
	default:
		return a.step.Leaf.Name
	}
}

// namesOf are the names that are not empty.
func namesOf(names ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

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
