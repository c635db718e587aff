package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// dispatch is the switch that finds the cell of the current state.
func (p *plan) dispatch(t *trigger) jen.Code {
	body := p.record(t)
	if t.IsPeriodic() {
		body = append(body, p.repeatTimer(t))
	}
	reject := p.fail(t, id("m.engine.Reject").Call(id(t.id)))
	if branches := p.branches(t); len(branches) > 0 {
		body = append(body, p.over("m.State()", branches, reject))
	} else {
		body = append(body, reject)
	}
	return method("m *Machine", t.on).Params(p.params(t.used())...).Add(p.results(t)).Block(body...)
}

// record keeps the payload fields that observers of the machine see, whatever becomes of the event.
func (p *plan) record(t *trigger) []jen.Code {
	if t.Event == nil || len(t.Event.Record) == 0 {
		return nil
	}
	var fields []jen.Code
	for _, f := range t.pick(t.Event.Record) {
		fields = append(fields, impl(recordedAs(f.Type.Value)).Call(jen.Lit(f.Name), id(f.local)))
	}
	return []jen.Code{jen.If(id("m.engine.Watched").Call()).Block(id("m.engine.Record").Call(fields...))}
}

// recordedAs is the function of the runtime that records a value of a Go type without allocating, where there is one.
func recordedAs(goType string) string {
	switch goType {
	case "string":
		return "RecordString"
	case "int":
		return "RecordInt"
	case "int64":
		return "RecordInt64"
	case "time.Duration":
		return "RecordDuration"
	default:
		return "RecordAny"
	}
}

// branches returns the cases of an event for the leaves that react to it.
func (p *plan) branches(t *trigger) []branch {
	var branches []branch
	for _, c := range t.cells {
		b := branch{key: c.end.String(), cell: c, lines: []int{c.line}, body: []jen.Code{p.verdict(t, c.end)}}
		if len(c.transitions) > 0 {
			b = branch{key: c.method, cell: c, body: []jen.Code{jen.Return(id("m." + c.method).Call(locals(c.fields())...))}}
		}
		branches = append(branches, b)
	}
	return branches
}

// pos is a place in the spec: "door.fsm.yaml:52".
func (p *plan) pos(lines ...int) string {
	text := strings.Trim(strings.ReplaceAll(fmt.Sprint(lines), " ", ", "), "[]")
	return p.file + ":" + text
}

// verdict returns what becomes of an event that no transition takes.
func (p *plan) verdict(t *trigger, end spec.Verdict) jen.Code {
	if t.Kind == spec.OnAlways {
		return jen.Return(jen.False())
	}
	verbs := map[spec.Verdict]string{spec.Rejected: "Refuse", spec.Postponed: "Postpone", spec.Ignored: "Ignore"}
	return p.fail(t, id("m.engine."+verbs[end]).Call(id(t.id)))
}

// fail returns an error where a reply may be expected.
func (p *plan) fail(t *trigger, err jen.Code) jen.Code {
	if t.reply == "" {
		return jen.Return(err)
	}
	return jen.Return(p.zero(t.reply), err)
}

// branch is a case of a switch over the states, for the leaves that ask one cell first.
type branch struct {
	key   string // two branches with one key do the same
	cell  *cell
	lines []int      // of the spec; none if the switch does not say
	body  []jen.Code // that returns
	plain bool       // it does what the switch does otherwise
	truth bool       // it returns true, and the switch otherwise false
}

// manyLeaves is the largest number of leaves that a case names. The leaves of a branch with more are named by the state that they
// are in, so that the code grows with the states and not with the states times the events.
const manyLeaves = 8

// over is a switch over the states. Subject is the current state.
func (p *plan) over(subject string, branches []branch, otherwise ...jen.Code) jen.Code {
	var large []branch
	for _, b := range branches {
		if b.isLarge() {
			large = append(large, b)
		}
	}
	var order []string
	same := map[string][]branch{}
	for _, b := range branches {
		if b.isLarge() || b.plain && !slices.ContainsFunc(large, b.isInside) || len(b.cell.leaves()) == 0 {
			continue
		}
		if same[b.key] == nil {
			order = append(order, b.key)
		}
		same[b.key] = append(same[b.key], b)
	}
	var cases []jen.Code
	for _, key := range order {
		cases = append(cases, p.branchCase(same[key]))
	}
	slices.SortStableFunc(large, func(a, b branch) int { return depth(b.cell.state.State) - depth(a.cell.state.State) })
	var last []jen.Code
	if len(large) > 0 && !slices.ContainsFunc(large, func(b branch) bool { return !b.truth }) {
		var within []jen.Code
		for _, b := range large {
			within = append(within, id(subject+".In").Call(id(b.cell.state.id)))
		}
		large, otherwise = nil, []jen.Code{jen.Return(jen.Custom(jen.Options{Separator: " || "}, within...))}
	}
	for _, b := range large {
		inside := id(subject + ".In").Call(id(b.cell.state.id))
		if len(b.lines) > 0 {
			last = append(last, ifAt(inside, p.pos(b.lines...), b.body...))
		} else {
			last = append(last, jen.If(inside).Block(b.body...))
		}
	}
	if len(cases) == 0 {
		return jen.Add(lines(append(last, otherwise...)...))
	}
	return switchOn(id(subject), cases, append(last, otherwise...)...)
}

// branchCase is the case of branches that do the same.
func (p *plan) branchCase(same []branch) jen.Code {
	var names []string
	var at []int
	for _, b := range same {
		for _, l := range b.cell.leaves() {
			names = append(names, l.id)
		}
		for _, line := range b.lines {
			if !slices.Contains(at, line) {
				at = append(at, line)
			}
		}
	}
	if len(at) == 0 {
		return jen.Case(listedNames(names)).Block(same[0].body...)
	}
	return caseAt([]jen.Code{listedNames(names)}, p.pos(at...), same[0].body...)
}

// listedNames are names with commas between, on as many lines as they need.
func listedNames(names []string) jen.Code {
	text := strings.Join(names, ", ")
	if len(text) < indentWidth {
		return id(text)
	}
	return id(strings.Join(fill(text, indentWidth), "\n"))
}

// isLarge reports whether the leaves of a branch are too many to name.
func (b branch) isLarge() bool {
	return len(b.cell.state.States) > 0 && len(b.cell.leaves()) > manyLeaves
}

// isInside reports whether another branch is about a state around that of b.
func (b branch) isInside(of branch) bool {
	return of.cell != b.cell && of.cell.state.Contains(b.cell.state.State)
}

func depth(s *spec.State) int {
	n := 0
	for range s.Ancestors() {
		n++
	}
	return n
}

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
