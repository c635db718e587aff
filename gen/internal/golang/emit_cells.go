package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// emitCells writes, state by state, its entry and exit, what it does on each trigger, and what its history leads to.
func (p *plan) emitCells() []jen.Code {
	var codes []jen.Code
	for _, s := range p.states {
		codes = append(codes, p.stateMoves(s)...)
		for _, c := range s.cells {
			if len(c.transitions) > 0 {
				codes = append(codes, p.cellMethod(c))
			}
		}
		for _, h := range p.histories {
			if h.Parent == s.State {
				codes = append(codes, p.historyMoves(h)...)
			}
		}
	}
	return append(codes, p.settling()...)
}

// cellMethod tries the transitions of a cell in order, then leaves the trigger to the states around.
func (p *plan) cellMethod(c *cell) jen.Code {
	var body []jen.Code
	for _, a := range c.transitions {
		if a.Guard == nil {
			body = append(body, p.transitionBody(c, a)...)
		} else {
			body = append(body, ifAt(p.condition(c.trigger, a.Guard.Expr), p.pos(a.Pos.Line), p.transitionBody(c, a)...))
		}
	}
	switch {
	case !c.goesOn():
	case c.next != nil:
		body = append(body, jen.Return(id("m."+c.next.method).Call(locals(c.next.fields())...)))
	default:
		body = append(body, p.verdict(c.trigger, c.end))
	}
	return documented(c.doc(p),
		method("m *Machine", c.method).Params(p.params(c.fields())...).Add(p.results(c.trigger)).Block(body...))
}

// doc is the comment of a cell: its arrow, with where it leads if there is only one way, and what happens otherwise.
func (c *cell) doc(p *plan) string {
	text := fmt.Sprintf("%s is %s --%s", c.method, c.state.Name, c.trigger.label)
	if alternatives := c.alternatives(); len(alternatives) == 1 && alternatives[0].target() != "" {
		text += "--> " + alternatives[0].target()
	}
	text += ", " + p.pos(c.line)
	switch {
	case !c.goesOn():
	case c.next != nil:
		text += "; where no guard holds " + c.next.method + " decides"
	case c.trigger.Kind == spec.OnAlways:
	case c.end == spec.Postponed:
		text += "; where no guard holds it is postponed"
	case c.end == spec.Ignored:
		text += "; where no guard holds it is ignored"
	default:
		text += "; where no guard holds it is refused"
	}
	if c.trigger.Kind == spec.OnAlways {
		text += ". It reports whether there was anything to do"
	}
	return text + "."
}
