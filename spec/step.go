package spec

import "slices"

// Verdict says what becomes of an event that no guard of a [Cell] lets through.
type Verdict uint8

// The verdicts. The zero value is [Rejected].
const (
	Rejected  Verdict = iota // nobody decides: the sender is told
	Handled                  // the last arm has no guard, so one of them is taken
	Postponed                // kept until the state changes
	Ignored                  // dropped on purpose
)

func (v Verdict) String() string {
	switch v {
	case Rejected:
		return "rejected"
	case Handled:
		return "handled"
	case Postponed:
		return "postponed"
	case Ignored:
		return "ignored"
	default:
		return "invalid"
	}
}

// Cell is what a machine does with one event in one leaf.
type Cell struct {
	Arms []*Arm  // in the order in which they are tried; only the last can be without a guard
	End  Verdict // Handled exactly if the last arm has no guard
}

// Cell decides one event in one leaf of a machine that has no errors: from the leaf up, the arms of a level in order,
// then what the level postpones, then what it ignores.
func (m *Machine) Cell(leaf *State, ev *Event) Cell {
	var c Cell
	for s := range leaf.Ancestors() {
		for _, h := range s.On {
			if h.Event.Event != ev {
				continue
			}
			for _, a := range h.Arms {
				if c.Arms = append(c.Arms, a); a.Guard == nil {
					c.End = Handled
					return c
				}
			}
		}
		switch {
		case lists(s.Postpone, ev):
			c.End = Postponed
			return c
		case lists(s.Ignore, ev):
			c.End = Ignored
			return c
		}
	}
	return c
}

func hasUnguarded(arms []*Arm) bool {
	return slices.ContainsFunc(arms, func(a *Arm) bool { return a.Guard == nil })
}

func lists(refs []*EventRef, ev *Event) bool {
	return slices.ContainsFunc(refs, func(r *EventRef) bool { return r.Event == ev })
}

// Step is what taking an arm does to the state.
type Step struct {
	Exits   []*State // inner to outer
	Entries []*State // outer to inner
	Leaf    *State   // where the machine is afterwards
	Changed bool     // at least one state was left
}

// Plan returns the step that an arm makes from a leaf, which must be inside the arm's source.
//
// A target that is the source or inside it leaves the source alone unless the arm reenters; any other target leaves
// every state up to the one that holds both source and target.
func Plan(leaf *State, a *Arm) Step {
	if a.To == nil {
		return Step{Leaf: leaf}
	}
	domain := a.Source
	if a.Reenter || !a.Source.Contains(a.To) {
		domain = holder(a.Source, a.To)
	}
	if domain == leaf {
		return Step{Leaf: leaf}
	}
	after := a.To.Leaf()
	step := Step{Exits: leaf.below(domain), Entries: after.below(domain), Leaf: after}
	slices.Reverse(step.Exits)
	step.Changed = len(step.Exits) > 0
	return step
}

// Start returns the step that puts a machine into its initial state.
func (m *Machine) Start() Step {
	if m.InitialState == nil {
		return Step{}
	}
	leaf := m.InitialState.Leaf()
	return Step{Entries: leaf.below(nil), Leaf: leaf}
}

// holder returns the innermost state that has both a and b inside and is neither, nil for the top.
func holder(a, b *State) *State {
	for s := range a.Parent.Ancestors() {
		if s != b && s.Contains(b) {
			return s
		}
	}
	return nil
}
