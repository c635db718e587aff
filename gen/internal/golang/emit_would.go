package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// guarded reports whether it takes more than the state to know what becomes of an event.
func (t *trigger) guarded() bool {
	return slices.ContainsFunc(t.cells, func(c *cell) bool { return len(c.transitions) > 0 && c.end != spec.Handled })
}

// wouldMethod asks the guards of an event; one without has only Can.
func (p *plan) wouldMethod(t *trigger) []jen.Code {
	if !t.guarded() {
		return nil
	}
	text := fmt.Sprintf("Would%s reports whether %s would be handled now. It asks the guards, and nothing changes.", t.name, t.label)
	var branches []branch
	for _, c := range t.cells {
		switch {
		case len(c.transitions) == 0:
			branches = append(branches, branch{key: "false", cell: c, body: []jen.Code{jen.Return(jen.False())}, plain: true})
		case c.end == spec.Handled:
			branches = append(branches, branch{key: "true", cell: c, body: []jen.Code{jen.Return(jen.True())}, truth: true})
		default:
			branches = append(branches, branch{key: c.guards(), cell: c, body: []jen.Code{jen.Return(p.anyGuard(c))}})
		}
	}
	return []jen.Code{documented(text,
		method("m *Machine", "Would"+t.name).Params(p.params(t.payload())...).Bool().
			Block(p.over("m.State()", branches, jen.Return(jen.False()))))}
}

// anyGuard holds if a guard of the cell does, or one of those that are asked after it.
func (p *plan) anyGuard(c *cell) jen.Code {
	var guards []jen.Code
	asked := map[string]bool{}
	for _, a := range c.tried() {
		if asked[a.Guard.Value] {
			continue
		}
		asked[a.Guard.Value] = true
		guards = append(guards, p.condition(c.trigger, a.Guard.Expr))
	}
	return jen.Custom(jen.Options{Separator: " || "}, guards...)
}

// guards are those of the cell and of what is asked after it, as the spec writes them.
func (c *cell) guards() string {
	var guards []string
	for _, a := range c.tried() {
		guards = append(guards, a.Guard.Value)
	}
	return strings.Join(guards, " or ")
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
