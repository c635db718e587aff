package golang

import (
	"fmt"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// row is one thing that the test does with the machine.
func (t *testFile) row(d *testRow) jen.Code {
	fields := []jen.Code{
		entry("name", jen.Lit(d.name)),
		entry("from", id(d.cell.leaf.id)),
	}
	if params := t.paramsOf(d); len(params) > 0 {
		fields = append(fields, entry("params", id("Params").Values(params...)))
	}
	if data := t.dataOf(d); len(data) > 0 {
		fields = append(fields, entry("data", id("Data").Values(data...)))
	}
	if d.memory != nil {
		fields = append(fields, entry(t.state(d.alt.step.History.Parent).last, id(t.state(d.memory).id)))
	}
	if holds := d.answers(t.plan); len(holds) > 0 {
		fields = append(fields, entry("holds", texts(holds)))
	}
	if d.chooser != nil {
		h := d.chooser.Choose.Src.Hook
		fields = append(fields, entry("outcomes", jen.Map(jen.String()).Int().Values(
			jen.Lit(t.hook(h).path).Op(":").Int().Call(id(outcomeName(h, d.alt.outcome))),
		)))
	}
	send := jen.Func().Params(id("m").Op("*").Id("Machine")).Add(one(t.send(d)...))
	fields = append(fields, entry("send", send))
	if d.alt == nil {
		if kind := refusal(d.cell); kind != "" {
			fields = append(fields, entry("kind", fsm(kind)))
		}
	} else {
		fields = append(fields, entry("transition", id(d.alt.id)), entry("to", id(t.state(d.to).id)))
		if ran := t.paths(d.ran()); len(ran) > 0 {
			fields = append(fields, entry("ran", texts(ran)))
		}
	}
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, fields...)
}

// refusal returns the kind of step of an event that no transition of a cell takes.
func refusal(c *reaction) string {
	switch {
	case c.trigger.Kind == spec.OnAlways:
		return ""
	case c.end == spec.Postponed:
		return "StepPostponed"
	case c.end == spec.Ignored:
		return "StepIgnored"
	default:
		return "StepRejected"
	}
}

// texts are strings in one line.
func texts(all []string) jen.Code {
	var codes []jen.Code
	for _, text := range all {
		codes = append(codes, jen.Lit(text))
	}
	return jen.Index().String().Values(codes...)
}

// paths are hooks as the fakes call them.
func (t *testFile) paths(refs []*spec.HookRef) []string {
	var paths []string
	for _, ref := range refs {
		paths = append(paths, t.hook(ref.Hook).path)
	}
	return paths
}

// paramsOf are the params of a row: those that a guard needs, and those that New would not take otherwise.
func (t *testFile) paramsOf(d *testRow) []jen.Code {
	var fields []jen.Code
	for _, k := range t.spec.Params {
		v, ok := d.values[expr.Var{Op: expr.OpParam, Name: k.Name}]
		if !ok && k.Default.Value == "" && k.Min.Value != "" {
			v, ok = expr.Value(k.Type.Value, k.Min.Value), true
		}
		if ok && !expr.IsZero(v) && (k.Default.Value == "" || v != expr.Value(k.Type.Value, k.Default.Value)) {
			fields = append(fields, entry(spec.GoName(k.Name), valueCode(k.Type.Value, v)))
		}
	}
	return fields
}

func (t *testFile) dataOf(d *testRow) []jen.Code {
	var fields []jen.Code
	for _, f := range t.spec.Data {
		if v := d.values[expr.Var{Op: expr.OpData, Name: f.Name}]; !expr.IsZero(v) {
			fields = append(fields, entry(spec.GoName(f.Name), valueCode(f.Type.Value, v)))
		}
	}
	return fields
}

// valueCode is a value of a type in Go.
func valueCode(typ string, v any) *jen.Statement {
	switch v := v.(type) {
	case int64:
		if typ == "duration" || typ == "time.Duration" {
			return duration(time.Duration(v))
		}
		return jen.Lit(int(v))
	case float64:
		return jen.Lit(v)
	default:
		return jen.Lit(v)
	}
}

// send makes the trigger of a row happen.
func (t *testFile) send(d *testRow) []jen.Code {
	trigger := d.cell.trigger
	take := func(content jen.Code) []jen.Code {
		return []jen.Code{id("_").Op("=").Id("m.engine.Take").Call(id("m"), content)}
	}
	switch {
	case trigger.isSent():
		var args []jen.Code
		for _, f := range trigger.payload() {
			args = append(args, t.argument(d, f))
		}
		results := id("_")
		if trigger.reply != "" {
			results = id("_, _")
		}
		return []jen.Code{results.Op("=").Id("m." + trigger.name).Call(args...)}
	case trigger.Kind == spec.OnAlways:
		return []jen.Code{id("m.settle").Call(), id("m.engine.Settle").Call(id("m"))}
	case trigger.Kind == spec.OnInvokeDone:
		return take(t.outcome(d, entry("Value", t.result(d))))
	case trigger.Kind == spec.OnInvokeError:
		return take(t.outcome(d, entry("Err", jen.Qual("errors", "New").Call(jen.Lit("failed")))))
	default:
		return take(id(trigger.content).Values())
	}
}

// argument is the value of a payload field.
func (t *testFile) argument(d *testRow, f field) jen.Code {
	if v := d.values[expr.Var{Op: expr.OpPayload, Name: f.Name}]; !expr.IsZero(v) {
		return valueCode(f.Type.Value, v)
	}
	return t.zero(f.Type.Value)
}

// outcome is the end of an invoke.
func (t *testFile) outcome(d *testRow, what jen.Code) *jen.Statement {
	return impl("Outcome").Values(entry("Invoke", id(t.invoke(d.cell.trigger).id)), what)
}

// result returns the result of an invoke.
func (t *testFile) result(d *testRow) jen.Code {
	v := t.invoke(d.cell.trigger)
	if v.result == "" {
		return jen.Nil()
	}
	var fields []jen.Code
	for _, f := range d.cell.trigger.fields {
		if value := d.values[expr.Var{Op: expr.OpPayload, Name: f.Name}]; !expr.IsZero(value) {
			fields = append(fields, entry(f.name, valueCode(f.Type.Value, value)))
		}
	}
	return id(v.result).Values(fields...)
}

// fakes are the hooks of the test.
func (t *testFile) fakes() []jen.Code {
	codes := t.script()
	for _, g := range t.groups {
		codes = append(codes, t.fakeGroup(g)...)
	}
	return codes
}

// fake is the type that plays a group of hooks.
func (t *testFile) fake(g *group) string { return t.name("Fake" + spec.GoName(g.name)) }

// script declares the type that the fakes share.
func (t *testFile) script() []jen.Code {
	name := t.name("Script")
	var fields []jen.Code
	if len(t.spec.Guards) > 0 {
		fields = append(fields, id("holds").Index().String())
	}
	if len(t.spec.Choices) > 0 {
		fields = append(fields, id("outcomes").Map(jen.String()).Int())
	}
	codes := []jen.Code{documented(fmt.Sprintf("%s says what hooks answer, and writes down which of them ran.", name),
		jen.Type().Id(name).Struct(append(fields, id("ran").Index().String())...))}
	if len(t.spec.Guards) > 0 {
		codes = append(codes, method("s *"+name, "answer").Params(id("guard").String()).Bool().
			Add(one(jen.Return(jen.Qual("slices", "Contains").Call(id("s.holds"), id("guard"))))))
	}
	if len(t.spec.Choices) > 0 {
		codes = append(codes, method("s *"+name, "choose").Params(id("choice").String()).Int().
			Add(one(jen.Return(jen.Id("max").Call(id("s.outcomes").Index(id("choice")), jen.Lit(1))))))
	}
	if len(t.spec.Actions)+len(t.spec.Replies) > 0 {
		codes = append(codes, method("s *"+name, "run").Params(id("hook").String()).
			Add(one(id("s.ran").Op("=").Append(id("s.ran"), id("hook")))))
	}
	return codes
}

func (t *testFile) fakeGroup(g *group) []jen.Code {
	codes := []jen.Code{documented(fmt.Sprintf("%s plays %s.", t.fake(g), g.typ),
		jen.Type().Id(t.fake(g)).Struct(jen.Op("*").Id(t.name("Script"))))}
	for _, h := range g.hooks {
		codes = append(codes, t.fakeHook(g, h))
		if h.discard != "" {
			var types []jen.Code
			for _, f := range h.Result {
				types = append(types, t.goType(f.Type.Value))
			}
			codes = append(codes, method(t.fake(g), h.discard).Params(types...).Block())
		}
	}
	if g.own {
		codes = append(codes, method(t.fake(g), "Terminated").Params(jen.Op("*").Id("Ctx"), jen.Error()).Block())
	}
	return codes
}

func (t *testFile) fakeHook(g *group, h *hook) jen.Code {
	if h.Kind == spec.Invoke {
		return t.fakeWork(g, h)
	}
	access := "Ctx"
	if h.result != "" {
		access = "View"
	}
	params := []jen.Code{jen.Op("*").Id(access)}
	for _, f := range h.fields {
		params = append(params, t.goType(f.Type.Value))
	}
	fake := method("f "+t.fake(g), h.name).Params(params...)
	path := jen.Lit(h.path)
	switch h.Kind {
	case spec.Guard:
		return fake.Bool().Add(one(jen.Return(id("f.answer").Call(path))))
	case spec.Choice:
		return fake.Id(h.result).Add(one(jen.Return(id(h.result).Call(id("f.choose").Call(path)))))
	case spec.Reply:
		if h.Fails {
			return fake.Params(t.goType(h.result), jen.Error()).
				Block(id("f.run").Call(path), jen.Return(t.zero(h.result), jen.Nil()))
		}
		return fake.Add(t.goType(h.result)).Block(id("f.run").Call(path), jen.Return(t.zero(h.result)))
	default:
		return fake.Add(one(id("f.run").Call(path)))
	}
}

// fakeWork is work that does not run: the test gives its result.
func (t *testFile) fakeWork(g *group, h *hook) jen.Code {
	params := []jen.Code{jen.Qual("context", "Context")}
	if len(t.spec.Data) > 0 {
		params = append(params, id("Data"))
	}
	fake := method(t.fake(g), h.name).Params(params...)
	if len(h.Result) == 0 {
		return fake.Error().Add(one(jen.Return(jen.Nil())))
	}
	var types, zeros []jen.Code
	for _, f := range h.Result {
		types = append(types, t.goType(f.Type.Value))
		zeros = append(zeros, t.zero(f.Type.Value))
	}
	return fake.Params(append(types, jen.Error())...).Add(one(jen.Return(append(zeros, jen.Nil())...)))
}
