package spec

import "go.yaml.in/yaml/v4"

func goShape() shape[Go] {
	return shape[Go]{"`go`", "go: {package: doorfsm, out: ../doorfsm}", []word[Go]{
		{name: "package", read: func(p *parser, g *Go, v *yaml.Node) { g.Package = p.name(v, "package: doorfsm") }},
		{name: "out", read: func(p *parser, g *Go, v *yaml.Node) { g.Out = p.name(v, "out: ../doorfsm") }},
		{name: "imports", read: func(p *parser, g *Go, v *yaml.Node) { g.Imports = p.list(v, "imports: [time]") }},
		{name: "emit", read: func(p *parser, g *Go, v *yaml.Node) {
			g.Emit = append([]Text{}, p.list(v, "emit: [server, snapshot]")...)
		}},
	}, nil}
}

func (p *parser) golang(n *yaml.Node) Go {
	g := Go{Pos: posOf(n)}
	goShape().read(p, &g, n)
	return g
}

func (p *parser) types(n *yaml.Node) []*Type {
	var types []*Type
	for _, e := range p.entries(n, "types: {Grant: {worker: int}}") {
		types = append(types, &Type{
			Pos: posOf(e.key), Name: e.key.Value, Fields: p.fields(e.value, e.key.Value+": {worker: int}"),
		})
	}
	return types
}

// fields reads names with their Go types.
func (p *parser) fields(n *yaml.Node, example string) []*Field {
	var fields []*Field
	for _, e := range p.entries(n, example) {
		fields = append(fields, &Field{
			Pos: posOf(e.key), Name: e.key.Value, Type: p.name(e.value, e.key.Value+": string"),
		})
	}
	return fields
}

func paramShape() shape[Param] {
	return shape[Param]{"a param", "idle: {type: duration, default: 30s}", []word[Param]{
		{name: "type", read: func(p *parser, q *Param, v *yaml.Node) { q.Type = p.name(v, "type: duration") }},
		{name: "default", read: func(p *parser, q *Param, v *yaml.Node) { q.Default = p.text(v, "default: 30s") }},
		{name: "min", read: func(p *parser, q *Param, v *yaml.Node) { q.Min = p.text(v, "min: 1ms") }},
		{name: "max", read: func(p *parser, q *Param, v *yaml.Node) { q.Max = p.text(v, "max: 1h") }},
		{name: "doc", read: func(p *parser, q *Param, v *yaml.Node) { q.Doc = p.doc(v) }},
	}, []string{"type: duration"}}
}

func (p *parser) params(n *yaml.Node) []*Param {
	var params []*Param
	for _, e := range p.entries(n, "params: {idle: {type: duration, default: 30s}}") {
		q := &Param{Pos: posOf(e.key), Name: e.key.Value}
		paramShape().of(q.Name).read(p, q, e.value)
		params = append(params, q)
	}
	return params
}

func dataShape() shape[Field] {
	return shape[Field]{"a data field", "failures: {type: int}", []word[Field]{
		{name: "type", read: func(p *parser, f *Field, v *yaml.Node) { f.Type = p.name(v, "type: int") }},
		{name: "default", read: func(p *parser, f *Field, v *yaml.Node) { f.Default = p.text(v, "default: 0") }},
		{name: "doc", read: func(p *parser, f *Field, v *yaml.Node) { f.Doc = p.doc(v) }},
		{name: "renamed_from", read: func(p *parser, f *Field, v *yaml.Node) { f.Renamed = p.name(v, "renamed_from: misses") }},
	}, []string{"type: int"}}
}

func (p *parser) data(n *yaml.Node) []*Field {
	var data []*Field
	for _, e := range p.entries(n, "data: {failures: {type: int}}") {
		f := &Field{Pos: posOf(e.key), Name: e.key.Value}
		dataShape().of(f.Name).read(p, f, e.value)
		data = append(data, f)
	}
	return data
}

func eventShape() shape[Event] {
	return shape[Event]{"an event", "opened: {payload: {by: string}}", []word[Event]{
		{name: "doc", read: func(p *parser, ev *Event, v *yaml.Node) { ev.Doc = p.doc(v) }},
		{name: "payload", read: func(p *parser, ev *Event, v *yaml.Node) { ev.Payload = p.fields(v, "payload: {by: string}") }},
		{name: "call", read: func(p *parser, ev *Event, v *yaml.Node) { ev.Call = p.name(v, "call: int") }},
		{name: "record", read: func(p *parser, ev *Event, v *yaml.Node) { ev.Record = p.list(v, "record: [by]") }},
		{name: "renamed_from", read: func(p *parser, ev *Event, v *yaml.Node) { ev.Renamed = p.name(v, "renamed_from: shut") }},
	}, nil}
}

func (p *parser) events(n *yaml.Node) []*Event {
	var events []*Event
	for _, e := range p.declared(n, "events", "events: {opened: {}}") {
		ev := &Event{Pos: posOf(e.key), Name: e.key.Value}
		if !isNull(e.value) {
			eventShape().of(ev.Name).read(p, ev, e.value)
		}
		events = append(events, ev)
	}
	return events
}

func timerShape() shape[NamedTimer] {
	return shape[NamedTimer]{"a timer", "probe: {every: 5s}", []word[NamedTimer]{
		{name: "after", read: func(p *parser, t *NamedTimer, v *yaml.Node) { p.timerLength(t, v, false) }},
		{name: "every", read: func(p *parser, t *NamedTimer, v *yaml.Node) { p.timerLength(t, v, true) }},
		{name: "doc", read: func(p *parser, t *NamedTimer, v *yaml.Node) { t.Doc = p.doc(v) }},
	}, nil}
}

func (p *parser) timers(n *yaml.Node) []*NamedTimer {
	var timers []*NamedTimer
	for _, e := range p.declared(n, "timers", "timers: {probe: {every: 5s}}") {
		t := &NamedTimer{Pos: posOf(e.key), Name: e.key.Value}
		timerShape().of(t.Name).read(p, t, e.value)
		t.Event = &Event{Pos: t.Pos, Name: t.Name, Doc: t.Doc, Timer: t}
		if e.value.Kind == yaml.MappingNode && (t.Text == Text{}) {
			p.add(codeTimer, Finding{
				Pos: t.Pos, Message: "timer " + quote(t.Name) + " does not say when it fires",
				Help: "add `after: 5s`, or `every: 5s` if it goes on",
			})
		}
		timers = append(timers, t)
	}
	return timers
}

// timerLength reads the time of a timer, which has one.
func (p *parser) timerLength(t *NamedTimer, n *yaml.Node, every bool) {
	text := p.name(n, "every: 5s")
	if (t.Text != Text{}) {
		p.add(codeTimer, Finding{
			Pos: text.Pos, Message: "timer " + quote(t.Name) + " has two times", Help: "keep `after` or `every`",
			Related: related(t.Text.Pos, "the other one"),
		})
		return
	}
	t.Length, t.Every = length(text.Pos, text.Value), every
}
