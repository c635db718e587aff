package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// guarded reports whether it takes more than the state to know what becomes of an event.
func (t *trigger) guarded() bool {
	for _, c := range t.cells {
		if len(c.arms) > 0 && c.end != spec.Handled {
			return true
		}
	}
	return false
}

// wouldMethod asks the guards of an event; one without has only Can.
func (p *plan) wouldMethod(t *trigger) []jen.Code {
	if !t.guarded() {
		return nil
	}
	text := fmt.Sprintf("Would%s reports whether %s would be handled now. It asks the guards, and nothing changes.", t.name, t.label)
	var cases, always []jen.Code
	for _, c := range t.cells {
		switch {
		case len(c.arms) == 0:
		case c.end == spec.Handled:
			always = append(always, id(c.leaf.id))
		default:
			cases = append(cases, jen.Case(id(c.leaf.id)).Block(jen.Return(p.anyGuard(c))))
		}
	}
	if len(always) > 0 {
		cases = append(cases, jen.Case(always...).Block(jen.Return(jen.True())))
	}
	return []jen.Code{documented(text,
		method("m *Machine", "Would"+t.name).Params(p.params(t.payload())...).Bool().
			Block(switchOn(id("m.State").Call(), cases, jen.Return(jen.False()))))}
}

// anyGuard holds if a guard of the cell does.
func (p *plan) anyGuard(c *cell) jen.Code {
	var guards []jen.Code
	asked := map[string]bool{}
	for _, a := range c.arms {
		if asked[a.Guard.Value] {
			continue
		}
		asked[a.Guard.Value] = true
		guards = append(guards, p.condition(c.trigger, a.Guard.Expr))
	}
	return jen.Custom(jen.Options{Separator: " || "}, guards...)
}

// serverWould asks the guards between two events.
func (p *plan) serverWould(t *trigger) []jen.Code {
	if !t.guarded() {
		return nil
	}
	text := fmt.Sprintf("Would%s is [Machine.Would%s] for many goroutines. It waits, at most for ctx, until no event is being handled.",
		t.name, t.name)
	ask := jen.Func().Params().Add(one(id("would").Op("=").Id("s.m.Would" + t.name).Call(locals(t.payload())...)))
	return []jen.Code{documented(text,
		method("s *Server", "Would"+t.name).Params(append([]jen.Code{ctxParam()}, p.params(t.payload())...)...).
			Params(id("would").Bool(), id("err").Error()).Block(
			id("err").Op("=").Id("s.server.Inspect").Call(id("ctx"), ask),
			jen.Return(id("would"), id("err")),
		))}
}
