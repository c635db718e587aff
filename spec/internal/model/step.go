package model

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
)

// Verdict says what becomes of an event that no guard of a [Cell] lets through.
type Verdict uint8

// The verdicts. The zero value is [Rejected].
const (
	Rejected  Verdict = iota // no state decides: the sender gets an error
	Handled                  // the last transition has no guard, so one of them is taken
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

// Cell lists the transitions that a machine tries for one event in one leaf, with the verdict if none is taken.
type Cell struct {
	Transitions []*Transition // in the order in which they are tried; only the last can be without a guard
	End         Verdict       // Handled exactly if the last transition has no guard
}

// Cell decides one event in one leaf of a machine that has no errors: from the leaf up, the transitions of a level in
// order, then what the level postpones, then what it ignores, then its `*`, which does not stand for named timers.
func (m *Machine) Cell(leaf *State, ev *decl.Event) Cell {
	var c Cell
	for s := range leaf.Ancestors() {
		if c.add(s.TransitionsOn(ev)); c.End == Handled {
			return c
		}
		switch {
		case lists(s.Postpone, ev):
			c.End = Postponed
			return c
		case lists(s.Ignore, ev):
			c.End = Ignored
			return c
		}
		if c.add(s.WildcardTransitions(ev)); c.End == Handled {
			return c
		}
	}
	return c
}

// Guards returns the guards of a cell as the spec writes them, in the order in which they are asked, each once.
func (c Cell) Guards() []string {
	var guards []string
	for _, a := range c.Transitions {
		if a.Guard != nil && !slices.Contains(guards, a.Guard.Value) {
			guards = append(guards, a.Guard.Value)
		}
	}
	return guards
}

// Decide is [Machine.Cell] for any trigger. A trigger that is not an event is decided only by the state that waits for
// it; it is dropped where no guard holds.
func (m *Machine) Decide(leaf *State, t Trigger) Cell {
	c := Cell{End: Ignored}
	switch t.Kind {
	case OnEvent:
		return m.Cell(leaf, t.Event)
	case OnAfter, OnEvery, OnEventTimeout:
		c.add(t.Timer.Transitions)
	case OnAlways:
		c.add(t.State.Always)
	case OnDone:
		c.add(t.State.OnDone)
	case OnInvokeDone:
		c.add(t.Invoke.OnDone)
	case OnInvokeError:
		c.add(t.Invoke.OnError)
	}
	return c
}

// add appends transitions up to the first that is always taken.
func (c *Cell) add(transitions []*Transition) {
	for _, a := range transitions {
		if c.Transitions = append(c.Transitions, a); a.Guard == nil {
			c.End = Handled
			return
		}
	}
}

// TransitionsOn returns the transitions of the state's own handler of the event.
func (s *State) TransitionsOn(ev *decl.Event) []*Transition {
	for _, h := range s.On {
		if h.Event.Event == ev && !h.Any() {
			return h.Transitions
		}
	}
	return nil
}

// WildcardTransitions returns the transitions of the state's `*`, if it stands for the event.
func (s *State) WildcardTransitions(ev *decl.Event) []*Transition {
	if ev.Timer != nil || s.TransitionsOn(ev) != nil {
		return nil
	}
	i := slices.IndexFunc(s.On, (*Handler).Any)
	if i < 0 {
		return nil
	}
	return s.On[i].Transitions
}

// HasUnguarded reports whether one of the transitions has no guard, so that one of them is taken.
func HasUnguarded(transitions []*Transition) bool {
	return slices.ContainsFunc(transitions, func(a *Transition) bool { return a.Guard == nil })
}

func lists(refs []*decl.EventRef, ev *decl.Event) bool {
	return slices.ContainsFunc(refs, func(r *decl.EventRef) bool { return r.Event == ev })
}

// Step lists the states that a transition leaves and enters.
type Step struct {
	Exits   []*State // inner to outer
	Entries []*State // outer to inner
	Leaf    *State   // where the machine is afterwards; nil if History decides
	History *State   // the target, if it is a history: the step goes on with [Resume] below the history's parent
	Changed bool     // at least one state was left
}

// Plan returns the step that a transition makes from a leaf, which must be inside the transition's source.
//
// A target that is the source or inside it leaves the source alone unless the transition reenters; any other target
// leaves every state up to the one that holds both source and target.
func Plan(leaf *State, a *Transition) Step {
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
	step := Step{Exits: leaf.below(domain)}
	slices.Reverse(step.Exits)
	step.Changed = len(step.Exits) > 0
	if a.To.Kind == History {
		step.History = a.To
		step.Entries = a.To.Parent.below(domain)
		return step
	}
	step.Leaf = a.To.Leaf()
	step.Entries = step.Leaf.below(domain)
	return step
}

// Resume returns how a step to a history goes on. Last is the leaf that the machine was in when it left the history's
// parent last, nil if it never was there.
func Resume(history, last *State) Step {
	to := history.DefaultState
	if last != nil {
		to = last
	}
	if last != nil && !history.Deep {
		to = last.below(history.Parent)[0]
	}
	leaf := to.Leaf()
	return Step{Entries: leaf.below(history.Parent), Leaf: leaf}
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
