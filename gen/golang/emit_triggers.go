package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"
)

// emitTriggers writes the methods of the events, each with its switch over the states, then the switches of time-outs
// that more than one leaf can have.
func (p *plan) emitTriggers() []jen.Code {
	var codes []jen.Code
	for _, t := range p.triggers {
		if t.event != nil {
			codes = append(codes, p.eventMethod(t), p.dispatch(t), p.canMethod("m *Machine", t), p.canState(t))
		} else if t.on != "" {
			codes = append(codes, p.dispatch(t))
		}
	}
	return codes
}

// eventMethod handles the event directly, unless something waits that comes first.
func (p *plan) eventMethod(t *trigger) jen.Code {
	return documented(p.eventDoc(t), method("m *Machine", t.name).Params(p.params(t.fields)...).Add(p.results(t)).Block(
		jen.If(jen.Op("!").Id("m.engine.Direct").Call()).Block(jen.Return(p.take(t))),
		p.outcome(t).Op(":=").Id("m."+t.on).Call(locals(t.used())...),
		p.complete(t),
		jen.Return(p.outcome(t)),
	))
}

func (p *plan) eventDoc(t *trigger) string {
	says := fmt.Sprintf("%s sends the event %s.", t.name, t.label)
	if t.event.Doc.Value != "" {
		says = fmt.Sprintf("%s tells the %s: %s", t.name, p.noun, sentence(t.event.Doc.Value))
	}
	pending := ""
	if t.postpones() {
		pending = "Where it is postponed the error is [fsm.ErrPending]."
	}
	return join(" ", says, p.where(t), pending)
}

// results are the result types of the methods of an event.
func (p *plan) results(t *trigger) jen.Code {
	if t.reply == "" {
		return jen.Error()
	}
	return jen.Params(p.goType(t.reply), jen.Error())
}

// outcome names the results of the methods of an event.
func (p *plan) outcome(t *trigger) *jen.Statement {
	if t.reply == "" {
		return id("err")
	}
	return jen.List(id("reply"), id("err"))
}

// take hands the event to the runtime, in a box.
func (p *plan) take(t *trigger) jen.Code {
	if t.reply == "" {
		return id("m.engine.Take").Call(id("m"), t.box())
	}
	return fsm("Take").Types(p.goType(t.reply)).Call(jen.Op("&").Id("m.engine"), id("m"), t.box())
}

// complete does what a direct step leaves to do: an event that was postponed is kept, and what the hooks raised is handled.
func (p *plan) complete(t *trigger) jen.Code {
	unsettled := jen.Op("!").Id("m.engine.Direct").Call()
	if t.postpones() {
		unsettled.Op("||").Id("err").Op("==").Add(fsm("ErrPending"))
		return jen.If(unsettled).Block(id("m.engine.Complete").Call(id("m"), t.box(), id("err")))
	}
	return jen.If(unsettled).Block(id("m.engine.Settle").Call(id("m")))
}

// box is the event as a value.
func (t *trigger) box() *jen.Statement {
	var fields []jen.Code
	for _, f := range t.fields {
		fields = append(fields, entry(f.name, id(f.local)))
	}
	return id(t.content).Values(fields...)
}

// locals are payload fields as arguments.
func locals(fields []field) []jen.Code {
	var codes []jen.Code
	for _, f := range fields {
		codes = append(codes, id(f.local))
	}
	return codes
}

func (p *plan) canMethod(receiver string, t *trigger) jen.Code {
	text := fmt.Sprintf("Can%s reports whether the current state handles %s, guards aside.", t.name, t.label)
	self, _, _ := strings.Cut(receiver, " ")
	return documented(text,
		getter(receiver, "Can"+t.name, jen.Bool(), id(self+".State").Call().Dot("can"+t.name).Call()))
}

// canState lists the leaves that have an arm for the event.
func (p *plan) canState(t *trigger) jen.Code {
	can := method("s State", "can"+t.name).Params().Bool()
	var states, equal []jen.Code
	for _, s := range t.handled() {
		states = append(states, id(p.state(s).id))
		equal = append(equal, id("s").Op("==").Id(p.state(s).id))
	}
	switch len(states) {
	case 0:
		return can.Add(one(jen.Return(jen.False())))
	case 1, 2:
		return can.Add(one(jen.Return(jen.Custom(jen.Options{Separator: " || "}, equal...))))
	default:
		return can.Block(switchOn(id("s"), []jen.Code{jen.Case(states...).Block(jen.Return(jen.True()))}, jen.Return(jen.False())))
	}
}
