package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

func (p *plan) emitHooks() []jen.Code {
	var fields []jen.Code
	for _, g := range p.groups {
		fields = append(fields, id(g.field).Id(g.typ))
	}
	codes := []jen.Code{documented(
		fmt.Sprintf("Hooks are the parts of %s that are written by hand. Every group is needed.", p.a()),
		jen.Type().Id("Hooks").Struct(fields...),
	)}
	for _, g := range p.groups {
		codes = append(codes, p.groupInterface(g))
	}
	return codes
}

func (p *plan) groupInterface(g *group) jen.Code {
	var methods []jen.Code
	for _, h := range g.hooks {
		methods = append(methods, member(h.doc(), p.hookMethod(h)))
	}
	text := fmt.Sprintf("%s are the hooks of group %s.", g.typ, g.name)
	if g.own {
		text = fmt.Sprintf("%s are the hooks of no other group.", g.typ)
		methods = append(methods, member(
			"Terminated runs last, once: in a final state, where reason is nil, after a stop, or after a hook has panicked.",
			id("Terminated").Params(id("x").Op("*").Id("Ctx"), id("reason").Error()),
		))
	}
	return documented(text, jen.Type().Id(g.typ).Interface(methods...))
}

func (p *plan) hookMethod(h *hook) jen.Code {
	if h.Kind == spec.Invoke {
		return p.workMethod(h)
	}
	access := "Ctx"
	if h.result != "" {
		access = "View"
	}
	params := append([]jen.Code{id("x").Op("*").Id(access)}, p.params(h.fields)...)
	code := id(h.name).Params(params...)
	if h.result != "" {
		code.Add(p.goType(h.result))
	}
	return code
}

// workMethod is the method of an invoke. It gets no machine, which goes on meanwhile, but a copy of the data.
func (p *plan) workMethod(h *hook) jen.Code {
	params := []jen.Code{ctxParam()}
	if len(p.spec.Data) > 0 {
		params = append(params, id("d").Id("Data"))
	}
	code := id(h.name).Params(params...)
	if len(h.Result) == 0 {
		return code.Error()
	}
	var results []jen.Code
	for _, f := range h.Result {
		results = append(results, id(local(f.Name)).Add(p.goType(f.Type.Value)))
	}
	return code.Params(append(results, id("err").Error())...)
}

// params are payload fields as the parameters of a function.
func (p *plan) params(fields []field) []jen.Code {
	codes := make([]jen.Code, 0, len(fields))
	for _, f := range fields {
		codes = append(codes, id(f.local).Add(p.goType(f.Type.Value)))
	}
	return codes
}

func (p *plan) hooksCheck() jen.Code {
	check := method("h *Hooks", "check").Params().Error()
	if len(p.groups) == 1 {
		g := p.groups[0]
		return check.Block(jen.If(g.isMissing()).Block(p.missing(g)), jen.Return(jen.Nil()))
	}
	var cases []jen.Code
	for _, g := range p.groups {
		cases = append(cases, jen.Case(g.isMissing()).Block(p.missing(g)))
	}
	return check.Block(switchOn(jen.Null(), cases, jen.Return(jen.Nil())))
}

func (g *group) isMissing() jen.Code { return id("h." + g.field).Op("==").Nil() }

func (p *plan) missing(g *group) jen.Code {
	return jen.Return(jen.Op("&").Add(fsm("HookError")).Values(
		entry("Machine", jen.Lit(p.spec.Name.Value)), entry("Group", jen.Lit(g.field)),
	))
}

// emitContexts writes what hooks get of their machine: actions a Ctx, and guards and replies a View.
func (p *plan) emitContexts() []jen.Code {
	codes := []jen.Code{
		p.hooksCheck(),
		documented(
			"Ctx is what an action gets of its machine. It is invalid after the action has returned.",
			jen.Type().Id("Ctx").Id("Machine"),
		),
	}
	if len(p.spec.Data) > 0 {
		codes = append(codes, documented("Data returns the machine's data, to be read and written.",
			getter("x *Ctx", "Data", jen.Op("*").Id("Data"), jen.Op("&").Id("x.data"))))
	}
	codes = append(codes, p.paramsGetter("x *Ctx", "x.params")...)
	codes = append(codes,
		documented("State returns the current state; while exits and actions run, that is the one they leave.",
			getter("x *Ctx", "State", id("State"), id("State").Call(id("x.engine.State").Call()))),
		documented("Raise makes the machine handle ev right after this step, before everything that waits.",
			method("x *Ctx", "Raise").Params(id("ev").Id("Event")).Add(one(id("x.engine.Raise").Call(id("ev"))))),
		documented("Context is for what an action calls: a call that comes back to this machine with it fails with "+
			"[fsm.ErrReentrant] instead of waiting for itself.",
			getter("x *Ctx", "Context", jen.Qual("context", "Context"), id("x.engine.HookContext").Call())),
	)
	if p.hasReaders() {
		codes = append(codes, p.view()...)
	}
	return codes
}

func (p *plan) view() []jen.Code {
	codes := []jen.Code{
		documented(
			p.viewDoc()+" gets of its machine, to be read. It is invalid after the hook has returned.",
			jen.Type().Id("View").Id("Machine"),
		),
	}
	if len(p.spec.Data) > 0 {
		codes = append(codes, documented("Data returns a copy of the machine's data.",
			getter("x *View", "Data", id("Data"), id("x.data"))))
	}
	codes = append(codes, p.paramsGetter("x *View", "x.params")...)
	return append(codes, documented("State returns the current state.",
		getter("x *View", "State", id("State"), id("State").Call(id("x.engine.State").Call()))))
}

// viewDoc says who gets a View.
func (p *plan) viewDoc() string {
	if len(p.spec.Choices) > 0 {
		return "View is what a guard, a choice or a reply"
	}
	return "View is what a guard or a reply"
}

func (p *plan) paramsGetter(receiver, field string) []jen.Code {
	if len(p.spec.Params) == 0 {
		return nil
	}
	return []jen.Code{documented("Params returns the machine's parameters, defaults filled in.",
		getter(receiver, "Params", id("Params"), id(field)))}
}

// getter is a method on one line that returns a value.
func getter(receiver, name string, typ, result jen.Code) jen.Code {
	return method(receiver, name).Params().Add(typ).Add(one(jen.Return(result)))
}
