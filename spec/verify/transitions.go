package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// deadTransitions finds the transitions of states that are entered that are never taken, with the reason why.
func deadTransitions(a *analysis) {
	if !a.space.complete {
		return
	}
	for trigger := range a.m.Triggers() {
		for s := range a.m.All() {
			if a.space.entered[s.Name] == nil || trigger.State != nil && trigger.State != s {
				continue
			}
			transitions := transitionsOf(s, trigger)
			for i, transition := range transitions {
				if !a.space.isTaken(transition) {
					a.dead(s, trigger, transitions, i)
				}
			}
		}
	}
}

// isTaken reports whether a transition is taken, by one of its outcomes if it chooses.
func (s *space) isTaken(transition *spec.Transition) bool {
	if transition.Choose == nil {
		return s.taken[transition] != nil
	}
	return slices.ContainsFunc(transition.Choose.Outcomes, func(o *spec.Outcome) bool { return s.taken[o.Transition] != nil })
}

// transitionsOf returns the transitions that a state itself has for a trigger, without those of `*`.
func transitionsOf(s *spec.State, t spec.Trigger) []*spec.Transition {
	switch t.Kind {
	case spec.OnEvent:
		for _, h := range s.On {
			if h.Event.Event == t.Event && !h.Any() {
				return h.Transitions
			}
		}
		return nil
	case spec.OnAfter, spec.OnEvery, spec.OnEventTimeout:
		return t.Timer.Transitions
	case spec.OnAlways:
		return s.Always
	case spec.OnDone:
		return s.OnDone
	case spec.OnInvokeDone:
		return t.Invoke.OnDone
	default:
		return t.Invoke.OnError
	}
}

// dead reports a transition that is never taken.
func (a *analysis) dead(s *spec.State, t spec.Trigger, transitions []*spec.Transition, i int) {
	transition := transitions[i]
	why, help := a.reason(s, t, transitions, i)
	a.add(spec.Finding{
		Pos: transition.Pos, Code: codeDeadTransition,
		Message: fmt.Sprintf("this transition of %s on %s is never taken: %s", s.Name, simulate.Name(t), why),
		Help:    help,
	}, nil)
}

func (a *analysis) reason(s *spec.State, t spec.Trigger, transitions []*spec.Transition, i int) (why, help string) {
	guard := transitions[i].Guard
	if guard != nil && expr.Together(expr.Claim{Expr: guard.Expr, Holds: true}) == expr.Impossible {
		return "its guard contradicts itself", "correct the guard, or remove the transition"
	}
	claims := []expr.Claim{{Expr: exprOf(guard), Holds: true}}
	for _, before := range transitions[:i] {
		claims = append(claims, expr.Claim{Expr: exprOf(before.Guard), Holds: false})
	}
	if expr.Together(claims...) == expr.Impossible {
		return "where its guard holds, one of the transitions before it does too", "put it before them, or remove it"
	}
	if t.Kind == spec.OnEvent && a.overridden(s, t.Event, transitions[i]) {
		return "every state inside decides the event itself", "remove it, or let a state inside leave the event to its parent"
	}
	return "it does not happen, or not here", "remove it, or see that what it waits for begins"
}

func exprOf(c *spec.Condition) *expr.Expr {
	if c == nil {
		return nil
	}
	return c.Expr
}

// overridden reports whether no leaf of a state gets as far as the transition.
func (a *analysis) overridden(s *spec.State, ev *spec.Event, transition *spec.Transition) bool {
	for _, leaf := range a.m.Leaves() {
		if !s.Contains(leaf) {
			continue
		}
		if slices.Contains(a.m.Cell(leaf, ev).Transitions, transition) {
			return false
		}
	}
	return true
}

// overlaps finds guards of one list of transitions that can hold together. A guard that is a special case of a later
// one is no finding: that is what the order is for.
func overlaps(a *analysis) {
	for trigger := range a.m.Triggers() {
		for s := range a.m.All() {
			if trigger.State != nil && trigger.State != s {
				continue
			}
			a.overlaps(trigger, transitionsOf(s, trigger))
		}
	}
}

func (a *analysis) overlaps(t spec.Trigger, transitions []*spec.Transition) {
	for i, first := range transitions {
		for _, second := range transitions[i+1:] {
			if first.Guard == nil || second.Guard == nil {
				continue
			}
			a.overlap(t, first.Guard, second.Guard)
		}
	}
}

func (a *analysis) overlap(t spec.Trigger, first, second *spec.Condition) {
	together := expr.Together(expr.Claim{Expr: first.Expr, Holds: true}, expr.Claim{Expr: second.Expr, Holds: true})
	if together == expr.Impossible || expr.Implies(first.Expr, second.Expr) || expr.Implies(second.Expr, first.Expr) {
		return
	}
	f := spec.Finding{
		Pos: second.Pos, End: ends(second.Pos, second.Value), Code: codeOverlap,
		Message: fmt.Sprintf("two guards on %s can hold together, and then only their order decides", simulate.Name(t)),
		Label:   "also possible",
		Help:    "make them exclude each other, or keep them if the first is to win",
		Related: []spec.Related{{Pos: first.Pos, End: ends(first.Pos, first.Value), Message: "tried first"}},
	}
	if together == expr.Undecided {
		f.Code = codeMayOverlap
		f.Message = fmt.Sprintf("two guards on %s may hold together, and then only their order decides", simulate.Name(t))
	}
	a.add(f, nil)
}

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
