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
		if h.discard != "" {
			methods = append(methods, member(h.discardDoc(), id(h.discard).Params(p.resultParams(h.Hook)...)))
		}
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

// discardDoc is the comment of the method that gets a result which comes too late.
func (h *hook) discardDoc() string {
	return fmt.Sprintf("%s gets the result of %s if its state has been left before or the machine has ended: it closes what was opened. "+
		"It runs beside the machine.", h.discard, h.name)
}

// resultParams is the result of an invoke as the parameters of a function.
func (p *plan) resultParams(h *spec.Hook) []jen.Code {
	var codes []jen.Code
	for _, f := range h.Result {
		codes = append(codes, id(local(f.Name)).Add(p.goType(f.Type.Value)))
	}
	return codes
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

// getter is a method on one line that returns a value.
func getter(receiver, name string, typ, result jen.Code) jen.Code {
	return method(receiver, name).Params().Add(typ).Add(one(jen.Return(result)))
}
