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
