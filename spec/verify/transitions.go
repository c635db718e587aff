package verify

import (
	"fmt"
	"slices"

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
	case spec.OnAfter, spec.OnEventTimeout:
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
