package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// emitSnapshot writes what a machine is between two events, and how it is read from JSON.
func (p *plan) emitSnapshot() []jen.Code {
	text := fmt.Sprintf("Snapshot is what %s is between two events. Restore makes a machine of it that continues there, also from JSON, "+
		"and also in a later version of the spec, which says what became of the names in it: see [ReadSnapshot].", p.a())
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
		documented("Snapshot returns what the machine is now. Its data is a copy, as [fsm.Clone] makes it.",
			method("m *Machine", "Snapshot").Params().Id("Snapshot").Block(p.takeSnapshot()...)),
	)
	codes = append(codes, p.waitingEvents()...)
	codes = append(codes, p.dataJSON()...)
	codes = append(codes, p.eventsJSON()...)
	return append(codes, p.typesJSON()...)
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
		field("Revision", jen.Int(), "revision,omitempty", "of the spec"),
		field("State", jen.Id("State"), "state", ""),
		field("Since", jen.Qual("time", "Time"), "since,omitzero", "when the state was entered; zero if that is not known"),
		field("Ended", jen.Bool(), "ended,omitempty", ""),
		field("Failure", jen.String(), "failure,omitempty", "why it has ended, unless that was a normal end"),
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
		entry("Revision", id("stored.Revision")),
		entry("State", id("m.State").Call()),
		entry("Since", id("m.engine.Since").Call()),
		entry("Ended", id("m.engine.Stopped").Call()),
		entry("Failure", id("m.engine.Failure").Call()),
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
						id("ok").Op("&&").Op("!").Id("ev.Awaited").Call()).
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
		cases = append(cases, jen.Case(jen.Lit(t.label)).Block(
			jen.List(id("ev"), id("err")).Op("=").Add(impl("DecodeEvent")).Types(id(t.content)).Call(jen.Lit(p.spec.Name.Value), id("named")),
		))
	}
	return documented("decode takes events with their present names. The error is an [fsm.SnapshotError].",
		method("l *Events", "decode").Params(id("all").Index().Add(impl("NamedEvent"))).Error().Block(
			jen.For(jen.List(id("_"), id("named")).Op(":=").Range().Id("all")).Block(
				jen.Var().Id("ev").Id("Event"),
				jen.Var().Err().Error(),
				jen.Switch(id("named.Event")).Block(cases...),
				jen.If(id("err").Op("!=").Nil()).Block(jen.Return(id("err"))),
				jen.Op("*").Id("l").Op("=").Append(jen.Op("*").Id("l"), id("ev")),
			),
			jen.Return(jen.Nil()),
		))
}

// dataJSON reads data also of older versions.
func (p *plan) dataJSON() []jen.Code {
	if len(p.spec.Data) == 0 {
		return nil
	}
	return p.jsonMethods(jsonType{
		name: "Data", fields: p.spec.Data, part: "data", initial: p.initialData(),
		removed: jsonNames(p.spec.Snapshots.Removed.Data),
	})
}

// eventsJSON writes the payloads that are not read and written as they are: those with errors, and those that were
// otherwise in older versions.
func (p *plan) eventsJSON() []jen.Code {
	var codes []jen.Code
	for _, t := range p.postponable() {
		removed := removedFields(p.spec.Snapshots.Removed.Payload, append(spec.OldNames(t.Event.Renamed), t.label))
		if len(errorFields(t.Event.Payload)) > 0 || len(removed) > 0 || hasOldNames(t.Event.Payload) {
			codes = append(codes, p.jsonMethods(jsonType{name: t.content, fields: t.Event.Payload, removed: removed})...)
		}
	}
	return codes
}

// typesJSON writes how structs of the spec are read that were otherwise in older versions.
func (p *plan) typesJSON() []jen.Code {
	var codes []jen.Code
	for _, t := range p.spec.Types {
		removed := removedFields(p.spec.Snapshots.Removed.Types, []string{t.Name})
		if len(removed) > 0 || hasOldNames(t.Fields) {
			codes = append(codes, p.unmarshal(jsonType{name: t.Name, fields: t.Fields, removed: removed}))
		}
	}
	return codes
}

// removedFields are the JSON names of the fields of an owner, with any of its names, in a list such as "push.by".
func removedFields(texts []spec.Text, owners []string) []string {
	var names []string
	for _, t := range texts {
		if owner, field, _ := strings.Cut(t.Value, "."); slices.Contains(owners, owner) {
			names = append(names, spec.GoName(field))
		}
	}
	return names
}

func hasOldNames(fields []*spec.Field) bool {
	return slices.ContainsFunc(fields, func(f *spec.Field) bool { return len(f.Renamed) > 0 })
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
