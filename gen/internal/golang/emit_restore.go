package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// emitRestore writes what is the machine's own of making it of a snapshot.
func (p *plan) emitRestore() []jen.Code {
	codes := []jen.Code{p.storedNames(), p.typedSnapshot(), p.names(), p.load()}
	return append(codes, documented("resume starts again what runs beside the current state.",
		method("m *Machine", "resume").Params(id("from").Id("Snapshot")).Block(p.resume()...)))
}

// storedNames is the table of the names that snapshots may have.
func (p *plan) storedNames() jen.Code {
	var states, timers, events []jen.Code
	for _, s := range p.states {
		states = append(states, jen.Values(p.storedState(s)...))
	}
	for _, t := range p.spec.StoredTimers() {
		fields := named(t.Name, t.Was)
		if t.State != nil {
			fields = append(fields, entry("State", jen.Lit(t.State.Name)))
		}
		timers = append(timers, jen.Values(fields...))
	}
	for _, t := range p.postponable() {
		events = append(events, jen.Values(named(t.label, spec.OldNames(t.Event.Renamed))...))
	}
	fields := []jen.Code{entry("Machine", jen.Lit(p.spec.Name.Value))}
	if p.spec.Snapshots.Revision > 0 {
		fields = append(fields, entry("Revision", jen.Lit(p.spec.Snapshots.Revision)))
	}
	add := func(name, typ string, values []jen.Code) {
		if len(values) > 0 {
			fields = append(fields, entry(name, table(jen.Index().Add(impl(typ)), values...)))
		}
	}
	add("States", "StoredState", states)
	add("Timers", "StoredTimer", timers)
	add("Events", "StoredEvent", events)
	return documented("stored are the names that snapshots have of what is in the machine.",
		jen.Var().Id("stored").Op("=").Op("&").Add(table(impl("SnapshotRules"), append(fields, p.removedNames()...)...)))
}

// storedState is the row of a state in the table.
func (p *plan) storedState(s *state) []jen.Code {
	fields := named(s.Name, spec.OldNames(s.Renamed))
	if s.Parent != nil {
		fields = append(fields, entry("Parent", jen.Lit(s.Parent.Name)))
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"Leaf", len(s.States) == 0}, {"Ends", isEnd(s.State)}, {"Remembers", s.last != ""}} {
		if flag.set {
			fields = append(fields, entry(flag.name, jen.True()))
		}
	}
	return fields
}

func (p *plan) removedNames() []jen.Code {
	removed := p.spec.Snapshots.Removed
	var fields []jen.Code
	add := func(name string, texts []string) {
		if len(texts) > 0 {
			fields = append(fields, entry(name, stringList(texts)))
		}
	}
	add("RemovedStates", spec.OldNames(removed.States))
	add("RemovedTimers", spec.OldNames(removed.Timers))
	add("RemovedEvents", spec.OldNames(removed.Events))
	if len(p.spec.Data) == 0 {
		add("RemovedData", jsonNames(removed.Data))
	}
	return fields
}

// named are the fields of what has a name and maybe had others.
func named(name string, was []string) []jen.Code {
	fields := []jen.Code{entry("Name", jen.Lit(name))}
	if len(was) > 0 {
		fields = append(fields, entry("Was", stringList(was)))
	}
	return fields
}

// typedSnapshot gives what was read its types.
func (p *plan) typedSnapshot() jen.Code {
	values := []jen.Code{
		entry("Version", id("read.Version")), entry("Shape", id("read.Shape")), entry("Revision", id("read.Revision")),
		entry("Since", id("read.Since")), entry("Ended", id("read.Ended")), entry("Failure", id("read.Failure")),
	}
	if p.hasTimers() {
		values = append(values, entry("Timers", id("read.Timers")))
	}
	body := []jen.Code{
		id("s").Op("=").Add(table(id("Snapshot"), values...)),
		jen.If(jen.List(id("s.State"), id("err")).Op("=").Id("ParseState").Call(id("read.State")), id("err").Op("!=").Nil()).
			Block(jen.Return(id("s"), id("err"))),
	}
	if p.hasMemory() {
		body = append(body, jen.For(jen.List(id("_"), id("memory")).Op(":=").Range().Id("read.Memories")).Block(
			jen.List(id("of"), id("_")).Op(":=").Id("ParseState").Call(id("memory.Of")),
			jen.List(id("leaf"), id("_")).Op(":=").Id("ParseState").Call(id("memory.Leaf")),
			id("s.Memories").Op("=").Append(id("s.Memories"), id("Memory").Values(entry("Of", id("of")), entry("Leaf", id("leaf")))),
		))
	}
	if len(p.postponable()) > 0 {
		body = append(body, ifErr(id("s.Postponed.decode").Call(id("read.Postponed")), id("s"), id("err")))
	}
	data := id("stored.RefuseData").Call(id("read"))
	if len(p.spec.Data) > 0 {
		data = impl("DecodeData").Call(jen.Lit(p.spec.Name.Value), id("read"), jen.Op("&").Id("s.Data"))
	}
	body = append(body, jen.Return(id("s"), data))
	return documented("typedSnapshot gives a snapshot whose names are resolved its types.",
		jen.Func().Id("typedSnapshot").Params(id("read").Op("*").Add(fsm("StoredSnapshot"))).
			Params(id("s").Id("Snapshot"), id("err").Error()).Block(body...))
}

// names is what of a snapshot has to fit the machine.
func (p *plan) names() jen.Code {
	values := []jen.Code{
		entry("Version", id("s.Version")), entry("State", id("s.State.String").Call()),
		entry("Ended", id("s.Ended")), entry("Failure", id("s.Failure")),
	}
	if p.hasTimers() {
		values = append(values, entry("Timers", id("s.Timers")))
	}
	var body []jen.Code
	result := table(fsm("StoredSnapshot"), values...)
	if p.hasMemory() {
		body = []jen.Code{
			id("names").Op(":=").Add(result),
			jen.For(jen.List(id("_"), id("memory")).Op(":=").Range().Id("s.Memories")).Block(
				id("names.Memories").Op("=").Append(id("names.Memories"),
					fsm("StoredMemory").Values(entry("Of", id("memory.Of.String").Call()), entry("Leaf", id("memory.Leaf.String").Call()))),
			),
		}
		result = id("names")
	}
	return documented("names are the names in a snapshot that have to be those of the machine.",
		method("s Snapshot", "names").Params().Add(fsm("StoredSnapshot")).Block(append(body, jen.Return(result))...))
}

// load makes a new machine what the snapshot says, but for what runs beside its state.
func (p *plan) load() jen.Code {
	body := []jen.Code{
		ifErr(id("m.init").Call(p.config(false)...), id("err")),
		id("names").Op(":=").Id("from.names").Call(),
		ifErr(id("stored.Resolve").Call(jen.Op("&").Id("names")), id("err")),
		id("from.Ended").Op("=").Id("names.Ended"),
	}
	if p.hasTimers() {
		body = append(body, id("from.Timers").Op("=").Id("names.Timers"))
	}
	body = append(body, id("m.engine.Init").Call(id("info"), jen.Int().Call(id("from.State"))))
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
	return documented("load makes m what a snapshot says, and gives the names in the snapshot their present form.",
		method("m *Machine", "load").Params(p.config(true, id("from").Op("*").Id("Snapshot"))...).Error().
			Block(append(body, jen.Return(jen.Nil()))...))
}

func (p *plan) resume() []jen.Code {
	body := []jen.Code{
		id("m.engine.RestoreSince").Call(id("from.Since")),
		jen.If(id("from.Ended")).Block(id("m.engine.RestoreEnd").Call(id("from.Failure")), jen.Return()),
	}
	if p.hasTimers() {
		body = append(body, jen.For(jen.List(id("_"), id("t")).Op(":=").Range().Id("from.Timers")).Block(
			jen.List(id("number"), id("_")).Op(":=").Id("info.TimerNumber").Call(id("t.Name")),
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
