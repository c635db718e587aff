package golang

import (
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/analyze/solve"
)

// cell is what a machine does on one trigger in one leaf.
type cell struct {
	leaf    *leaf
	trigger *trigger
	method  string // lockedButton; empty if there are no arms
	line    int    // where the innermost state that decides it says so
	arms    []*arm
	end     spec.Verdict // what becomes of an event that no arm takes
}

func (p *plan) planCells(taken *claims) {
	for _, l := range p.leaves {
		for t, line := range p.inOrder(l) {
			c := p.newCell(taken, l, t, line)
			l.cells = append(l.cells, c)
			t.cells = append(t.cells, c)
		}
		if l.always {
			l.settle = p.newSettling(taken, l)
			l.cells = append(l.cells, l.settle)
		}
	}
	for _, t := range p.triggers {
		if t.Kind != spec.OnEvent && len(t.handled()) == 0 { // nobody wants to know
			t.on = ""
		}
	}
}

// inOrder yields the events in the order in which a leaf and then its ancestors mention them, and the line where the first
// of them does, then what these states wait for.
func (p *plan) inOrder(l *leaf) iter.Seq2[*trigger, int] {
	return func(yield func(*trigger, int) bool) {
		seen := map[*trigger]bool{}
		for s := range l.Ancestors() {
			for ev, line := range p.mentions(s) {
				t := p.event(ev)
				if seen[t] {
					continue
				}
				seen[t] = true
				if !yield(t, line) {
					return
				}
			}
		}
		p.waiting(l, yield)
	}
}

// waiting yields what a leaf and its ancestors wait for. Of their event time-outs only the innermost can run.
func (p *plan) waiting(l *leaf, yield func(*trigger, int) bool) {
	timeout := false
	for s := range l.Ancestors() {
		for _, t := range p.state(s).waits {
			if t.Kind == spec.OnAlways || t.Kind == spec.OnEventTimeout && timeout {
				continue
			}
			if !yield(t, t.pos().Line) {
				return
			}
		}
		timeout = timeout || s.EventTimeout != nil
	}
}

// event returns the plan of an event.
func (p *plan) event(ev *spec.Event) *trigger {
	return p.byTrigger[spec.Trigger{Kind: spec.OnEvent, Event: ev}]
}

// mentions yields the events that a state decides, and the line where. Those that only its `*` stands for come last.
func (p *plan) mentions(s *spec.State) iter.Seq2[*spec.Event, int] {
	return func(yield func(*spec.Event, int) bool) {
		others := 0
		for _, h := range s.On {
			if h.Any() {
				others = h.Event.Pos.Line
			} else if !yield(h.Event.Event, h.Event.Pos.Line) {
				return
			}
		}
		for _, r := range slices.Concat(s.Postpone, s.Ignore) {
			if !yield(r.Event, r.Pos.Line) {
				return
			}
		}
		if others == 0 {
			return
		}
		for _, ev := range p.spec.Events {
			if !yield(ev, others) {
				return
			}
		}
	}
}

func (p *plan) newCell(taken *claims, l *leaf, t *trigger, line int) *cell {
	c := &cell{leaf: l, trigger: t, line: line}
	decided := p.spec.Decide(l.State, t.Trigger)
	if c.end = decided.End; len(decided.Arms) > 0 {
		p.planArms(taken, c, l.nameOf(t), reachable(decided.Arms))
	}
	return c
}

// newSettling plans what a leaf and its ancestors do without an event, as one cell.
func (p *plan) newSettling(taken *claims, l *leaf) *cell {
	c := &cell{leaf: l, end: spec.Ignored}
	var arms []*spec.Arm
	for s := range l.Ancestors() {
		if len(s.Always) == 0 || c.end == spec.Handled {
			continue
		}
		t := p.byTrigger[spec.Trigger{Kind: spec.OnAlways, State: s}]
		if c.trigger == nil {
			c.trigger, c.line = t, t.pos().Line
		}
		decided := p.spec.Decide(l.State, t.Trigger)
		arms, c.end = append(arms, decided.Arms...), decided.End
	}
	p.planArms(taken, c, "Always", reachable(arms))
	return c
}

// reachable leaves out the arms that are never taken, since the guard of an earlier one holds wherever theirs does.
func reachable(arms []*spec.Arm) []*spec.Arm {
	var kept []*spec.Arm
	for _, a := range arms {
		hidden := slices.ContainsFunc(kept, func(earlier *spec.Arm) bool {
			return a.Guard != nil && earlier.Guard != nil && solve.Hides(earlier.Guard.Expr, a.Guard.Expr)
		})
		if !hidden {
			kept = append(kept, a)
		}
	}
	return kept
}

func (p *plan) planArms(taken *claims, c *cell, name string, arms []*spec.Arm) {
	what := fmt.Sprintf("%s in state %s", c.trigger.label, c.leaf.Name)
	c.method = taken.claim("Machine", spec.GoLocal(c.leaf.Name)+name, what, arms[0].Pos)
	for i, a := range arms {
		id := "arc" + spec.GoName(c.leaf.Name) + name
		if len(arms) > 1 {
			id += strconv.Itoa(i + 1)
		}
		c.arms = append(c.arms, p.newArm(taken, c.leaf, a, id, what))
	}
}

// nameOf is what a trigger is called in the names of a leaf: Button, AfterOpenTime. What an ancestor waits for has its
// state's name as well if a nearer state waits for something with the same name.
func (l *leaf) nameOf(t *trigger) string {
	if t.at == nil || t.Kind == spec.OnDone {
		return t.name
	}
	for s := range l.Ancestors() {
		if s == t.State {
			return t.name
		}
		if slices.ContainsFunc(waitNames(s), func(near string) bool { return near == t.name }) {
			return spec.GoName(t.State.Name) + t.name
		}
	}
	return t.name
}

// waitNames are the names of what a state waits for.
func waitNames(s *spec.State) []string {
	var names []string
	for _, t := range s.After {
		names = append(names, "After"+lengthName(&t.Length))
	}
	for _, v := range s.Invokes {
		names = append(names, invokeName(s, v)+"Done", invokeName(s, v)+"Error")
	}
	return names
}

// ways are all the arms that the cell leads to, choices resolved, in the order of the spec.
func (c *cell) ways() []*arm {
	var ways []*arm
	for _, a := range c.arms {
		ways = append(ways, a.ways()...)
	}
	return ways
}
