package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

func (p *plan) emitMachine() []jen.Code {
	fields := []jen.Code{id("engine").Add(impl("Engine")), id("hooks").Id("Hooks")}
	if len(p.spec.Params) > 0 {
		fields = append(fields, id("params").Id("Params"))
	}
	if len(p.spec.Data) > 0 {
		fields = append(fields, id("data").Id("Data"))
	}
	for _, s := range p.states {
		if s.last != "" {
			fields = append(fields, id(s.last).Id("State").Comment("the leaf that "+s.Name+" was left in"))
		}
	}
	return []jen.Code{
		documented(fmt.Sprintf("Machine is %s with one owner: it takes no lock and starts no goroutine. Its owner calls "+
			"Expire when a time-out is due. An event that the current state has no use for changes nothing, and gets "+
			"an [fsm.UnhandledError].", p.a()),
			jen.Type().Id("Machine").Struct(fields...)),
	}
}

// emitLife writes how a machine begins.
func (p *plan) emitLife() []jen.Code {
	return []jen.Code{p.hooksCheck(), p.initMachine(), p.enterInitial()}
}

// config returns the parameters of a new machine: names with types for a declaration, names alone for a call.
func (p *plan) config(typed bool, more ...jen.Code) []jen.Code {
	h, params := id("h"), id("p")
	if typed {
		h, params = h.Id("Hooks"), params.Id("Params")
	}
	codes := []jen.Code{h}
	if len(p.spec.Params) > 0 {
		codes = append(codes, params)
	}
	return append(codes, more...)
}

// ifErr returns early where a call fails.
func ifErr(call jen.Code, results ...jen.Code) jen.Code {
	return jen.If(id("err").Op(":=").Add(call), id("err").Op("!=").Nil()).Block(jen.Return(results...))
}

func (p *plan) initMachine() jen.Code {
	body := []jen.Code{ifErr(id("h.check").Call(), id("err"))}
	if p.hasDefaults() {
		body = append(body, id("p").Op("=").Id("p.withDefaults").Call())
	}
	if p.hasBounds() {
		body = append(body, ifErr(id("p.Validate").Call(), id("err")))
	}
	if len(p.spec.Params) > 0 {
		body = append(body, jen.List(id("m.hooks"), id("m.params")).Op("=").List(id("h"), id("p")))
	} else {
		body = append(body, id("m.hooks").Op("=").Id("h"))
	}
	if data := p.initialData(); data != nil {
		body = append(body, id("m.data").Op("=").Add(data))
	}
	body = append(body,
		id("m.engine.Init").Call(id("info"), p.number(p.spec.Start().Leaf)),
		jen.Return(jen.Nil()),
	)
	return method("m *Machine", "init").Params(p.config(true)...).Error().
		Block(body...)
}

// number is the number of a state, as the engine knows it.
func (p *plan) number(s *spec.State) *jen.Statement { return jen.Int().Call(id(p.state(s).id)) }

func (p *plan) enterInitial() jen.Code {
	start := p.spec.Start()
	body := p.arrive(start)
	if p.mayGoOn([]*spec.State{start.Leaf}) {
		body = append(body, id("m.settle").Call())
	}
	if isEnd(start.Leaf) {
		body = append(body, id("m.engine.Stop").Call(jen.Nil()))
	}
	text := "enter runs the entries of the initial state."
	if len(body) == 0 {
		text = "enter runs the entries of the initial state, which has none."
	}
	return documented(text, p.routine("enter", body))
}

// routine is a method without parameters and results. One statement stands on its line, if gofmt finds it short enough.
func (p *plan) routine(name string, body []jen.Code) jen.Code {
	head := method("m *Machine", name).Params()
	if len(body) == 1 {
		return head.Add(one(body...))
	}
	return head.Block(body...)
}

// entries calls the entries of a step, outer to inner.
func (p *plan) entries(step spec.Step) []jen.Code {
	var calls []jen.Code
	for _, s := range step.Entries {
		if enter := p.state(s).enter; enter != "" {
			calls = append(calls, id("m."+enter).Call())
		}
	}
	return calls
}

// giveBack has a method that takes a direct step give the machine back, also if a hook panics.
func giveBack() []jen.Code {
	return []jen.Code{
		id("err").Op("=").Add(impl("ErrUnfinished")),
		jen.Defer().Func().Params().Block(
			jen.If(jen.Op("!").Id("s.server.Release").Call(id("err"))).Block(
				id("s.server.Leave").Call(jen.Op("&").Id("err"), jen.Recover()),
			),
		).Call(),
	}
}

func ctxParam() *jen.Statement { return id("ctx").Qual("context", "Context") }

// emitServerEvents writes the methods of the events once more, for many goroutines.
func (p *plan) emitServerEvents() []jen.Code {
	var codes []jen.Code
	for _, t := range p.triggers {
		if !t.isSent() {
			continue
		}
		codes = append(codes, p.serverMethods(t)...)
		if t.reply == "" {
			codes = append(codes, p.castMethod(t))
		}
		if p.spec.Emits(spec.PartCan) {
			codes = append(codes, p.canMethod("s *Server", t))
		}
		if p.spec.Emits(spec.PartWould) {
			codes = append(codes, p.serverWould(t)...)
		}
	}
	return codes
}

// serverMethods handle an event on the goroutine of its sender if the machine is idle. One that is postponed then has to be
// sent again, when the machine has been given back: that takes a second method.
func (p *plan) serverMethods(t *trigger) []jen.Code {
	until := fmt.Sprintf("only while the %s is busy", p.noun)
	if t.postpones() {
		until = fmt.Sprintf("while the %s is busy or postpones it", p.noun)
	}
	text := fmt.Sprintf("%s is [Machine.%s] for many goroutines. It waits %s, and at most for ctx.", t.name, t.name, until)
	params := append([]jen.Code{ctxParam()}, p.params(t.payload())...)
	public := method("s *Server", t.name).Params(params...)
	if t.later || t.retries {
		if !t.later {
			text = fmt.Sprintf("%s is [Machine.%s] for many goroutines. It waits until the event is handled, and at most for ctx.", t.name, t.name)
		}
		if t.later {
			text = p.laterDoc(t)
		}
		return []jen.Code{documented(text, public.Add(p.results(t)).Block(p.call(t, ":=")...))}
	}
	if !t.postpones() {
		wait := jen.If(jen.Op("!").Id("s.server.Enter").Call()).Block(p.call(t, "=")...)
		return []jen.Code{documented(text, public.Add(p.namedResults(t)).Block(append([]jen.Code{wait}, p.direct(t)...)...))}
	}
	outcome := p.outcome(t)
	try := jen.If(id("s.server.Enter").Call()).Block(
		jen.If(outcome.Clone().Op(":=").Id("s."+t.direct()).Call(locals(t.used())...), id("err").Op("!=").Add(fsm("ErrPending"))).
			Block(jen.Return(outcome)),
	)
	return []jen.Code{
		documented(text, public.Add(p.results(t)).Block(append([]jen.Code{try}, p.call(t, ":=")...)...)),
		method("s *Server", t.direct()).Params(p.params(t.used())...).Add(p.namedResults(t)).Block(p.direct(t)...),
	}
}

// laterDoc is the comment of the method of an event that may be answered later.
func (p *plan) laterDoc(t *trigger) string {
	return fmt.Sprintf("%s is [Machine.%s] for many goroutines. It waits for the reply, which may come later, and at most for ctx.",
		t.name, t.name)
}

// call waits for the event to be handled among others.
func (p *plan) call(t *trigger, assign string) []jen.Code {
	call := func(reply jen.Code) *jen.Statement {
		return impl("Call").Types(reply).Call(id("ctx"), jen.Op("&").Id("s.server"), t.box())
	}
	if t.reply != "" {
		return []jen.Code{jen.Return(call(p.goType(t.reply)))}
	}
	return []jen.Code{jen.List(id("_"), id("err")).Op(assign).Add(call(jen.Struct())), jen.Return(id("err"))}
}

// direct handles the event on the goroutine that has just taken the machine.
func (p *plan) direct(t *trigger) []jen.Code {
	return append(giveBack(), jen.Return(id("s.m."+t.on).Call(locals(t.used())...)))
}

func (p *plan) namedResults(t *trigger) *jen.Statement {
	if t.reply == "" {
		return jen.Params(id("err").Error())
	}
	return jen.Params(id("reply").Add(p.goType(t.reply)), id("err").Error())
}

func (p *plan) castMethod(t *trigger) jen.Code {
	text := fmt.Sprintf("Cast%s sends %s one way: it waits for nothing, and learns of no rejection.", t.name, t.label)
	return documented(text, method("s *Server", "Cast"+t.name).Params(p.params(t.payload())...).Error().
		Add(one(jen.Return(id("s.server.Cast").Call(t.box())))))
}

// emitStepper writes what makes the machine one that the runtime can testRow.
func (p *plan) emitStepper() []jen.Code {
	cases := []jen.Code{}
	for _, t := range p.triggers {
		if t.content != "" {
			cases = append(cases, jen.Case(id(t.content)).Block(p.stepReturn(t)))
		}
	}
	if len(p.invokes) > 0 {
		cases = append(cases, jen.Case(impl("Outcome")).Block(jen.Return(jen.Nil(), id("m.onInvoke").Call(id("content")))))
	}
	unknown := jen.Return(jen.Nil(), jen.Qual("fmt", "Errorf").Call(
		jen.Lit(fmt.Sprintf("%s: %%T is not an event of %s", p.pkg, p.a())), id("ev.Content"),
	))
	own := p.groups[0]
	return []jen.Code{
		documented("Step handles an event that had to wait. It is for the runtime; events have methods of their own.",
			method("m *Machine", "Step").Params(id("ev").Add(impl("Event"))).Params(jen.Any(), jen.Error()).Block(
				switchOn(p.content(), cases, unknown),
			)),
		documented("Terminate tells the hooks that the machine has ended. It is for the runtime.",
			method("m *Machine", "Terminate").Params(id("reason").Error()).
				Add(one(id("m.hooks."+own.field+".Terminated").Call(id("m.ctx").Call(), id("reason"))))),
	}
}

// content switches on the type of what an event carries; it has a name only if some cell wants a payload.
func (p *plan) content() *jen.Statement {
	named := len(p.invokes) > 0
	for _, t := range p.triggers {
		for _, f := range t.used() {
			named = named || t.content != "" && f.name != ""
		}
	}
	if named {
		return id("content").Op(":=").Id("ev.Content").Assert(jen.Type())
	}
	return id("ev.Content").Assert(jen.Type())
}

func (p *plan) stepReturn(t *trigger) jen.Code {
	on := t.handler()
	if on == "" { // nothing waits for it any more
		return jen.Return(jen.Nil(), id("m.engine.Ignore").Call(id(t.id)))
	}
	var args []jen.Code
	for _, f := range t.used() {
		if f.name == "" {
			args = append(args, impl("CallerOf").Types(p.goType(t.reply)).Call(id("ev")))
		} else {
			args = append(args, id("content."+f.name))
		}
	}
	call := id("m." + on).Call(args...)
	if t.reply == "" {
		return jen.Return(jen.Nil(), call)
	}
	return jen.Return(call)
}
