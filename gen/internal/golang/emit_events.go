package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

func (p *plan) emitEvents() []jen.Code {
	return []jen.Code{
		documented(fmt.Sprintf("Event is anything that can happen to %s. Only this package has events.", p.a()),
			jen.Type().Id("Event").Id("interface").Add(one(id(p.seal()).Params()))),
		p.eventTypes(),
	}
}

func (p *plan) eventTypes() jen.Code {
	if len(p.triggers) == 0 {
		return jen.Null()
	}
	var types []jen.Code
	own := false
	for _, t := range p.triggers {
		if t.content == "" {
			continue
		}
		if !t.isSent() && !own {
			own = true
			types = append(types, jen.Line().Comment(p.ownEvents()))
		}
		types = append(types, p.eventType(t))
	}
	return documented(fmt.Sprintf("The events of %s.", p.a()), jen.Type().Defs(types...))
}

// ownEvents says what the events are for that only the machine itself sends.
func (p *plan) ownEvents() string {
	for _, t := range p.triggers {
		if t.Kind == spec.OnDone {
			return "What the machine tells itself: that a time-out is due, that a state is done."
		}
	}
	return "What the runtime hands back when a time-out is due."
}

func (p *plan) eventType(t *trigger) jen.Code {
	var fields []jen.Code
	plain := true
	for _, f := range t.payload() {
		fields = append(fields, member(sentence(f.Doc.Value), id(f.name).Add(p.goType(f.Type.Value))))
		plain = plain && f.Doc.Value == ""
	}
	code := id(t.content).Struct(fields...)
	if plain && len(fields) == 1 {
		code = id(t.content).Id("struct").Add(one(fields...))
	}
	return member(t.typeDoc(), code)
}

// typeDoc is the comment of an event's type. Time-outs have one together.
func (t *trigger) typeDoc() string {
	switch {
	case !t.isSent():
		return ""
	case t.Event.Doc.Value == "":
		return fmt.Sprintf("%s is the event %s.", t.content, t.label)
	default:
		return fmt.Sprintf("%s is the event %s: %s", t.content, t.label, sentence(lowered(t.Event.Doc.Value)))
	}
}

// seal is the method that only events have.
func (p *plan) seal() string { return spec.GoLocal(p.spec.Name.Value) + "Event" }

// emitSeals writes the methods that make the types events.
func (p *plan) emitSeals() []jen.Code {
	var seals []jen.Code
	for _, t := range p.triggers {
		if t.isSent() || t.Kind == spec.OnEvent && t.postpones() { // a timer's waits among the others
			seals = append(seals, method(t.content, p.seal()).Params().Block())
		}
	}
	return []jen.Code{lines(seals...)}
}

// emitTypes writes the structs of the spec that payloads and replies use.
func (p *plan) emitTypes() []jen.Code {
	var types []jen.Code
	for _, t := range p.spec.Types {
		types = append(types, documented(p.typeDoc(t), jen.Type().Id(t.Name).Struct(p.structFields(t.Fields)...)))
	}
	return types
}

// typeDoc says what a struct of the spec is for, then what the spec says of it.
func (p *plan) typeDoc(t *spec.Type) string {
	var calls []string
	for _, ev := range p.spec.Events {
		if ev.Call.Value == t.Name {
			calls = append(calls, ev.Name)
		}
	}
	text := fmt.Sprintf("%s is part of what %s is told and tells.", t.Name, p.a())
	if len(calls) > 0 {
		text = fmt.Sprintf("%s is the reply to %s.", t.Name, enumerate(calls))
	}
	return join(" ", text, sentence(t.Doc.Value))
}

func (p *plan) structFields(fields []*spec.Field) []jen.Code {
	var codes []jen.Code
	for _, f := range fields {
		codes = append(codes, member(sentence(f.Doc.Value), id(spec.GoName(f.Name)).Add(p.goType(f.Type.Value))))
	}
	return codes
}

// jsonType is a struct with methods that read and write it as JSON.
type jsonType struct {
	name    string // Data
	fields  []*spec.Field
	part    string         // of a snapshot, for errors
	initial *jen.Statement // what fields have that are not there; nil for zero
	removed []string       // fields of older versions, by their names in JSON
}

// literals are the texts of a `renamed_from` or a `removed`.
func literals(texts []spec.Text) []jen.Code {
	var codes []jen.Code
	for _, t := range texts {
		codes = append(codes, jen.Lit(t.Value))
	}
	return codes
}

// stringList is a list of texts; nil where there is none.
func stringList(texts []string) *jen.Statement {
	if len(texts) == 0 {
		return jen.Nil()
	}
	var codes []jen.Code
	for _, t := range texts {
		codes = append(codes, jen.Lit(t))
	}
	return jen.Index().String().Values(codes...)
}

// jsonNames are the names that fields have in JSON.
func jsonNames(texts []spec.Text) []string {
	var names []string
	for _, t := range texts {
		names = append(names, spec.GoName(t.Value))
	}
	return names
}

// jsonMethods are the method that reads a struct, and where it has errors the one that writes it.
func (p *plan) jsonMethods(t jsonType) []jen.Code {
	var codes []jen.Code
	if len(errorFields(t.fields)) > 0 {
		codes = append(codes, p.marshal(t))
	}
	return append(codes, p.unmarshal(t))
}

// marshal writes the texts of errors in their place.
func (p *plan) marshal(t jsonType) jen.Code {
	receiver := strings.ToLower(t.name[:1])
	fields, values := []jen.Code{id("plain")}, []jen.Code{id("plain").Call(id(receiver))}
	for _, f := range errorFields(t.fields) {
		name := spec.GoName(f.Name)
		fields = append(fields, id(name).Add(impl("ErrorText")))
		values = append(values, impl("ErrorText").Values(entry("Err", id(receiver+"."+name))))
	}
	return documented("MarshalJSON writes an error as its text.",
		method(receiver+" "+t.name, "MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).Block(
			jen.Type().Id("plain").Id(t.name),
			jen.Return(jen.Qual("encoding/json", "Marshal").Call(jen.Struct(fields...).Values(values...))),
		))
}

// unmarshal reads a struct strictly, field by field, also under the names that its fields had in older versions.
func (p *plan) unmarshal(t jsonType) jen.Code {
	receiver := strings.ToLower(t.name[:1])
	fields := []jen.Code{jen.Lit(p.spec.Name.Value), jen.Lit(t.part), id("text"), stringList(t.removed)}
	for _, f := range t.fields {
		into := jen.Op("&").Id(receiver + "." + spec.GoName(f.Name))
		if f.Type.Value == "error" {
			into = impl("IntoError").Call(into)
		}
		values := []jen.Code{entry("Name", jen.Lit(spec.GoName(f.Name)))}
		if len(f.Renamed) > 0 {
			values = append(values, entry("Was", stringList(jsonNames(f.Renamed))))
		}
		fields = append(fields, impl("StoredField").Values(append(values, entry("Into", into))...))
	}
	var body []jen.Code
	if t.initial != nil {
		body = append(body, jen.Op("*").Id(receiver).Op("=").Add(t.initial))
	}
	body = append(body, jen.Return(impl("DecodeFields").Custom(jen.Options{Open: "(", Close: ")", Separator: ",", Multi: true}, fields...)))
	return documented(p.unmarshalDoc(t),
		method(receiver+" *"+t.name, "UnmarshalJSON").Params(id("text").Index().Byte()).Error().Block(body...))
}

func (p *plan) unmarshalDoc(t jsonType) string {
	names := ""
	for _, f := range t.fields {
		if len(f.Renamed) > 0 {
			names = ", also under its older names"
		}
	}
	return fmt.Sprintf("UnmarshalJSON reads what a snapshot has of it%s. What has no place here is an [fsm.SnapshotError].", names)
}
