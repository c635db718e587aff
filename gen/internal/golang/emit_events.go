package golang

import (
	"fmt"

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
