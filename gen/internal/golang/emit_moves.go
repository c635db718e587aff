package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// stateMoves are the methods that enter and leave a state.
func (p *plan) stateMoves(s *state) []jen.Code {
	var codes []jen.Code
	if s.enter != "" {
		codes = append(codes, p.routine(s.enter, p.entering(s)))
	}
	if s.exit != "" {
		codes = append(codes, p.routine(s.exit, p.leaving(s)))
	}
	if s.within != "" {
		codes = append(codes, documented(
			fmt.Sprintf("%s runs the exits of the states inside %s, from the current one outward.", s.within, s.Name),
			p.routine(s.within, p.leavingWithin(s))))
	}
	if s.leave != "" {
		codes = append(codes, documented(
			fmt.Sprintf("%s runs the exits from the current state up to and including %s.", s.leave, s.Name),
			p.routine(s.leave, p.leavingWhole(s))))
	}
	return codes
}

// leavingWithin runs the exits below a state, those of the current leaf first.
func (p *plan) leavingWithin(s *state) []jen.Code {
	cases := p.grouped(leavesOf(s.State), func(l *spec.State) []jen.Code {
		var calls []jen.Code
		for outer := range l.Ancestors() {
			if outer == s.State {
				break
			}
			if exit := p.state(outer).exit; exit != "" {
				calls = append(calls, id("m."+exit).Call())
			}
		}
		return calls
	})
	return []jen.Code{jen.Switch(id("m.State").Call()).Block(cases...)}
}

// leavingWhole runs the exits up to those of a state.
func (p *plan) leavingWhole(s *state) []jen.Code {
	body := p.leavingWithin(s)
	if s.within != "" {
		body = []jen.Code{id("m." + s.within).Call()}
	}
	if s.exit != "" {
		body = append(body, id("m."+s.exit).Call())
	}
	return body
}

// entering runs the entries of a state, then starts its timers and its work.
func (p *plan) entering(s *state) []jen.Code {
	var codes []jen.Code
	for _, ref := range s.Entry {
		codes = append(codes, p.act(ref.Hook))
	}
	for _, t := range s.waits {
		if t.Kind == spec.OnEventTimeout {
			codes = append(codes, p.outerTimeouts(s)...)
		}
		if t.timer != "" {
			codes = append(codes, p.startTimer(t))
		}
	}
	return append(codes, p.begin(s)...)
}

// outerTimeouts stop the event time-outs of the states around one that has its own.
func (p *plan) outerTimeouts(s *state) []jen.Code {
	var codes []jen.Code
	for a := range s.Parent.Ancestors() {
		for _, t := range p.state(a).waits {
			if t.Kind == spec.OnEventTimeout {
				codes = append(codes, id("m.engine.StopTimer").Call(id(t.timer)))
			}
		}
	}
	return codes
}

// begin starts the work of a state beside the machine.
func (p *plan) begin(s *state) []jen.Code {
	var codes []jen.Code
	for _, v := range p.invokes {
		if v.at == s {
			codes = append(codes, id("m.engine.StartInvoke").Call(id(v.id), p.workOf(v)))
		}
	}
	return codes
}

// leaving runs the exits of a state, and ends everything that lasts as long as it does.
func (p *plan) leaving(s *state) []jen.Code {
	var codes []jen.Code
	for _, ref := range s.Exit {
		codes = append(codes, p.act(ref.Hook))
	}
	for _, t := range s.waits {
		if t.timer != "" {
			codes = append(codes, id("m.engine.StopTimer").Call(id(t.timer)))
		}
	}
	for _, v := range p.invokes {
		if v.at == s {
			codes = append(codes, id("m.engine.StopInvoke").Call(id(v.id)))
		}
	}
	for _, t := range s.waits {
		if t.Kind == spec.OnDone {
			codes = append(codes, id("m.engine.Withdraw").Call(id(t.content).Values()))
		}
	}
	if s.last != "" {
		codes = append(codes, id("m."+s.last).Op("=").Id("m.State").Call())
	}
	return codes
}

// historyMoves are the methods that say where a history leads and that go there.
func (p *plan) historyMoves(h *history) []jen.Code {
	codes := []jen.Code{p.recall(h)}
	if h.enter == "" {
		return codes
	}
	cases := p.grouped(leavesBelow(h.State), func(l *spec.State) []jen.Code {
		return p.arrive(h.resume(l))
	})
	return append(codes, documented(
		fmt.Sprintf("%s runs the entries below %s on the way to a state.", h.enter, h.Parent.Name),
		method("m *Machine", h.enter).Params(id("to").Id("State")).Block(jen.Switch(id("to")).Block(cases...)),
	))
}

// recall says which leaf a history stands for.
func (p *plan) recall(h *history) jen.Code {
	never := p.state(h.resume(nil).Leaf).id
	kind := "leaf"
	if !h.Deep {
		kind = "child"
	}
	text := fmt.Sprintf("%s returns where %s leads: the %s of %s that was left last, at first %s.",
		h.recall, h.Name, kind, h.Parent.Name, h.resume(nil).Leaf.Name)
	recall := method("m *Machine", h.recall).Params().Id("State")
	cases := p.recallCases(h)
	if len(cases) == 0 {
		return documented(text, recall.Add(one(jen.Return(jen.Qual("cmp", "Or").Call(id("m."+h.last), id(never))))))
	}
	cases = append(cases, jen.Case(jen.Lit(0)).Block(jen.Return(id(never))))
	return documented(text, recall.Block(switchOn(id("m."+h.last), cases, jen.Return(id("m."+h.last)))))
}

// recallCases are those of the leaves that a shallow history does not stand for itself.
func (p *plan) recallCases(h *history) []jen.Code {
	var cases []jen.Code
	for _, child := range h.Parent.States {
		var others []jen.Code
		for _, l := range leavesOf(child) {
			if h.resume(l).Leaf != l {
				others = append(others, id(p.state(l).id))
			}
		}
		if len(others) > 0 {
			cases = append(cases, jen.Case(others...).Block(jen.Return(id(p.state(child.Leaf()).id))))
		}
	}
	return cases
}

// grouped makes a case for every sequence of statements, of all the states that have it, and none for an empty one.
func (p *plan) grouped(states []*spec.State, body func(*spec.State) []jen.Code) []jen.Code {
	type group struct {
		conditions, body []jen.Code
	}
	groups := map[string]*group{}
	var order []*group
	for _, s := range states {
		codes := body(s)
		if len(codes) == 0 {
			continue
		}
		key := fmt.Sprintf("%#v", jen.Block(codes...))
		if groups[key] == nil {
			groups[key] = &group{body: codes}
			order = append(order, groups[key])
		}
		groups[key].conditions = append(groups[key].conditions, id(p.state(s).id))
	}
	var cases []jen.Code
	for _, g := range order {
		cases = append(cases, jen.Case(g.conditions...).Block(g.body...))
	}
	return cases
}

// settling are the methods that do what needs no event; a machine without such does not have them.
func (p *plan) settling() []jen.Code {
	branches := p.alwaysBranches()
	if len(branches) == 0 {
		return nil
	}
	endless := jen.Op("&").Add(fsm("EventlessError")).Values(
		entry("Machine", jen.Lit(p.spec.Name.Value)), entry("State", id("m.State").Call().Dot("String").Call()),
	)
	return []jen.Code{
		documented("settle does what needs no event, until there is nothing left to do. A machine that goes round in circles ends.",
			method("m *Machine", "settle").Params().Block(
				jen.For(id("n").Op(":=").Lit(0), id("m.always").Call(), id("n").Op("++")).Block(
					jen.If(id("n").Op("==").Add(fsm("EventlessLimit"))).Block(
						id("m.engine.Stop").Call(endless),
						jen.Return(),
					),
				),
			)),
		documented("always does one thing that needs no event. It reports whether there was any.",
			method("m *Machine", "always").Params().Bool().Block(p.over("m.State()", branches, jen.Return(jen.False())))),
	}
}

// alwaysBranches returns the cases of the leaves that have transitions without an event.
func (p *plan) alwaysBranches() []branch {
	var branches []branch
	for _, t := range p.triggers {
		if t.Kind != spec.OnAlways {
			continue
		}
		for _, c := range t.cells {
			branches = append(branches, branch{
				key: c.method, cell: c, body: []jen.Code{jen.Return(id("m." + c.method).Call())},
			})
		}
	}
	return branches
}
