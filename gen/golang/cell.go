package golang

import (
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/fsmgen/fsmgen/spec"
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

// arm is one way to react, seen from one leaf.
type arm struct {
	*spec.Arm
	step spec.Step
	id   string // arcLockedButton1
}

// stops reports whether the machine ends with this arm.
func (a *arm) stops() bool { return a.step.Changed && isEnd(a.step.Leaf) }

func isEnd(s *spec.State) bool { return s.Kind == spec.Final && s.Parent == nil }

func (p *plan) planCells(taken *claims) {
	for _, l := range p.leaves {
		for _, t := range p.inOrder(l) {
			c := p.newCell(taken, l, t)
			l.cells = append(l.cells, c)
			t.cells = append(t.cells, c)
		}
	}
}

// inOrder returns the events in the order in which a leaf and then its ancestors mention them, then the time-outs.
func (p *plan) inOrder(l *leaf) []*trigger {
	var order []*trigger
	for s := range l.Ancestors() {
		for ev := range mentions(s) {
			if t := p.event(ev); !slices.Contains(order, t) {
				order = append(order, t)
			}
		}
	}
	for s := range l.Ancestors() {
		for _, t := range p.triggers {
			if t.timer != nil && t.state.State == s {
				order = append(order, t)
			}
		}
	}
	return order
}

// event returns the plan of an event.
func (p *plan) event(ev *spec.Event) *trigger {
	i := slices.IndexFunc(p.triggers, func(t *trigger) bool { return t.event == ev })
	return p.triggers[i]
}

// mentions yields the events that a state decides, and the line where.
func mentions(s *spec.State) iter.Seq2[*spec.Event, int] {
	return func(yield func(*spec.Event, int) bool) {
		for _, h := range s.On {
			if !yield(h.Event.Event, h.Event.Pos.Line) {
				return
			}
		}
		for _, r := range slices.Concat(s.Postpone, s.Ignore) {
			if !yield(r.Event, r.Pos.Line) {
				return
			}
		}
	}
}

func (p *plan) newCell(taken *claims, l *leaf, t *trigger) *cell {
	c := &cell{leaf: l, trigger: t, line: lineOf(l, t)}
	arms := p.armsOf(c)
	if len(arms) == 0 {
		return c
	}
	what := fmt.Sprintf("%s in state %s", t.label, l.Name)
	name := l.nameOf(t)
	c.method = taken.claim("Machine", spec.GoLocal(l.Name)+name, what, arms[0].Pos)
	for i, a := range arms {
		id := "arc" + spec.GoName(l.Name) + name
		if len(arms) > 1 {
			id += strconv.Itoa(i + 1)
		}
		c.arms = append(c.arms, &arm{a, spec.Plan(l.State, a), taken.claim("", id, what, a.Pos)})
	}
	return c
}

// nameOf is what a trigger is called in the names of a leaf: Button, AfterOpenTime. A time-out of an ancestor that is
// called like a nearer one has its state's name as well.
func (l *leaf) nameOf(t *trigger) string {
	if t.timer == nil {
		return t.name
	}
	name := "After" + timerName(t.timer)
	for s := range l.Ancestors() {
		if s == t.state.State {
			return name
		}
		if slices.ContainsFunc(s.After, func(near *spec.Timer) bool { return timerName(near) == timerName(t.timer) }) {
			return spec.GoName(t.state.Name) + name
		}
	}
	return name
}

func (p *plan) armsOf(c *cell) []*spec.Arm {
	if t := c.trigger.timer; t != nil {
		if slices.ContainsFunc(t.Arms, func(a *spec.Arm) bool { return a.Guard == nil }) {
			c.end = spec.Handled
		}
		return t.Arms
	}
	decided := p.spec.Cell(c.leaf.State, c.trigger.event)
	c.end = decided.End
	return decided.Arms
}

func lineOf(l *leaf, t *trigger) int {
	if t.timer != nil {
		return t.timer.Pos.Line
	}
	for s := range l.Ancestors() {
		for ev, line := range mentions(s) {
			if ev == t.event {
				return line
			}
		}
	}
	return 0
}

// takes reports whether a hook of the cell takes a payload field.
func (c *cell) takes(f field) bool {
	for _, a := range c.arms {
		for _, h := range a.hooks() {
			if lists(h.Payload, f) {
				return true
			}
		}
	}
	return false
}

func lists(list []spec.Text, f field) bool {
	return slices.ContainsFunc(list, func(t spec.Text) bool { return t.Value == f.Name })
}

// fields returns the payload fields that the cell takes.
func (c *cell) fields() []field { return c.trigger.filter(c.takes) }

// hooks returns the hooks that the arm itself names.
func (a *arm) hooks() []*spec.Hook {
	var hooks []*spec.Hook
	for ref := range a.Hooks() {
		hooks = append(hooks, ref.Hook)
	}
	return hooks
}
