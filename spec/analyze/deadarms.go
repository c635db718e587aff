package analyze

import (
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/analyze/solve"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// deadArms finds the arms of states that are entered that are never taken, with the reason why.
func deadArms(a *analysis) {
	if !a.space.complete {
		return
	}
	for trigger := range a.m.Triggers() {
		for s := range a.m.All() {
			if a.space.entered[s.Name] == nil || trigger.State != nil && trigger.State != s {
				continue
			}
			arms := armsOf(s, trigger)
			for i, arm := range arms {
				if !a.space.isTaken(arm) {
					a.dead(s, trigger, arms, i)
				}
			}
		}
	}
}

// isTaken reports whether an arm is taken, by one of its outcomes if it chooses.
func (s *space) isTaken(arm *spec.Arm) bool {
	if arm.Choose == nil {
		return s.taken[arm] != nil
	}
	return slices.ContainsFunc(arm.Choose.Outcomes, func(o *spec.Outcome) bool { return s.taken[o.Arm] != nil })
}

// armsOf returns the arms that a state itself has for a trigger, without those of `*`.
func armsOf(s *spec.State, t spec.Trigger) []*spec.Arm {
	switch t.Kind {
	case spec.OnEvent:
		for _, h := range s.On {
			if h.Event.Event == t.Event && !h.Any() {
				return h.Arms
			}
		}
		return nil
	case spec.OnAfter, spec.OnEventTimeout:
		return t.Timer.Arms
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

// dead reports an arm that is never taken.
func (a *analysis) dead(s *spec.State, t spec.Trigger, arms []*spec.Arm, i int) {
	arm := arms[i]
	why, help := a.reason(s, t, arms, i)
	a.add(spec.Finding{
		Pos: arm.Pos, Code: codeDeadArm,
		Message: fmt.Sprintf("this arm of %s on %s is never taken: %s", s.Name, interp.Name(t), why),
		Help:    help,
	}, nil)
}

func (a *analysis) reason(s *spec.State, t spec.Trigger, arms []*spec.Arm, i int) (why, help string) {
	guard := arms[i].Guard
	if guard != nil && solve.Together(solve.Claim{Expr: guard.Expr, Holds: true}) == solve.No {
		return "its guard contradicts itself", "correct the guard, or remove the arm"
	}
	claims := []solve.Claim{{Expr: expr(guard), Holds: true}}
	for _, before := range arms[:i] {
		claims = append(claims, solve.Claim{Expr: expr(before.Guard), Holds: false})
	}
	if solve.Together(claims...) == solve.No {
		return "where its guard holds, one of the arms before it does too", "put it before them, or remove it"
	}
	if t.Kind == spec.OnEvent && a.overridden(s, t.Event, arms[i]) {
		return "every state inside decides the event itself", "remove it, or let a state inside leave the event to its parent"
	}
	return "it does not happen, or not here", "remove it, or see that what it waits for begins"
}

func expr(c *spec.Condition) *spec.Expr {
	if c == nil {
		return nil
	}
	return c.Expr
}

// overridden reports whether no leaf of a state gets as far as the arm.
func (a *analysis) overridden(s *spec.State, ev *spec.Event, arm *spec.Arm) bool {
	for _, leaf := range a.m.Leaves() {
		if !s.Contains(leaf) {
			continue
		}
		if slices.Contains(a.m.Cell(leaf, ev).Arms, arm) {
			return false
		}
	}
	return true
}
