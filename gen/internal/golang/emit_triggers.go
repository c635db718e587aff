package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// emitDispatch writes, for each event, the switch over the states.
func (p *plan) emitDispatch() []jen.Code {
	var codes []jen.Code
	for _, t := range p.triggers {
		if t.on != "" {
			codes = append(codes, p.dispatch(t))
		}
	}
	return codes
}

// emitEventMethods writes the methods with which the owner of a machine sends events.
func (p *plan) emitEventMethods() []jen.Code {
	var codes []jen.Code
	for _, t := range p.triggers {
		if t.isSent() {
			codes = append(codes, p.eventMethod(t))
			codes = append(codes, p.thenMethod(t)...)
		}
	}
	return codes
}

// emitInquiries writes the methods that say what would become of an event.
func (p *plan) emitInquiries() []jen.Code {
	var codes []jen.Code
	for _, t := range p.triggers {
		if t.isSent() && p.spec.Emits(spec.PartCan) {
			codes = append(codes, p.canMethod("m *Machine", t), p.canState(t))
		}
		if t.isSent() && p.spec.Emits(spec.PartWould) {
			codes = append(codes, p.wouldMethod(t)...)
		}
	}
	return codes
}

// eventMethod handles the event directly, unless something waits that comes first.
func (p *plan) eventMethod(t *trigger) jen.Code {
	if t.retries {
		return documented(p.eventDoc(t), method("m *Machine", t.name).Params(p.params(t.payload())...).Add(p.results(t)).
			Block(p.takeRetried(t)...))
	}
	return documented(p.eventDoc(t), method("m *Machine", t.name).Params(p.params(t.payload())...).Add(p.results(t)).Block(
		jen.If(jen.Op("!").Id("m.engine.Direct").Call()).Block(jen.Return(p.take(t))),
		p.outcome(t).Op(":=").Id("m."+t.on).Call(p.arguments(t)...),
		p.complete(t),
		jen.Return(p.outcome(t)),
	))
}

func (p *plan) eventDoc(t *trigger) string {
	says := fmt.Sprintf("%s sends the event %s.", t.name, t.label)
	if t.Event.Doc.Value != "" {
		says = fmt.Sprintf("%s sends the event %s: %s", t.name, t.label, sentence(lowered(t.Event.Doc.Value)))
	}
	pending := ""
	if t.postpones() {
		pending = "Where it is postponed the error is [fsm.ErrPending]."
	}
	later := ""
	if t.later {
		later = fmt.Sprintf("Where it is answered later the error is [fsm.ErrLater], and only %sThen gets the answer.", t.name)
	}
	fails := ""
	if p.replyFails(t.Event) {
		fails = "Where its reply fails the error is an [fsm.ReplyError], and the transition is taken all the same."
	}
	return join(" ", says, p.where(t), pending, later, fails)
}

// thenMethod sends an event that may be answered later, and does not wait for that.
func (p *plan) thenMethod(t *trigger) []jen.Code {
	if !t.later {
		return nil
	}
	text := fmt.Sprintf("%sThen is %s for an answer that may come later: then gets it, once, on the goroutine that answers.",
		t.name, t.name)
	reply := p.goType(t.reply)
	answer := jen.Func().Params(id("value").Any(), id("err").Error()).Block(
		jen.List(id("reply"), id("_")).Op(":=").Id("value").Assert(reply).Comment("nil where err says why there is none"),
		id("then").Call(id("reply"), id("err")),
	)
	then := id("then").Func().Params(id("reply").Add(reply), id("err").Error())
	return []jen.Code{documented(text,
		method("m *Machine", t.name+"Then").Params(append(p.params(t.payload()), then)...).Block(
			id("call").Op(":=").Add(impl("Then")).Call(t.box(), answer),
			jen.List(id("_"), id("_")).Op("=").Id("m.engine.Handle").Call(id("m"), id("call")),
		))}
}

// results are the result types of the methods of an event.
func (p *plan) results(t *trigger) jen.Code {
	if t.Kind == spec.OnAlways {
		return jen.Bool()
	}
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
	return impl("Take").Types(p.goType(t.reply)).Call(jen.Op("&").Id("m.engine"), id("m"), t.box())
}

// takeRetried hands the runtime an event that may be tried again in another state, and returns what has become of it there.
func (p *plan) takeRetried(t *trigger) []jen.Code {
	take := func(reply jen.Code) *jen.Statement {
		return impl("TakeRetried").Types(reply).Call(jen.Op("&").Id("m.engine"), id("m"), t.box())
	}
	if t.reply != "" {
		return []jen.Code{jen.Return(take(p.goType(t.reply)))}
	}
	return []jen.Code{jen.List(id("_"), id("err")).Op(":=").Add(take(jen.Struct())), jen.Return(id("err"))}
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
	for _, f := range t.payload() {
		fields = append(fields, entry(f.name, id(f.local)))
	}
	return id(t.content).Values(fields...)
}

// arguments returns the arguments of the method with the switch for an event that comes directly. It has no caller to answer
// later.
func (p *plan) arguments(t *trigger) []jen.Code {
	var codes []jen.Code
	for _, f := range t.used() {
		if f.name == "" {
			codes = append(codes, id(f.Type.Value).Values())
		} else {
			codes = append(codes, id(f.local))
		}
	}
	return codes
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

// canState lists the leaves that have a transition for the event.
func (p *plan) canState(t *trigger) jen.Code {
	can := method("s State", "can"+t.name).Params().Bool()
	states := t.handled()
	if len(states) == 0 {
		return can.Add(one(jen.Return(jen.False())))
	}
	if len(states) <= 2 {
		var equal []jen.Code
		for _, s := range states {
			equal = append(equal, id("s").Op("==").Id(p.state(s).id))
		}
		return can.Add(one(jen.Return(jen.Custom(jen.Options{Separator: " || "}, equal...))))
	}
	var branches []branch
	for _, c := range t.cells {
		handles := len(c.transitions) > 0
		branches = append(branches, branch{
			key: fmt.Sprint(handles), cell: c, body: []jen.Code{jen.Return(jen.Lit(handles))}, plain: !handles, truth: handles,
		})
	}
	return can.Block(p.over("s", branches, jen.Return(jen.False())))
}
