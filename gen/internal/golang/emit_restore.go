package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// emitRestore writes what is the machine's own of making it of a snapshot.
func (p *plan) emitRestore() []jen.Code {
	codes := []jen.Code{p.load(), p.checkSnapshot(), p.goesOn()}
	codes = append(codes, p.timerLookup()...)
	return append(codes, documented("resume starts again what runs beside the current state.",
		method("m *Machine", "resume").Params(id(p.fromName()).Id("Snapshot")).Block(p.resume()...)))
}

// fromName is the snapshot's name where it is needed.
func (p *plan) fromName() string {
	if p.hasTimers() || len(p.postponable()) > 0 {
		return "from"
	}
	return "_"
}

// load makes a new machine what the snapshot says, but for what runs beside its state.
func (p *plan) load() jen.Code {
	body := []jen.Code{
		ifErr(id("m.init").Call(p.config(false)...), id("err")),
		ifErr(id("from.check").Call(), id("err")),
		id("m.engine.Init").Call(id("info"), jen.Int().Call(id("from.State"))),
	}
	if len(p.spec.Data) > 0 {
		body = append(body, id("m.data").Op("=").Add(impl("Clone").Call(id("from.Data"))))
	}
	if p.hasMemory() {
		var cases []jen.Code
		for _, s := range p.states {
			if s.last != "" {
				cases = append(cases, jen.Case(id(s.id)).Block(id("m."+s.last).Op("=").Id("memory.Leaf")))
			}
		}
		body = append(body, jen.For(jen.List(id("_"), id("memory")).Op(":=").Range().Id("from.Memories")).Block(
			jen.Switch(id("memory.Of")).Block(cases...),
		))
	}
	return method("m *Machine", "load").Params(p.config(true, id("from").Id("Snapshot"))...).Error().
		Block(append(body, jen.Return(jen.Nil()))...)
}

// checkSnapshot refuses what there is no place for.
func (p *plan) checkSnapshot() jen.Code {
	body := []jen.Code{
		jen.If(id("s.Version").Op("!=").Add(fsm("SnapshotVersion"))).Block(jen.Return(p.snapshotError("version",
			jen.Qual("fmt", "Sprint").Call(id("s.Version")), jen.Qual("fmt", "Sprint").Call(fsm("SnapshotVersion"))))),
	}
	if p.hasEnd() {
		body = append(body, jen.If(id("s.State.Final").Call()).Block(jen.Return(p.snapshotError("state",
			id("s.State.String").Call().Op("+").Lit(", which is final"), jen.Lit("one that the machine has not ended in")))))
	}
	body = append(body, jen.If(jen.Op("!").Id("s.State.restorable").Call()).Block(jen.Return(p.snapshotError("state",
		id("s.State.String").Call(), jen.Lit("a state without others inside")))))
	if p.hasMemory() {
		body = append(body, jen.For(jen.List(id("_"), id("memory")).Op(":=").Range().Id("s.Memories")).Block(
			jen.If(jen.Op("!").Id("memory.isPossible").Call()).Block(jen.Return(p.snapshotError("memories",
				id("memory.Leaf.String").Call().Op("+").Lit(" in ").Op("+").Id("memory.Of.String").Call(),
				jen.Lit("a leaf of a state with a history")))),
		))
	}
	if p.hasTimers() {
		body = append(body, jen.For(jen.List(id("_"), id("t")).Op(":=").Range().Id("s.Timers")).Block(
			jen.If(jen.List(id("number"), id("ok")).Op(":=").Add(p.numberOf(id("t.Name"))),
				jen.Op("!").Id("ok").Op("||").Op("!").Id("s.State.timerRuns").Call(id("number"))).
				Block(jen.Return(p.snapshotError("timers", id("t.Name"),
					jen.Lit("a timer that can run in ").Op("+").Id("s.State.String").Call()))),
			jen.If(id("t.Deadline.IsZero").Call()).Block(jen.Return(p.snapshotError("timers",
				id("t.Name").Op("+").Lit(" without a deadline"), jen.Lit("a deadline")))),
		))
	}
	codes := documented("check reports what the machine does not have.",
		method("s Snapshot", "check").Params().Error().Block(append(body, jen.Return(jen.Nil()))...))
	if !p.hasMemory() {
		return codes
	}
	return lines(codes, jen.Line().Add(p.isPossible()))
}

// isPossible reports whether a state can have been left in a leaf.
func (p *plan) isPossible() jen.Code {
	var states []jen.Code
	for _, s := range p.states {
		if s.last != "" {
			states = append(states, id(s.id))
		}
	}
	possible := id("m.Leaf.restorable").Call().Op("&&").Id("m.Leaf.In").Call(id("m.Of"))
	return method("m Memory", "isPossible").Params().Bool().Block(
		switchOn(id("m.Of"), []jen.Code{jen.Case(states...).Block(jen.Return(possible))}, jen.Return(jen.False())),
	)
}

// goesOn lists the leaves that are not the end.
func (p *plan) goesOn() jen.Code {
	var states []jen.Code
	for _, l := range p.leaves {
		if !isEnd(l.State) {
			states = append(states, id(l.id))
		}
	}
	can := method("s State", "restorable").Params().Bool()
	if len(states) == 0 {
		return can.Add(one(jen.Return(jen.False())))
	}
	return can.Block(switchOn(id("s"), []jen.Code{jen.Case(states...).Block(jen.Return(jen.True()))}, jen.Return(jen.False())))
}

// numberOf finds a timer by its name.
func (p *plan) numberOf(name jen.Code) *jen.Statement {
	if len(p.oldTimers()) > 0 {
		return id("timerNamed").Call(name)
	}
	return id("info.TimerNumber").Call(name)
}

// oldTimers are the cases of the timers that are called after a state or a timer which had another name before.
func (p *plan) oldTimers() []jen.Code {
	var cases []jen.Code
	for _, t := range p.triggers {
		if t.timer != "" && t.at != nil && len(t.at.Renamed) > 0 {
			cases = append(cases, jen.Case(jen.Lit(t.at.Renamed[0].Value+" "+t.label)).Block(jen.Return(id(t.timer), jen.True())))
		}
	}
	return cases
}

func (p *plan) timerLookup() []jen.Code {
	if !p.hasTimers() {
		return nil
	}
	var codes []jen.Code
	if old := p.oldTimers(); len(old) > 0 {
		codes = append(codes, documented("timerNamed finds a timer by its name, also by that of an older version.",
			jen.Func().Id("timerNamed").Params(id("name").String()).Params(id("number").Int(), id("ok").Bool()).Block(
				switchOn(id("name"), old, jen.Return(id("info.TimerNumber").Call(id("name")))),
			)))
	}
	var cases []jen.Code
	for _, s := range p.states {
		var timers []jen.Code
		for _, t := range s.waits {
			if t.timer != "" {
				timers = append(timers, id(t.timer))
			}
		}
		if len(timers) > 0 {
			cases = append(cases, jen.Case(timers...).Block(jen.Return(id("s.In").Call(id(s.id)))))
		}
	}
	runs := method("s State", "timerRuns").Params(id("timer").Int()).Bool()
	text := "timerRuns reports whether a timer can run in the state."
	if len(cases) == 0 {
		return append(codes, documented(text,
			method("s State", "timerRuns").Params(id("_").Int()).Bool().Add(one(jen.Return(jen.True())))))
	}
	return append(codes, documented(text, runs.Block(switchOn(id("timer"), cases, jen.Return(jen.True())))))
}

func (p *plan) resume() []jen.Code {
	var body []jen.Code
	if p.hasTimers() {
		body = append(body, jen.For(jen.List(id("_"), id("t")).Op(":=").Range().Id("from.Timers")).Block(
			jen.List(id("number"), id("_")).Op(":=").Add(p.numberOf(id("t.Name"))),
			id("m.engine.RestoreTimer").Call(id("number"), id("t.Deadline")),
		))
	}
	if len(p.postponable()) > 0 {
		event := impl("Event").Values(entry("Kind", impl("KindCast")), entry("Content", id("ev")))
		body = append(body, jen.For(jen.List(id("_"), id("ev")).Op(":=").Range().Id("from.Postponed")).Block(
			id("m.engine.RestorePostponed").Call(event),
		))
	}
	if cases := p.grouped(p.spec.Leaves(), p.beginAll); len(cases) > 0 {
		body = append(body, jen.Switch(id("m.State").Call()).Block(cases...))
	}
	return body
}

// beginAll starts the work of a leaf and of the states around it, outer to inner.
func (p *plan) beginAll(leaf *spec.State) []jen.Code {
	var codes []jen.Code
	for s := range leaf.Ancestors() {
		codes = append(p.begin(p.state(s)), codes...)
	}
	return codes
}
