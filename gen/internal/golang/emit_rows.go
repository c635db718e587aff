package golang

import (
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
