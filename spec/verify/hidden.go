package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// hiding is a transition, the earlier transition whose guard holds wherever its own does, and the leaves where both are tried.
type hiding struct {
	trigger        spec.Trigger
	earlier, later *spec.Transition
	leaves         []string
}

// hiddenTransitions finds the transitions of a state that are never taken in some leaf, since a transition that the leaf tries
// before has the same guard, or one that the later guard implies. A transition that is taken nowhere is a finding of
// [deadTransitions].
func hiddenTransitions(a *analysis) {
	for _, h := range a.hidings() {
		if a.isDead(h.later) {
			continue
		}
		why := "its guard is the same as that of a transition which is tried before it"
		if h.earlier.Guard.Expr.String() != h.later.Guard.Expr.String() {
			why = "where its guard holds, that of a transition which is tried before it does too"
		}
		a.add(spec.Finding{
			Pos: h.later.Pos, Code: codeHidden,
			Message: fmt.Sprintf("this transition of %s on %s is never taken in %s: %s",
				h.later.Source.Name, simulate.Name(h.trigger), someOf(h.leaves), why),
			Help:    "move it to the states where it can be taken, or change one of the guards",
			Related: []spec.Related{{Pos: h.earlier.Pos, Message: "tried before"}},
		}, nil)
	}
}

// hidings returns every pair of transitions of which the earlier hides the later in some leaf that is entered, in the order of
// the leaves.
func (a *analysis) hidings() []*hiding {
	var all []*hiding
	for _, leaf := range a.m.Leaves() {
		if a.space.complete && a.space.entered[leaf.Name] == nil {
			continue
		}
		for trigger := range a.m.Triggers() {
			transitions := a.transitionsIn(leaf, trigger)
			for i, later := range transitions {
				earlier := hidden(transitions[:i], later)
				if earlier == nil {
					continue
				}
				same := func(h *hiding) bool { return h.earlier == earlier && h.later == later && h.trigger == trigger }
				at := slices.IndexFunc(all, same)
				if at < 0 {
					at, all = len(all), append(all, &hiding{trigger: trigger, earlier: earlier, later: later})
				}
				all[at].leaves = append(all[at].leaves, leaf.Name)
			}
		}
	}
	return all
}

// transitionsIn returns the transitions that a leaf tries for a trigger, in their order. What needs no event is asked of the leaf
// and then of its ancestors.
func (a *analysis) transitionsIn(leaf *spec.State, t spec.Trigger) []*spec.Transition {
	switch {
	case t.State != nil && !t.State.Contains(leaf):
		return nil
	case t.Kind != spec.OnAlways:
		return a.m.Decide(leaf, t).Transitions
	case slices.ContainsFunc(ancestorsBelow(leaf, t.State), func(s *spec.State) bool { return len(s.Always) > 0 }):
		return nil // it is part of the list of the nearer state
	}
	var transitions []*spec.Transition
	for s := range t.State.Ancestors() {
		transitions = append(transitions, s.Always...)
	}
	return transitions
}

// ancestorsBelow returns a leaf and its ancestors up to a state, without that state.
func ancestorsBelow(leaf, state *spec.State) []*spec.State {
	var below []*spec.State
	for s := range leaf.Ancestors() {
		if s == state {
			break
		}
		below = append(below, s)
	}
	return below
}

// hidden returns the first of the transitions that are tried before one and hide it; nil if none does.
func hidden(before []*spec.Transition, later *spec.Transition) *spec.Transition {
	if later.Guard == nil {
		return nil
	}
	for _, earlier := range before {
		if earlier.Guard != nil && expr.Hides(earlier.Guard.Expr, later.Guard.Expr) {
			return earlier
		}
	}
	return nil
}

// isDead reports whether a transition is already said to be taken nowhere.
func (a *analysis) isDead(transition *spec.Transition) bool {
	return slices.ContainsFunc(a.found, func(f spec.Finding) bool { return f.Code == codeDeadTransition && f.Pos == transition.Pos })
}

// someOf joins names, as many as a message can have.
func someOf(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
