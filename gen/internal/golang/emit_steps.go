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
	if c.trigger.Kind == spec.OnEvery {
		body = append(body, p.repeatTimer(c.trigger))
	}
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

// transitionBody takes one transition, in the order of a step.
func (p *plan) transitionBody(c *cell, a *transition) []jen.Code {
	if a.Choose != nil {
		return []jen.Code{p.choosing(c, a)}
	}
	var body []jen.Code
	if p.asksWhere(c, a) {
		body = append(body, id("from").Op(":=").Id("m.engine.State").Call())
	}
	for _, exit := range a.exits {
		body = append(body, id("m."+exit).Call())
	}
	for _, ref := range a.Actions {
		body = append(body, p.act(ref.Hook))
	}
	body = append(body, p.timerMoves(a)...)
	for _, ref := range a.Raise {
		body = append(body, id("m.engine.Raise").Call(p.raised(c.trigger, ref.Event)))
	}
	if a.Reply != nil {
		body = append(body, p.reply(c.trigger, a.Reply.Hook)...)
	}
	body = append(body, p.move(a)...)
	if a.stops() {
		body = append(body, id("m.engine.Stop").Call(jen.Nil()))
	}
	if c.trigger.Kind == spec.OnAlways {
		return append(body, jen.Return(jen.True()))
	}
	if p.mayGoOn(a.leads) {
		body = append(body, id("m.settle").Call())
	}
	return append(body, p.transitionReturn(c, a))
}

// choosing lets a hook decide which transition is taken.
func (p *plan) choosing(c *cell, a *transition) jen.Code {
	h := a.Choose.Src.Hook
	cases := make([]jen.Code, 0, len(a.outcomes))
	for _, alt := range a.outcomes {
		cases = append(cases, caseAt([]jen.Code{id(outcomeName(h, alt.outcome))}, p.pos(alt.Pos.Line), p.transitionBody(c, alt)...))
	}
	unknown := jen.Op("&").Add(fsm("UnknownOutcomeError")).Values(
		entry("Machine", jen.Lit(p.spec.Name.Value)), entry("Choice", jen.Lit(h.Name)), entry("Outcome", jen.Int().Call(id("outcome"))),
	)
	choice := jen.Id("outcome").Op(":=").Add(p.ask(h)).Op(";").Id("outcome")
	return switchOn(choice, cases, jen.Panic(unknown))
}

// timerMoves returns the code for the named timers that the transition stops, starts or updates.
func (p *plan) timerMoves(a *transition) []jen.Code {
	var codes []jen.Code
	for _, ref := range a.Cancel {
		codes = append(codes, id("m.engine.StopTimer").Call(id(p.event(ref.Timer.Event).timer)))
	}
	for _, ref := range a.Start {
		codes = append(codes, p.startTimer(p.event(ref.Timer.Event)))
	}
	for _, ref := range a.Update {
		t := p.event(ref.Timer.Event)
		codes = append(codes, id("m.engine.UpdateTimer").Call(id(t.timer), id(t.content).Values()))
	}
	return codes
}

// startTimer starts the timer of a trigger, anew if it runs.
func (p *plan) startTimer(t *trigger) *jen.Statement {
	start := "m.engine.StartTimer"
	if t.IsPeriodic() {
		start = "m.engine.StartPeriodic"
	}
	return id(start).Call(id(t.timer), p.length(t.length()))
}

// repeatTimer starts the next period of the periodic timer of a trigger.
func (p *plan) repeatTimer(t *trigger) *jen.Statement {
	return id("m.engine.RepeatTimer").Call(id(t.timer), p.length(t.length()))
}

// length returns the duration of a timer.
func (p *plan) length(l *spec.Length) *jen.Statement {
	if l.Param != nil {
		return id("m.params." + spec.GoName(l.Param.Name))
	}
	return duration(l.Duration)
}

// raised is an event that the machine sends itself, with what it needs of the payload at hand.
func (p *plan) raised(from *trigger, ev *spec.Event) *jen.Statement {
	t := p.event(ev)
	var fields []jen.Code
	for _, f := range t.payload() {
		fields = append(fields, entry(f.name, id(fieldOf([]*trigger{from}, f.Name).local)))
	}
	return id(t.content).Values(fields...)
}

// move commits the step and enters what it leads to.
func (p *plan) move(a *transition) []jen.Code {
	if a.step.History != nil {
		return p.moveToHistory(a)
	}
	if !a.step.Changed {
		return []jen.Code{id("m.engine.Stay").Call(id(a.id))}
	}
	commit := id("m.engine.Commit").Call(p.number(a.step.Leaf), id(a.id))
	return append([]jen.Code{commit}, p.arrive(a.step)...)
}

// moveToHistory finds out where the history leads before it goes there.
func (p *plan) moveToHistory(a *transition) []jen.Code {
	h := p.history(a.step.History)
	codes := []jen.Code{
		id("to").Op(":=").Id("m." + h.recall).Call(),
		id("m.engine.Commit").Call(jen.Int().Call(id("to")), id(a.id)),
	}
	codes = append(codes, p.entries(a.step)...)
	if h.enter != "" {
		codes = append(codes, id("m."+h.enter).Call(id("to")))
	}
	return codes
}

// arrive calls the entries of a step, and raises the `done` event of a parent that has one.
func (p *plan) arrive(step spec.Step) []jen.Code {
	codes := p.entries(step)
	if isDone(step.Leaf) {
		done := p.byTrigger[spec.Trigger{Kind: spec.OnDone, State: step.Leaf.Parent}]
		codes = append(codes, id("m.engine.Raise").Call(id(done.content).Values()))
	}
	return codes
}

// act calls an action.
func (p *plan) act(h *spec.Hook) *jen.Statement { return p.callHook(h, "m.ctx") }

// ask calls a guard, a choice or a reply.
func (p *plan) ask(h *spec.Hook) *jen.Statement { return p.callHook(h, "m.view") }

// reply asks a reply before the machine moves: a failure is one in the state that handles the call.
func (p *plan) reply(t *trigger, h *spec.Hook) []jen.Code {
	if !h.Fails {
		return []jen.Code{id("reply").Op(":=").Add(p.ask(h))}
	}
	failed := id("m.engine.ReplyFailed").Call(id(t.id), id("err"))
	return []jen.Code{
		jen.List(id("reply"), id("err")).Op(":=").Add(p.ask(h)),
		jen.If(id("err").Op("!=").Nil()).Block(jen.List(id("reply"), id("err")).Op("=").List(p.zero(t.reply), failed)),
	}
}

// replyError is the error that goes with a reply.
func replyError(h *spec.Hook) jen.Code {
	if h.Fails {
		return id("err")
	}
	return jen.Nil()
}

func (p *plan) callHook(h *spec.Hook, access string) *jen.Statement {
	planned := p.hook(h)
	args := append([]jen.Code{id(access).Call()}, locals(planned.fields)...)
	return id("m.hooks." + planned.path).Call(args...)
}

func (p *plan) transitionReturn(c *cell, a *transition) jen.Code {
	t := c.trigger
	switch {
	case a.Postpone:
		return p.fail(t, id("m.engine.Retry").Call(id(t.id)))
	case t.reply == "":
		return jen.Return(jen.Nil())
	case a.Later:
		return p.fail(t, fsm("ErrLater"))
	case a.Reply != nil:
		return jen.Return(id("reply"), replyError(a.Reply.Hook))
	case !p.movesOn(a):
		return p.fail(t, id("m.engine.NoReply").Call(id(t.id)))
	case p.asksWhere(c, a):
		return p.fail(t, id("m.engine.NoReplyIn").Call(id("from"), id(t.id)))
	default:
		return p.fail(t, id("m.engine.NoReplyIn").Call(p.number(c.state.State), id(t.id)))
	}
}

// movesOn reports whether the machine may be in another state when a transition has been taken.
func (p *plan) movesOn(a *transition) bool { return a.step.Changed || p.mayGoOn(a.leads) }

// asksWhere reports whether a transition needs to know the leaf that the call met, which the error is about.
func (p *plan) asksWhere(c *cell, a *transition) bool {
	return c.trigger.reply != "" && a.Reply == nil && !a.Later && !a.Postpone && p.movesOn(a) && len(c.state.States) > 0
}
