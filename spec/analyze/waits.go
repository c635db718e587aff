package analyze

import (
	"errors"
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// cycles finds eventless transitions that find no end.
func cycles(a *analysis) {
	reported := map[string]bool{}
	for _, n := range a.space.nodes {
		cycle, ok := errors.AsType[*interp.EventlessError](n.failed)
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

// eventless is where a leaf, or a state that it is in, says what it does without an event.
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
	return slices.ContainsFunc(n.at.Postponed, func(w interp.Waiting) bool { return w.Event == ev })
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

// unhandled finds named timers that expire where nobody handles them.
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
