package verify

import (
	"errors"
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// unreachable finds the states that are never entered although a state that is has a transition that leads there.
// States behind them are never entered for the same reason.
func unreachable(a *analysis) {
	if !a.space.complete {
		return
	}
	for s := range a.m.All() {
		if a.space.entered[s.Name] != nil || s.Kind == spec.History {
			continue
		}
		if transition := a.towards(s); transition != nil {
			a.add(spec.Finding{
				Pos: s.Pos, End: ends(s.Pos, s.Name), Code: codeUnreachable,
				Message: fmt.Sprintf("state %s is never entered: no guard and no event lets a transition lead to it", s.Name),
				Help:    "remove it, or correct the guards of the transitions that name it",
				Related: []spec.Related{{Pos: transition.Target.Pos, End: ends(transition.Target.Pos, transition.Target.Value), Message: "never gets here"}},
			}, nil)
		}
	}
}

// towards returns a transition of a state that is entered, with the state itself as its target.
func (a *analysis) towards(s *spec.State) *spec.Transition {
	for transition := range simulate.Transitions(a.m) {
		if transition.To == s && a.space.entered[transition.Source.Name] != nil {
			return transition
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
			Help:    "say `type: final` if the machine ends here, or add a transition that leads out; it gets here by: " + inWords(witness),
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

// isLeft reports whether the machine can get from here to another leaf, or to its end, by whatever configurations of
// this one.
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
			if cell := a.m.Cell(leaf, ev); cell.End == spec.Rejected && len(cell.Transitions) == 0 {
				a.report.Undecided = append(a.report.Undecided, Cell{leaf, ev})
			}
		}
	}
}

// cycles finds eventless transitions that find no end.
func cycles(a *analysis) {
	reported := map[string]bool{}
	for _, n := range a.space.nodes {
		cycle, ok := errors.AsType[*simulate.EventlessError](n.failed)
		if !ok || reported[cycle.State] {
			continue
		}
		reported[cycle.State] = true
		witness := n.path()
		a.add(spec.Finding{
			Pos: a.eventless(n.at.Leaf), Code: codeCycle,
			Message: "eventless transitions run in a circle here, and the machine ends with an error",
			Help:    "give one of them a guard that an action of the circle makes false; it gets here by: " + inWords(witness),
		}, witness)
	}
}

// eventless returns the place of the first transition without an event of a leaf, or of a state around it.
func (a *analysis) eventless(leaf *spec.State) spec.Pos {
	for s := range leaf.Ancestors() {
		if len(s.Always) > 0 {
			return s.Always[0].Pos
		}
	}
	return leaf.Pos
}

// unanswered finds calls that wait where nothing that can happen ends their waiting.
func unanswered(a *analysis) {
	if !a.space.complete {
		return
	}
	for _, ev := range a.m.Events {
		if ev.Call.Value == "" {
			continue
		}
		relieved := a.space.backwards(func(n *node) bool { return !n.waits(ev) })
		for _, n := range a.space.nodes {
			if relieved[n] {
				continue
			}
			witness := n.path()
			a.add(spec.Finding{
				Pos: ev.Pos, End: ends(ev.Pos, ev.Name), Code: codeUnanswered,
				Message: fmt.Sprintf("call %s can wait for ever: it is postponed in %s, from where no state that takes it is reached",
					ev.Name, n.at.Leaf.Name),
				Help: "handle it, or reject it by not postponing it; it gets there by: " + inWords(witness),
			}, witness)
			break
		}
	}
}

func (n *node) waits(ev *spec.Event) bool {
	return slices.ContainsFunc(n.at.Postponed, func(w simulate.Waiting) bool { return w.Event == ev })
}

// backwards returns the configurations from which one that fits can be reached, itself included.
func (s *space) backwards(fits func(*node) bool) map[*node]bool {
	found := map[*node]bool{}
	var queue []*node
	for _, n := range s.nodes {
		if fits(n) {
			found[n] = true
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, e := range n.in {
			if e.from != nil && !found[e.from] {
				found[e.from] = true
				queue = append(queue, e.from)
			}
		}
	}
	return found
}

// unhandled finds named timers that expire where no state handles them.
func unhandled(a *analysis) {
	for _, timer := range a.m.Timers {
		e := a.space.lost[timer.Event]
		if e == nil {
			continue
		}
		witness := e.path()
		a.add(spec.Finding{
			Pos: timer.Pos, End: ends(timer.Pos, timer.Name), Code: codeUnhandled,
			Message: fmt.Sprintf("timer %s can expire in state %s, which does not handle it", timer.Name, e.from.at.Leaf.Name),
			Help:    "handle, postpone or ignore it there, or cancel it on the way; it gets there by: " + inWords(witness),
		}, witness)
	}
}
