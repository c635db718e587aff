package spec

import "go.yaml.in/yaml/v4"

func goShape() shape[Go] {
	return shape[Go]{"`go`", "go: {package: doorfsm, out: ../doorfsm}", []word[Go]{
		{name: "package", read: func(p *parser, g *Go, v *yaml.Node) { g.Package = p.name(v, "package: doorfsm") }},
		{name: "out", read: func(p *parser, g *Go, v *yaml.Node) { g.Out = p.name(v, "out: ../doorfsm") }},
		{name: "imports", read: func(p *parser, g *Go, v *yaml.Node) { g.Imports = p.list(v, "imports: [time]") }},
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
		{name: "renamed_from", instead: "leave it out"},
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
		{name: "renamed_from", instead: "leave it out"},
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

func hookShape() shape[Hook] {
	return shape[Hook]{"a hook", "ring: {group: bell, payload: [by]}", []word[Hook]{
		{name: "group", read: func(p *parser, h *Hook, v *yaml.Node) { h.Group = p.name(v, "group: bell") }},
		{name: "payload", read: func(p *parser, h *Hook, v *yaml.Node) { h.Payload = p.list(v, "payload: [by]") }},
		{name: "doc", read: func(p *parser, h *Hook, v *yaml.Node) { h.Doc = p.doc(v) }},
	}, nil}
}

func (p *parser) hooks(n *yaml.Node, kind HookKind) []*Hook {
	var hooks []*Hook
	for _, e := range p.declared(n, kind.section(), kind.section()+": {ring: {group: bell}}") {
		h := &Hook{Pos: posOf(e.key), Kind: kind, Name: e.key.Value}
		if !isNull(e.value) {
			hookShape().of(h.Name).read(p, h, e.value)
		}
		hooks = append(hooks, h)
	}
	return hooks
}
