package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

func (p *plan) emitServer() []jen.Code {
	codes := []jen.Code{
		documented(fmt.Sprintf("Server is %s that many goroutines may use at once. An event whose context ends while it waits may "+
			"still be handled.", p.a()),
			jen.Type().Id("Server").Struct(id("server").Add(fsm("Server")), id("m").Id("Machine"))),
		p.start(),
		p.startAt(),
		documented("enter runs the entries of the initial state, as a step that ends the machine if a hook panics.",
			method("s *Server", "enter").Params().Params(id("err").Error()).Block(
				append(giveBack(), id("s.m.enter").Call(), jen.Return(jen.Nil()))...,
			)),
		documented("State returns the state that the last complete step left.",
			getter("s *Server", "State", id("State"), id("State").Call(id("s.server.StateID").Call()))),
		documented("In reports whether the current state is the state of, or is inside it.",
			method("s *Server", "In").Params(id("of").Id("State")).Bool().
				Add(one(jen.Return(id("s.State").Call().Dot("In").Call(id("of")))))),
		documented("Done is closed when the machine has ended.",
			getter("s *Server", "Done", jen.Op("<-").Chan().Struct(), id("s.server.Done").Call())),
		documented("Err returns nil while the machine lives, and then an [fsm.StoppedError] with the reason.",
			getter("s *Server", "Err", jen.Error(), id("s.server.Err").Call())),
	}
	if p.spec.Emits(spec.PartSnapshot) {
		codes = append(codes, p.restoreServer()...)
		codes = append(codes, p.snapshot())
	}
	return append(codes,
		documented("Runtime returns what runs the machine, to stop it or to look at it.",
			getter("s *Server", "Runtime", jen.Op("*").Add(fsm("Server")), jen.Op("&").Id("s.server"))),
		documented("Post sends ev one way and never runs the machine itself. It is how hooks of other machines send.",
			method("s *Server", "Post").Params(id("ev").Id("Event")).Error().
				Add(one(jen.Return(id("s.server.Post").Call(id("ev")))))),
	)
}

func (p *plan) start() jen.Code {
	text := fmt.Sprintf("Start returns a live %s that has entered its initial state. It fails if a group of hooks is missing%s, "+
		"or with an [fsm.PanicError] if a hook panics on the way.", p.noun, p.orOutOfBounds())
	return documented(text,
		jen.Func().Id("Start").Params(p.config(true, id("c").Add(fsm("Config")))...).
			Params(jen.Op("*").Id("Server"), jen.Error()).Block(
			id("s").Op(":=").New(id("Server")),
			ifErr(id("StartAt").Call(append([]jen.Code{id("s")}, p.config(false, id("c"))...)...), jen.Nil(), id("err")),
			jen.Return(id("s"), jen.Nil()),
		))
}

func (p *plan) startAt() jen.Code {
	params := append([]jen.Code{id("s").Op("*").Id("Server")}, p.config(true, id("c").Add(fsm("Config")))...)
	text := fmt.Sprintf("StartAt makes the zero Server at s a live %s, as Start does. It is for servers that are held by value.", p.noun)
	return documented(text, jen.Func().Id("StartAt").Params(params...).Error().Block(
		ifErr(id("s.m.init").Call(p.config(false, id("c.Clock").Call())...), id("err")),
		id("s.server.Open").Call(jen.Op("&").Id("s.m"), jen.Op("&").Id("s.m.engine"), id("c")),
		jen.Return(id("s.enter").Call()),
	))
}

func (p *plan) snapshot() jen.Code {
	look := jen.Func().Params().Add(one(id("now").Op("=").Id("s.m.Snapshot").Call()))
	return documented("Snapshot waits, at most for ctx, until no event is being handled. It also works when the machine has ended.",
		method("s *Server", "Snapshot").Params(ctxParam()).Params(id("now").Id("Snapshot"), id("err").Error()).Block(
			id("err").Op("=").Id("s.server.Inspect").Call(id("ctx"), look),
			jen.Return(id("now"), id("err")),
		))
}

// giveBack has a method that takes a direct step give the machine back, also if a hook panics.
func giveBack() []jen.Code {
	return []jen.Code{
		id("err").Op("=").Add(fsm("ErrUnfinished")),
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
	if t.later {
		return []jen.Code{documented(p.laterDoc(t), public.Add(p.results(t)).Block(p.call(t, ":=")...))}
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
		return fsm("Call").Types(reply).Call(id("ctx"), jen.Op("&").Id("s.server"), t.box())
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
