package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// emitCells writes, state by state, its entry and exit and what it does on each trigger.
func (p *plan) emitCells() []jen.Code {
	var codes []jen.Code
	for _, s := range p.states {
		codes = append(codes, p.stateMoves(s)...)
		for _, l := range p.leaves {
			if l.state != s {
				continue
			}
			for _, c := range l.cells {
				if len(c.arms) > 0 {
					codes = append(codes, p.cellMethod(c))
				}
			}
		}
	}
	return codes
}

// stateMoves are the methods that enter and leave a state.
func (p *plan) stateMoves(s *state) []jen.Code {
	var enter, exit []jen.Code
	for _, ref := range s.Entry {
		enter = append(enter, p.act(ref.Hook))
	}
	for _, ref := range s.Exit {
		exit = append(exit, p.act(ref.Hook))
	}
	for _, t := range p.triggers {
		if t.timer != nil && t.state == s {
			enter = append(enter, id("m.engine.StartTimer").Call(id(t.number), p.length(t.timer)))
			exit = append(exit, id("m.engine.StopTimer").Call(id(t.number)))
		}
	}
	var codes []jen.Code
	if s.enter != "" {
		codes = append(codes, p.routine(s.enter, enter))
	}
	if s.exit != "" {
		codes = append(codes, p.routine(s.exit, exit))
	}
	return codes
}

// length is how long a timer runs.
func (p *plan) length(t *spec.Timer) *jen.Statement {
	if t.Param != nil {
		return id("m.params." + spec.GoName(t.Param.Name))
	}
	return duration(t.Duration)
}

// act calls an action.
func (p *plan) act(h *spec.Hook) *jen.Statement { return p.callHook(h, "m.ctx") }

// ask calls a guard or a reply.
func (p *plan) ask(h *spec.Hook) *jen.Statement { return p.callHook(h, "m.view") }

func (p *plan) callHook(h *spec.Hook, access string) *jen.Statement {
	planned := p.hook(h)
	args := append([]jen.Code{id(access).Call()}, locals(planned.fields)...)
	return id("m.hooks." + planned.path).Call(args...)
}

// cellMethod tries the arms of a cell in order.
func (p *plan) cellMethod(c *cell) jen.Code {
	var body []jen.Code
	for _, a := range c.arms {
		if a.Guard == nil {
			body = append(body, p.armBody(c, a)...)
		} else {
			body = append(body, ifAt(p.ask(a.Guard.Hook()), p.pos(a.Pos.Line), p.armBody(c, a)...))
		}
	}
	if c.end != spec.Handled {
		body = append(body, p.verdict(c.trigger, c.end))
	}
	return documented(c.doc(),
		method("m *Machine", c.method).Params(p.params(c.fields())...).Add(p.results(c.trigger)).Block(body...))
}

// doc is the comment of a cell: its arrow, with where it leads if there is only one way, and what happens otherwise.
func (c *cell) doc() string {
	text := fmt.Sprintf("%s is %s --%s", c.method, c.leaf.Name, c.trigger.label)
	if to := c.arms[0].targetName(); len(c.arms) == 1 && to != "" {
		text += "--> " + to
	}
	switch c.end {
	case spec.Postponed:
		text += "; where no guard holds it is postponed"
	case spec.Ignored:
		text += "; where no guard holds it is ignored"
	case spec.Rejected:
		text += "; where no guard holds it is refused"
	}
	return text + "."
}

// armBody takes one arm, in the order of a step.
func (p *plan) armBody(c *cell, a *arm) []jen.Code {
	body := p.exits(a.step)
	for _, ref := range a.Actions {
		body = append(body, p.act(ref.Hook))
	}
	if a.Reply != nil {
		body = append(body, id("reply").Op(":=").Add(p.ask(a.Reply.Hook)))
	}
	body = append(body, p.commit(a))
	body = append(body, p.entries(a.step)...)
	if a.stops() {
		body = append(body, id("m.engine.Stop").Call(jen.Nil()))
	}
	return append(body, p.armReturn(c.trigger, a))
}

func (p *plan) commit(a *arm) jen.Code {
	if a.step.Changed {
		return id("m.engine.Commit").Call(p.number(a.step.Leaf), id(a.id))
	}
	return id("m.engine.Stay").Call(id(a.id))
}

func (p *plan) armReturn(t *trigger, a *arm) jen.Code {
	switch {
	case t.reply == "":
		return jen.Return(jen.Nil())
	case a.Reply == nil:
		return p.fail(t, id("m.engine.NoReply").Call(id(t.id)))
	default:
		return jen.Return(id("reply"), jen.Nil())
	}
}

// emitStepper writes what makes the machine one that the runtime can drive.
func (p *plan) emitStepper() []jen.Code {
	cases := []jen.Code{}
	for _, t := range p.triggers {
		cases = append(cases, jen.Case(id(t.content)).Block(p.stepReturn(t)))
	}
	unknown := jen.Return(jen.Nil(), jen.Qual("fmt", "Errorf").Call(
		jen.Lit(fmt.Sprintf("%s: %%T is not an event of %s", p.pkg, p.a())), id("ev.Content"),
	))
	own := p.groups[0]
	return []jen.Code{
		documented("Step handles an event that had to wait. It is for the runtime; events have methods of their own.",
			method("m *Machine", "Step").Params(id("ev").Add(fsm("Event"))).Params(jen.Any(), jen.Error()).Block(
				switchOn(p.content(), cases, unknown))),
		documented("Terminate tells the hooks that the machine has ended. It is for the runtime.",
			method("m *Machine", "Terminate").Params(id("reason").Error()).
				Add(one(id("m.hooks."+own.field+".Terminated").Call(id("m.ctx").Call(), id("reason"))))),
	}
}

// content switches on the type of what an event carries; it has a name only if some cell wants a payload.
func (p *plan) content() *jen.Statement {
	for _, t := range p.triggers {
		if len(t.used()) > 0 {
			return id("content").Op(":=").Id("ev.Content").Assert(jen.Type())
		}
	}
	return id("ev.Content").Assert(jen.Type())
}

func (p *plan) stepReturn(t *trigger) jen.Code {
	on := t.on
	if on == "" {
		on = t.cells[0].method
	}
	var args []jen.Code
	for _, f := range t.used() {
		args = append(args, id("content."+f.name))
	}
	call := id("m." + on).Call(args...)
	if t.reply == "" {
		return jen.Return(jen.Nil(), call)
	}
	return jen.Return(call)
}
