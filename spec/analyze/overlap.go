package analyze

import (
	"fmt"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/analyze/solve"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// overlaps finds guards of one list of arms that can hold together. A guard that is a special case of a later one is no
// finding: that is what the order is for.
func overlaps(a *analysis) {
	for trigger := range a.m.Triggers() {
		for s := range a.m.All() {
			if trigger.State != nil && trigger.State != s {
				continue
			}
			a.overlaps(trigger, armsOf(s, trigger))
		}
	}
}

func (a *analysis) overlaps(t spec.Trigger, arms []*spec.Arm) {
	for i, first := range arms {
		for _, second := range arms[i+1:] {
			if first.Guard == nil || second.Guard == nil {
				continue
			}
			a.overlap(t, first.Guard, second.Guard)
		}
	}
}

func (a *analysis) overlap(t spec.Trigger, first, second *spec.Condition) {
	together := solve.Together(solve.Claim{Expr: first.Expr, Holds: true}, solve.Claim{Expr: second.Expr, Holds: true})
	if together == solve.No || solve.Implies(first.Expr, second.Expr) || solve.Implies(second.Expr, first.Expr) {
		return
	}
	f := spec.Finding{
		Pos: second.Pos, End: ends(second.Pos, second.Value), Code: codeOverlap,
		Message: fmt.Sprintf("two guards on %s can hold together, and then only their order decides", interp.Name(t)),
		Label:   "also possible",
		Help:    "make them exclude each other, or keep them if the first is to win",
		Related: []spec.Related{{Pos: first.Pos, End: ends(first.Pos, first.Value), Message: "tried first"}},
	}
	if together == solve.Perhaps {
		f.Code = codeMayOverlap
		f.Message = fmt.Sprintf("two guards on %s may hold together, and then only their order decides", interp.Name(t))
	}
	a.add(f, nil)
}
