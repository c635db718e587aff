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
	switch {
	case h.Fails:
		code.Params(p.goType(h.result), jen.Error())
	case h.result != "":
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

// emitChoices writes a type for what each choice decides between.
func (p *plan) emitChoices() []jen.Code {
	var codes []jen.Code
	for _, c := range p.choices {
		codes = append(codes,
			documented(fmt.Sprintf("%s is what %s decides between.", c.typ, c.Name), jen.Type().Id(c.typ).Uint8()),
			c.constants(),
			c.string(),
		)
	}
	return codes
}

func (c *choice) constants() jen.Code {
	var constants []jen.Code
	for i, name := range c.outcomes {
		code := id(name)
		if i == 0 {
			code.Id(c.typ).Op("=").Iota().Op("+").Lit(1)
		}
		constants = append(constants, code)
	}
	return documented(fmt.Sprintf("The outcomes of %s.", c.Name), jen.Const().Defs(constants...))
}

func (c *choice) string() jen.Code {
	var cases []jen.Code
	for i, name := range c.outcomes {
		cases = append(cases, jen.Case(id(name)).Block(jen.Return(jen.Lit(c.Outcomes[i].Value))))
	}
	invalid := jen.Return(jen.Lit(c.typ + "(invalid)"))
	return method("c "+c.typ, "String").Params().String().Block(switchOn(id("c"), cases, invalid))
}

// emitCallers writes the type of the caller of each event that is answered later.
func (p *plan) emitCallers() []jen.Code {
	var codes []jen.Code
	for _, t := range p.triggers {
		if t.later {
			text := fmt.Sprintf("%sCaller waits for the reply of %s. An action keeps it, and any goroutine may answer it.",
				t.name, t.label)
			codes = append(codes, documented(text,
				jen.Type().Id(t.name+"Caller").Op("=").Add(fsm("Caller")).Types(p.goType(t.reply))))
		}
	}
	return codes
}

// emitInvokes writes the work that runs beside the machine, and what becomes of it.
func (p *plan) emitInvokes() []jen.Code {
	if len(p.invokes) == 0 {
		return nil
	}
	var codes []jen.Code
	for _, h := range p.spec.Invokes {
		if len(h.Result) > 0 {
			codes = append(codes, documented(fmt.Sprintf("%s is what %s comes to.", resultType(h), h.Name),
				jen.Type().Id(resultType(h)).Struct(p.structFields(h.Result)...)))
		}
	}
	for _, v := range p.invokes {
		codes = append(codes, p.work(v)...)
	}
	return append(codes, p.onInvoke())
}

// work is the type of one invoke: the hook, and a copy of what it gets of the machine.
func (p *plan) work(v *invoke) []jen.Code {
	h := p.hook(v.Src.Hook)
	fields := []jen.Code{id("hooks").Id(h.group.typ)}
	args := []jen.Code{id("ctx")}
	if len(p.spec.Data) > 0 {
		fields = append(fields, id("data").Id("Data"))
		args = append(args, id("w.data"))
	}
	call := id("w.hooks." + h.name).Call(args...)
	run := method("w "+v.work, "Run").Params(ctxParam()).Params(jen.Any(), jen.Error())
	if v.result == "" {
		run.Add(one(jen.Return(jen.Nil(), call)))
	} else {
		var names, fields []jen.Code
		for _, f := range v.Src.Hook.Result {
			names = append(names, id(local(f.Name)))
			fields = append(fields, entry(spec.GoName(f.Name), id(local(f.Name))))
		}
		run.Block(
			jen.List(append(names, id("err"))...).Op(":=").Add(call),
			jen.Return(id(v.result).Values(fields...), id("err")),
		)
	}
	codes := []jen.Code{
		documented(fmt.Sprintf("%s is %s, beside %s.", v.work, v.Src.Value, v.at.Name), jen.Type().Id(v.work).Struct(fields...)),
		run,
	}
	if h.discard != "" {
		codes = append(codes, p.discard(v, h))
	}
	return codes
}

// discard hands a result that comes too late to its hook.
func (p *plan) discard(v *invoke, h *hook) jen.Code {
	var args []jen.Code
	for _, f := range h.Result {
		args = append(args, id("result."+spec.GoName(f.Name)))
	}
	return documented("Discard is for the runtime, which has no state for the result.",
		method("w "+v.work, "Discard").Params(id("value").Any()).Block(
			jen.List(id("result"), id("_")).Op(":=").Id("value").Assert(id(v.result)),
			id("w.hooks."+h.discard).Call(args...),
		))
}

// workOf is the work of an invoke that begins.
func (p *plan) workOf(v *invoke) jen.Code {
	fields := []jen.Code{entry("hooks", id("m.hooks."+p.hook(v.Src.Hook).group.field))}
	if len(p.spec.Data) > 0 {
		fields = append(fields, entry("data", id("m.data")))
	}
	return id(v.work).Values(fields...)
}

// onInvoke finds what waits for the end of an invoke.
func (p *plan) onInvoke() jen.Code {
	var cases []jen.Code
	for _, v := range p.invokes {
		body := []jen.Code{jen.If(id("o.Err").Op("!=").Nil()).Block(jen.Return(p.concluded(v.err, id("o.Err"))))}
		var results []jen.Code
		for _, f := range v.done.used() {
			results = append(results, id("result."+f.name))
		}
		if len(results) > 0 {
			body = append(body, jen.List(id("result"), id("_")).Op(":=").Id("o.Value").Assert(id(v.result)))
		}
		cases = append(cases, jen.Case(id(v.id)).Block(append(body, jen.Return(p.concluded(v.done, results...)))...))
	}
	unknown := jen.Return(jen.Qual("fmt", "Errorf").Call(jen.Lit(p.pkg+": there is no invoke %d"), id("o.Invoke")))
	return documented("onInvoke handles what the work of an invoke has come to.",
		method("m *Machine", "onInvoke").Params(id("o").Add(impl("Outcome"))).Error().
			Block(switchOn(id("o.Invoke"), cases, unknown)))
}

// concluded calls what handles the end of an invoke, with the fields that it takes.
func (p *plan) concluded(t *trigger, args ...jen.Code) jen.Code {
	if len(t.used()) == 0 {
		args = nil
	}
	if on := t.handler(); on != "" {
		return id("m." + on).Call(args...)
	}
	return id("m.engine.Ignore").Call(id(t.id))
}
