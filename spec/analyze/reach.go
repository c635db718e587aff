package analyze

import (
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// unreachable finds the states that are never entered although a state that is has an arm that leads there. States behind
// them are never entered for the same reason.
func unreachable(a *analysis) {
	if !a.space.complete {
		return
	}
	for s := range a.m.All() {
		if a.space.entered[s.Name] != nil || s.Kind == spec.History {
			continue
		}
		if arm := a.towards(s); arm != nil {
			a.add(spec.Finding{
				Pos: s.Pos, End: ends(s.Pos, s.Name), Code: codeUnreachable,
				Message: fmt.Sprintf("state %s is never entered: no guard and no event lets an arm lead to it", s.Name),
				Help:    "remove it, or correct the guards of the arms that name it",
				Related: []spec.Related{{Pos: arm.Target.Pos, End: ends(arm.Target.Pos, arm.Target.Value), Message: "never gets here"}},
			}, nil)
		}
	}
}

// towards returns an arm of a state that is entered, with the state itself as its target.
func (a *analysis) towards(s *spec.State) *spec.Arm {
	for arm := range interp.Arms(a.m) {
		if arm.To == s && a.space.entered[arm.Source.Name] != nil {
			return arm
		}
	}
	return nil
}

// deadEnds finds the states that are not final and never left.
func deadEnds(a *analysis) {
	if !a.space.complete || len(a.m.Leaves()) == 1 {
		return
	}
	for _, leaf := range a.m.Leaves() {
		here := a.space.in(leaf)
		if leaf.Kind == spec.Final || len(here) == 0 || slices.ContainsFunc(here, (*node).isLeft) {
			continue
		}
		witness := here[0].path()
		a.add(spec.Finding{
			Pos: leaf.Pos, End: ends(leaf.Pos, leaf.Name), Code: codeDeadEnd,
			Message: fmt.Sprintf("state %s is a dead end: nothing that happens in it leads out", leaf.Name),
			Help:    "say `type: final` if the machine ends here, or add an arm that leads out; it gets here by: " + inWords(witness),
		}, witness)
	}
}

// in returns the configurations in which a living machine is in a state or inside it.
func (s *space) in(st *spec.State) []*node {
	var here []*node
	for _, n := range s.nodes {
		if !n.ended && st.Contains(n.at.Leaf) {
			here = append(here, n)
		}
	}
	return here
}

// isLeft reports whether the machine can get from here to another leaf, or to its end, by whatever configurations of this one.
func (n *node) isLeft() bool {
	return slices.ContainsFunc(n.out, func(e *edge) bool { return e.to.ended || e.to.at.Leaf != n.at.Leaf })
}

// undecided lists the cells of which the spec says nothing, in leaves that the machine gets to.
func undecided(a *analysis) {
	for _, leaf := range a.m.Leaves() {
		if len(a.space.in(leaf)) == 0 {
			continue
		}
		for _, ev := range a.m.Events {
			if cell := a.m.Cell(leaf, ev); cell.End == spec.Rejected && len(cell.Arms) == 0 {
				a.report.Undecided = append(a.report.Undecided, Cell{leaf, ev})
			}
		}
	}
}
