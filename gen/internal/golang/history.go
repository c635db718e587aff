package golang

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// history is a target that stands for what its parent was left in last.
type history struct {
	*spec.State
	last   string // the field of the parent
	recall string // the method that says which leaf it stands for
	enter  string // the method that enters what is below the parent; empty if nothing there has an entry
}

func (p *plan) planHistories(taken *claims) {
	for _, h := range p.histories {
		what := "history " + h.Name
		h.last = p.state(h.Parent).last
		h.recall = taken.claim("Machine", "recall"+spec.GoName(h.Name), what, h.Pos)
		if slices.ContainsFunc(leavesBelow(h.State), func(l *spec.State) bool { return p.arrives(h.resume(l)) }) {
			h.enter = taken.claim("Machine", "enter"+spec.GoName(h.Name), what, h.Pos)
		}
	}
}

// history returns the plan of a history.
func (p *plan) history(s *spec.State) *history {
	i := slices.IndexFunc(p.histories, func(h *history) bool { return h.State == s })
	return p.histories[i]
}

// resume is the step below the parent when the parent was left in a leaf; nil stands for never.
func (h *history) resume(last *spec.State) spec.Step { return spec.Resume(h.State, last) }

// arrives reports whether the entries of a step do anything.
func (p *plan) arrives(step spec.Step) bool {
	return isDone(step.Leaf) || slices.ContainsFunc(step.Entries, func(s *spec.State) bool { return p.state(s).enter != "" })
}

// leavesBelow returns the leaves that a history may stand for, in the order of the spec.
func leavesBelow(h *spec.State) []*spec.State {
	may := map[*spec.State]bool{spec.Resume(h, nil).Leaf: true}
	all := leavesOf(h.Parent)
	for _, l := range all {
		may[spec.Resume(h, l).Leaf] = true
	}
	return slices.DeleteFunc(all, func(l *spec.State) bool { return !may[l] })
}

// leavesOf returns the leaves inside a state, in the order of the spec.
func leavesOf(s *spec.State) []*spec.State {
	if len(s.States) == 0 && s.Kind != spec.History {
		return []*spec.State{s}
	}
	var leaves []*spec.State
	for _, child := range s.States {
		leaves = append(leaves, leavesOf(child)...)
	}
	return leaves
}
