package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// dispatch is the switch that finds the cell of the current state.
func (p *plan) dispatch(t *trigger) jen.Code {
	body := p.record(t)
	if t.Kind == spec.OnEvent && t.Event.Timer != nil && t.Event.Timer.Every {
		body = append(body, p.startTimer(t))
	}
	reject := p.fail(t, id("m.engine.Reject").Call(id(t.id)))
	if branches := p.branches(t); len(branches) > 0 {
		body = append(body, p.over("m.State()", branches, reject))
	} else {
		body = append(body, reject)
	}
	return method("m *Machine", t.on).Params(p.params(t.used())...).Add(p.results(t)).Block(body...)
}

// record keeps the payload fields that observers of the machine see, whatever becomes of the event.
func (p *plan) record(t *trigger) []jen.Code {
	if t.Event == nil || len(t.Event.Record) == 0 {
		return nil
	}
	var fields []jen.Code
	for _, f := range t.pick(t.Event.Record) {
		fields = append(fields, impl(recordedAs(f.Type.Value)).Call(jen.Lit(f.Name), id(f.local)))
	}
	return []jen.Code{jen.If(id("m.engine.Watched").Call()).Block(id("m.engine.Record").Call(fields...))}
}

// recordedAs is the function of the runtime that records a value of a Go type without allocating, where there is one.
func recordedAs(goType string) string {
	switch goType {
	case "string":
		return "RecordString"
	case "int":
		return "RecordInt"
	case "int64":
		return "RecordInt64"
	case "time.Duration":
		return "RecordDuration"
	default:
		return "RecordAny"
	}
}

// branches returns the cases of an event for the leaves that react to it.
func (p *plan) branches(t *trigger) []branch {
	var branches []branch
	for _, c := range t.cells {
		b := branch{key: c.end.String(), cell: c, lines: []int{c.line}, body: []jen.Code{p.verdict(t, c.end)}}
		if len(c.transitions) > 0 {
			b = branch{key: c.method, cell: c, body: []jen.Code{jen.Return(id("m." + c.method).Call(locals(c.fields())...))}}
		}
		branches = append(branches, b)
	}
	return branches
}

// pos is a place in the spec: "door.fsm.yaml:52".
func (p *plan) pos(lines ...int) string {
	text := strings.Trim(strings.ReplaceAll(fmt.Sprint(lines), " ", ", "), "[]")
	return p.file + ":" + text
}

// verdict returns what becomes of an event that no transition takes.
func (p *plan) verdict(t *trigger, end spec.Verdict) jen.Code {
	if t.Kind == spec.OnAlways {
		return jen.Return(jen.False())
	}
	verbs := map[spec.Verdict]string{spec.Rejected: "Refuse", spec.Postponed: "Postpone", spec.Ignored: "Ignore"}
	return p.fail(t, id("m.engine."+verbs[end]).Call(id(t.id)))
}

// fail returns an error where a reply may be expected.
func (p *plan) fail(t *trigger, err jen.Code) jen.Code {
	if t.reply == "" {
		return jen.Return(err)
	}
	return jen.Return(p.zero(t.reply), err)
}
