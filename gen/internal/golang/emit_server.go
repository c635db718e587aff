package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

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
