package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// emitSnapshot writes what a machine is between two events, and how it is read from JSON.
func (p *plan) emitSnapshot() []jen.Code {
	text := fmt.Sprintf("Snapshot is what %s is between two events. Restore makes a machine of it that continues there, also from JSON, "+
		"and also in a later version of the spec that still has everything in it%s.", p.a(), p.unlessEnded())
	codes := []jen.Code{documented(text, jen.Type().Id("Snapshot").Struct(p.snapshotFields()...))}
	if p.hasMemory() {
		codes = append(codes, documented("Memory is the leaf that a state was left in last, for its history.",
			jen.Type().Id("Memory").Struct(
				id("Of").Id("State").Tag(map[string]string{"json": "of"}),
				id("Leaf").Id("State").Tag(map[string]string{"json": "leaf"}),
			)))
	}
	codes = append(codes,
		documented("shape changes with everything that a snapshot depends on.",
			jen.Const().Id("shape").Op("=").Lit(p.shape())),
		documented("Snapshot returns what the machine is now. Its data is a copy, as [impl.Clone] makes it.",
			method("m *Machine", "Snapshot").Params().Id("Snapshot").Block(p.takeSnapshot()...)),
	)
	codes = append(codes, p.waitingEvents()...)
	codes = append(codes, p.dataJSON()...)
	return append(codes, p.eventsJSON()...)
}

func (p *plan) unlessEnded() string {
	if p.hasEnd() {
		return ", unless the machine has ended: see [State.Final]"
	}
	return ""
}

func (p *plan) hasMemory() bool { return len(p.histories) > 0 }

func (p *plan) hasTimers() bool { return len(p.timerNumbers()) > 0 }

func (p *plan) snapshotFields() []jen.Code {
	field := func(name string, typ jen.Code, tag, text string) jen.Code {
		code := id(name).Add(typ).Tag(map[string]string{"json": tag})
		if text != "" {
			code.Comment(text)
		}
		return code
	}
	fields := []jen.Code{
		field("Version", jen.Int(), "version", "of the layout, [fsm.SnapshotVersion]"),
		field("Shape", jen.String(), "shape", "of the machine, which changes with its spec"),
		field("State", jen.Id("State"), "state", ""),
	}
	if len(p.spec.Data) > 0 {
		fields = append(fields, field("Data", jen.Id("Data"), "data", ""))
	}
	if p.hasMemory() {
		fields = append(fields, field("Memories", jen.Index().Id("Memory"), "memories,omitempty", ""))
	}
	if p.hasTimers() {
		fields = append(fields, field("Timers", jen.Index().Add(fsm("ArmedTimer")), "timers,omitempty", ""))
	}
	if len(p.postponable()) > 0 {
		fields = append(fields, field("Postponed", jen.Id("Events"), "postponed,omitempty", "oldest first; not those that a caller waits for"))
	}
	return fields
}

func (p *plan) takeSnapshot() []jen.Code {
	values := []jen.Code{
		entry("Version", fsm("SnapshotVersion")),
		entry("Shape", id("shape")),
		entry("State", id("m.State").Call()),
	}
	if len(p.spec.Data) > 0 {
		values = append(values, entry("Data", impl("Clone").Call(id("m.data"))))
	}
	if p.hasTimers() {
		values = append(values, entry("Timers", id("m.engine.ArmedTimers").Call()))
	}
	if len(p.postponable()) > 0 {
		values = append(values, entry("Postponed", id("m.waiting").Call()))
	}
	if !p.hasMemory() {
		return []jen.Code{jen.Return(table(id("Snapshot"), values...))}
	}
	body := []jen.Code{id("now").Op(":=").Add(table(id("Snapshot"), values...))}
	for _, s := range p.states {
		if s.last != "" {
			body = append(body, jen.If(id("m."+s.last).Op("!=").Lit(0)).Block(
				id("now.Memories").Op("=").Append(id("now.Memories"),
					id("Memory").Values(entry("Of", id(s.id)), entry("Leaf", id("m."+s.last)))),
			))
		}
	}
	return append(body, jen.Return(id("now")))
}

// waitingEvents are the events that a snapshot keeps.
func (p *plan) waitingEvents() []jen.Code {
	if len(p.postponable()) == 0 {
		return nil
	}
	return []jen.Code{
		documented("waiting returns the events that are postponed, but for those that a caller waits for.",
			method("m *Machine", "waiting").Params().Id("Events").Block(
				jen.Var().Id("waiting").Id("Events"),
				jen.For(jen.List(id("_"), id("ev")).Op(":=").Range().Id("m.engine.Postponed").Call()).Block(
					jen.If(jen.List(id("content"), id("ok")).Op(":=").Id("ev.Content").Assert(id("Event")),
						id("ok").Op("&&").Id("ev.From").Op("==").Nil()).
						Block(id("waiting").Op("=").Append(id("waiting"), id("content"))),
				),
				jen.Return(id("waiting")),
			)),
		documented("Events are events that wait. In JSON each has its name.", jen.Type().Id("Events").Index().Id("Event")),
		p.encodeEvents(),
		p.decodeEvents(),
	}
}

func (p *plan) encodeEvents() jen.Code {
	var cases []jen.Code
	for _, t := range p.postponable() {
		cases = append(cases, jen.Case(id(t.content)).Block(
			jen.List(id("named"), id("err")).Op("=").Add(impl("EncodeEvent")).Call(jen.Lit(t.label), id("ev")),
		))
	}
	return documented("MarshalJSON gives each event its name.",
		method("l Events", "MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).Block(
			id("all").Op(":=").Make(jen.Index().Add(impl("NamedEvent")), jen.Len(id("l"))),
			jen.For(jen.List(id("i"), id("ev")).Op(":=").Range().Id("l")).Block(
				jen.Var().Id("named").Add(impl("NamedEvent")),
				jen.Var().Err().Error(),
				jen.Switch(id("ev").Op(":=").Id("ev").Assert(jen.Type())).Block(cases...),
				jen.If(id("err").Op("!=").Nil()).Block(jen.Return(jen.Nil(), id("err"))),
				id("all").Index(id("i")).Op("=").Id("named"),
			),
			jen.Return(jen.Qual("encoding/json", "Marshal").Call(id("all"))),
		))
}

func (p *plan) decodeEvents() jen.Code {
	var cases []jen.Code
	for _, t := range p.postponable() {
		names := []jen.Code{jen.Lit(t.label)}
		names = append(names, literals(t.Event.Renamed)...)
		cases = append(cases, jen.Case(names...).Block(
			jen.List(id("ev"), id("err")).Op("=").Add(impl("DecodeEvent")).Types(id(t.content)).Call(jen.Lit(p.spec.Name.Value), id("named")),
		))
	}
	unknown := id("err").Op("=").Add(p.snapshotError("postponed", id("named.Event"), jen.Lit("an event that can be postponed")))
	return documented("UnmarshalJSON takes events with their names, also those of older versions. The error is an [fsm.SnapshotError].",
		method("l *Events", "UnmarshalJSON").Params(id("text").Index().Byte()).Error().Block(
			jen.Var().Id("all").Index().Add(impl("NamedEvent")),
			ifErr(impl("DecodeSnapshot").Call(jen.Lit(p.spec.Name.Value), jen.Lit("postponed"), id("text"), jen.Op("&").Id("all")), id("err")),
			jen.Op("*").Id("l").Op("=").Make(id("Events"), jen.Len(id("all"))),
			jen.For(jen.List(id("i"), id("named")).Op(":=").Range().Id("all")).Block(
				jen.Var().Id("ev").Id("Event"),
				jen.Var().Err().Error(),
				switchOn(id("named.Event"), cases, unknown),
				jen.If(id("err").Op("!=").Nil()).Block(jen.Return(id("err"))),
				jen.Parens(jen.Op("*").Id("l")).Index(id("i")).Op("=").Id("ev"),
			),
			jen.Return(jen.Nil()),
		))
}

// snapshotError reports what Restore cannot take.
func (p *plan) snapshotError(field string, got, want jen.Code) *jen.Statement {
	return id("snapshotError").Call(jen.Lit(field), got, want)
}

// dataJSON reads data also of older versions.
func (p *plan) dataJSON() []jen.Code {
	if len(p.spec.Data) == 0 {
		return nil
	}
	return p.jsonMethods(jsonType{name: "Data", fields: p.spec.Data, part: "data", initial: p.initialData()})
}

// eventsJSON writes the payloads that JSON cannot take as they are: those with errors.
func (p *plan) eventsJSON() []jen.Code {
	var codes []jen.Code
	for _, t := range p.postponable() {
		if len(errorFields(t.Event.Payload)) > 0 {
			codes = append(codes, p.jsonMethods(jsonType{name: t.content, fields: t.Event.Payload, part: "postponed." + t.label})...)
		}
	}
	return codes
}

func errorFields(fields []*spec.Field) []*spec.Field {
	var errs []*spec.Field
	for _, f := range fields {
		if f.Type.Value == "error" {
			errs = append(errs, f)
		}
	}
	return errs
}
