package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

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
