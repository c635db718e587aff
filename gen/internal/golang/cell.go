package golang

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// cell is the code of one state for one trigger, before the trigger goes to the states around. All leaves inside share it.
type cell struct {
	state       *state
	trigger     *trigger
	method      string        // servingStop; empty if there are no transitions
	line        int           // where the state says so
	transitions []*transition // those that some leaf can take
	own         spec.Verdict  // what the state itself says of an event that no transition takes; Rejected if it leaves it to others
	end         spec.Verdict  // what becomes of an event that no transition takes, also none of next
	next        *cell         // what is asked where no transition is taken; nil if no transition above can be

	above []*cell                   // what the states around do, innermost first
	asks  bool                      // some leaf can take a transition of above
	taken map[*spec.Transition]bool // by some leaf
}

// cellKey is the state and the trigger of a cell.
type cellKey struct {
	state   *state
	trigger *trigger
}

// reaction is the behavior of one leaf for one trigger: the cells of its ancestors as one.
type reaction struct {
	leaf        *leaf
	trigger     *trigger
	cell        *cell              // of the innermost state that says something of the trigger
	transitions []*transition      // those that the leaf can take, in the order in which they are tried
	end         spec.Verdict       // what becomes of an event that no transition takes
	kept        []*spec.Transition // transitions, before they are planned
}

func (p *plan) planCells(taken *claims) {
	p.cells, p.hidden = map[cellKey]*cell{}, map[[2]*spec.Transition]bool{}
	for _, l := range p.leaves {
		for _, t := range p.asked(l) {
			l.reactions = append(l.reactions, p.react(l, t))
		}
		if l.always {
			l.settle = p.settle(l)
			l.reactions = append(l.reactions, l.settle)
		}
	}
	for _, s := range p.states {
		for _, t := range p.said(s) {
			if c := p.cells[cellKey{s, t}]; c != nil {
				p.planTransitions(taken, c)
				s.cells, t.cells = append(s.cells, c), append(t.cells, c)
			}
		}
	}
	for _, c := range p.cells {
		if i := slices.IndexFunc(c.above, func(above *cell) bool { return len(above.transitions) > 0 }); c.asks && i >= 0 {
			c.next = c.above[i]
		}
	}
	for _, l := range p.leaves {
		for _, r := range l.reactions {
			p.resolve(r)
		}
	}
}

// react plans what a leaf does on a trigger.
func (p *plan) react(l *leaf, t *trigger) *reaction {
	decided := p.spec.Decide(l.State, t.Trigger)
	var chain []*cell
	for s := range l.Ancestors() {
		at := p.state(s)
		if t.State != nil && t.State != s || at.says[t] == 0 {
			continue
		}
		c := p.cell(at, t)
		chain = append(chain, c)
		if c.own != spec.Rejected {
			break
		}
	}
	return p.newReaction(l, t, chain, decided)
}

// settle plans what a leaf and its ancestors do without an event, as one reaction.
func (p *plan) settle(l *leaf) *reaction {
	decided := spec.Cell{End: spec.Ignored}
	var chain []*cell
	for s := range l.Ancestors() {
		if len(s.Always) == 0 || decided.End == spec.Handled {
			continue
		}
		t := p.byTrigger[spec.Trigger{Kind: spec.OnAlways, State: s}]
		chain = append(chain, p.cell(p.state(s), t))
		level := p.spec.Decide(l.State, t.Trigger)
		decided.Transitions, decided.End = append(decided.Transitions, level.Transitions...), level.End
	}
	return p.newReaction(l, chain[0].trigger, chain, decided)
}

func (p *plan) newReaction(l *leaf, t *trigger, chain []*cell, decided spec.Cell) *reaction {
	r := &reaction{leaf: l, trigger: t, cell: chain[0], end: decided.End, kept: p.reachable(decided.Transitions)}
	for i, c := range chain {
		c.above, c.end = chain[i+1:], decided.End
		for _, a := range r.kept {
			if a.Source == c.state.State {
				c.taken[a] = true
			}
			c.asks = c.asks || slices.ContainsFunc(c.above, func(above *cell) bool { return above.state.State == a.Source })
		}
	}
	t.reactions = append(t.reactions, r)
	return r
}

// reachable leaves out the transitions that are never taken, since the guard of an earlier one holds wherever theirs does.
func (p *plan) reachable(transitions []*spec.Transition) []*spec.Transition {
	var kept []*spec.Transition
	for _, a := range transitions {
		hidden := slices.ContainsFunc(kept, func(earlier *spec.Transition) bool {
			return a.Guard != nil && earlier.Guard != nil && p.hides(earlier, a)
		})
		if !hidden {
			kept = append(kept, a)
		}
	}
	return kept
}

// hides reports whether the guard of a transition holds wherever that of a later one does. Leaves ask it again and again.
func (p *plan) hides(earlier, later *spec.Transition) bool {
	pair := [2]*spec.Transition{earlier, later}
	hides, known := p.hidden[pair]
	if !known {
		hides = expr.Hides(earlier.Guard.Expr, later.Guard.Expr)
		p.hidden[pair] = hides
	}
	return hides
}

// cell returns the cell of a state and a trigger, which is a new one the first time.
func (p *plan) cell(s *state, t *trigger) *cell {
	key := cellKey{s, t}
	if p.cells[key] == nil {
		c := &cell{state: s, trigger: t, line: s.says[t], taken: map[*spec.Transition]bool{}}
		if transitions := c.written(); len(transitions) > 0 && transitions[len(transitions)-1].Guard == nil {
			c.own = spec.Handled
		} else if t.Kind != spec.OnEvent {
			c.own = spec.Ignored
		} else {
			c.own = listed(s.State, t.Event)
		}
		p.cells[key] = c
	}
	return p.cells[key]
}

// listed returns the verdict of a state about an event that its transitions do not take.
func listed(s *spec.State, ev *spec.Event) spec.Verdict {
	of := func(r *spec.EventRef) bool { return r.Event == ev }
	switch {
	case slices.ContainsFunc(s.Postpone, of):
		return spec.Postponed
	case slices.ContainsFunc(s.Ignore, of):
		return spec.Ignored
	default:
		return spec.Rejected
	}
}

// written are the transitions of the state itself, up to the first that is always taken.
func (c *cell) written() []*spec.Transition {
	transitions := c.trigger.own()
	if c.trigger.Kind == spec.OnEvent {
		transitions = handled(c.state.State, c.trigger.Event)
	}
	if i := slices.IndexFunc(transitions, func(a *spec.Transition) bool { return a.Guard == nil }); i >= 0 {
		transitions = transitions[:i+1]
	}
	return transitions
}

// handled are the transitions of a state for an event, or those of its `*` if that stands for the event.
func handled(s *spec.State, ev *spec.Event) []*spec.Transition {
	var others []*spec.Transition
	for _, h := range s.On {
		switch {
		case h.Any():
			others = h.Transitions
		case h.Event.Event == ev:
			return h.Transitions
		}
	}
	if ev.Timer != nil || listed(s, ev) != spec.Rejected {
		return nil
	}
	return others
}

func (p *plan) planTransitions(names *claims, c *cell) {
	written := slices.DeleteFunc(slices.Clone(c.written()), func(a *spec.Transition) bool { return !c.taken[a] })
	if len(written) == 0 {
		return
	}
	what := fmt.Sprintf("%s in state %s", c.trigger.label, c.state.Name)
	c.method = names.claim("Machine", spec.GoLocal(c.state.Name)+c.trigger.suffix(), what, written[0].Pos)
	for i, a := range written {
		id := "transition" + spec.GoName(c.state.Name) + c.trigger.suffix()
		if len(written) > 1 {
			id += strconv.Itoa(i + 1)
		}
		c.transitions = append(c.transitions, p.planTransition(names, c, a, id, what))
	}
}

// resolve finds the plans of the transitions of a reaction.
func (p *plan) resolve(r *reaction) {
	for _, kept := range r.kept {
		for _, c := range append([]*cell{r.cell}, r.cell.above...) {
			for _, a := range c.transitions {
				if a.Transition == kept {
					r.transitions = append(r.transitions, a)
				}
			}
		}
	}
}

// goesOn reports whether the state leaves the trigger to next, or to its verdict, where no transition is taken.
func (c *cell) goesOn() bool {
	return len(c.transitions) == 0 || c.transitions[len(c.transitions)-1].Guard != nil
}

// tried are the transitions of the cell, then those of next.
func (c *cell) tried() []*transition {
	if c.next == nil {
		return c.transitions
	}
	return slices.Concat(c.transitions, c.next.tried())
}

// alternatives are all the transitions that the cell leads to, choices resolved, in the order of the spec.
func (c *cell) alternatives() []*transition {
	var alternatives []*transition
	for _, a := range c.transitions {
		alternatives = append(alternatives, a.alternatives()...)
	}
	return alternatives
}

// leaves are those inside the state of the cell that it is the first to decide for.
func (c *cell) leaves() []*leaf {
	var leaves []*leaf
	for _, r := range c.trigger.reactions {
		if r.cell == c {
			leaves = append(leaves, r.leaf)
		}
	}
	return leaves
}
