package parse

import (
	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

func goShape() shape[model.Go] {
	return shape[model.Go]{"`go`", "go: {package: doorfsm, out: ../doorfsm}", []word[model.Go]{
		{name: "package", read: func(p *parser, g *model.Go, v *yaml.Node) { g.Package = p.name(v, "package: doorfsm") }},
		{name: "out", read: func(p *parser, g *model.Go, v *yaml.Node) { g.Out = p.name(v, "out: ../doorfsm") }},
		{name: "imports", read: func(p *parser, g *model.Go, v *yaml.Node) { g.Imports = p.list(v, "imports: [time]") }},
		{name: "emit", read: func(p *parser, g *model.Go, v *yaml.Node) {
			g.Emit = append([]syntax.Text{}, p.list(v, "emit: [server, snapshot]")...)
		}},
	}, nil}
}

func (p *parser) golang(n *yaml.Node) model.Go {
	g := model.Go{Pos: syntax.PosOf(n)}
	goShape().read(p, &g, n)
	return g
}

func (p *parser) types(n *yaml.Node) []*decl.Type {
	var types []*decl.Type
	for _, e := range p.entries(n, "types: {Grant: {worker: int}}") {
		types = append(types, &decl.Type{
			Pos: syntax.PosOf(e.key), Name: e.key.Value, Fields: p.storedFields(e.value, e.key.Value+": {worker: int}"),
		})
	}
	return types
}

// fields reads names with their Go types.
func (p *parser) fields(n *yaml.Node, example string) []*decl.Field {
	var fields []*decl.Field
	for _, e := range p.entries(n, example) {
		fields = append(fields, &decl.Field{
			Pos: syntax.PosOf(e.key), Name: e.key.Value, Type: p.name(e.value, e.key.Value+": string"),
		})
	}
	return fields
}

// storedFields reads names with their Go types, or with more words: those of fields that snapshots can have.
func (p *parser) storedFields(n *yaml.Node, example string) []*decl.Field {
	var fields []*decl.Field
	for _, e := range p.entries(n, example) {
		f := &decl.Field{Pos: syntax.PosOf(e.key), Name: e.key.Value}
		if e.value.Kind == yaml.MappingNode {
			fieldShape().of(f.Name).read(p, f, e.value)
		} else {
			f.Type = p.name(e.value, e.key.Value+": string")
		}
		fields = append(fields, f)
	}
	return fields
}

func fieldShape() shape[decl.Field] {
	return shape[decl.Field]{"a field", "by: {type: string, renamed_from: who}", []word[decl.Field]{
		{name: "type", read: func(p *parser, f *decl.Field, v *yaml.Node) { f.Type = p.name(v, "type: string") }},
		{name: "renamed_from", read: func(p *parser, f *decl.Field, v *yaml.Node) { f.Renamed = p.list(v, "renamed_from: who") }},
	}, []string{"type: string"}}
}

func paramShape() shape[decl.Param] {
	return shape[decl.Param]{"a param", "idle: {type: duration, default: 30s}", []word[decl.Param]{
		{name: "type", read: func(p *parser, q *decl.Param, v *yaml.Node) { q.Type = p.name(v, "type: duration") }},
		{name: "default", read: func(p *parser, q *decl.Param, v *yaml.Node) { q.Default = p.text(v, "default: 30s") }},
		{name: "min", read: func(p *parser, q *decl.Param, v *yaml.Node) { q.Min = p.text(v, "min: 1ms") }},
		{name: "max", read: func(p *parser, q *decl.Param, v *yaml.Node) { q.Max = p.text(v, "max: 1h") }},
		{name: "doc", read: func(p *parser, q *decl.Param, v *yaml.Node) { q.Doc = p.doc(v) }},
		{name: "renamed_from", read: func(p *parser, q *decl.Param, v *yaml.Node) { q.Renamed = p.list(v, "renamed_from: rest") }},
	}, []string{"type: duration"}}
}

func (p *parser) params(n *yaml.Node) []*decl.Param {
	var params []*decl.Param
	for _, e := range p.entries(n, "params: {idle: {type: duration, default: 30s}}") {
		q := &decl.Param{Pos: syntax.PosOf(e.key), Name: e.key.Value}
		paramShape().of(q.Name).read(p, q, e.value)
		params = append(params, q)
	}
	return params
}

func dataShape() shape[decl.Field] {
	return shape[decl.Field]{"a data field", "failures: {type: int}", []word[decl.Field]{
		{name: "type", read: func(p *parser, f *decl.Field, v *yaml.Node) { f.Type = p.name(v, "type: int") }},
		{name: "default", read: func(p *parser, f *decl.Field, v *yaml.Node) { f.Default = p.text(v, "default: 0") }},
		{name: "doc", read: func(p *parser, f *decl.Field, v *yaml.Node) { f.Doc = p.doc(v) }},
		{name: "renamed_from", read: func(p *parser, f *decl.Field, v *yaml.Node) { f.Renamed = p.list(v, "renamed_from: misses") }},
	}, []string{"type: int"}}
}

func (p *parser) data(n *yaml.Node) []*decl.Field {
	var data []*decl.Field
	for _, e := range p.entries(n, "data: {failures: {type: int}}") {
		f := &decl.Field{Pos: syntax.PosOf(e.key), Name: e.key.Value}
		dataShape().of(f.Name).read(p, f, e.value)
		data = append(data, f)
	}
	return data
}

func eventShape() shape[decl.Event] {
	return shape[decl.Event]{"an event", "opened: {payload: {by: string}}", []word[decl.Event]{
		{name: "doc", read: func(p *parser, ev *decl.Event, v *yaml.Node) { ev.Doc = p.doc(v) }},
		{name: "payload", read: func(p *parser, ev *decl.Event, v *yaml.Node) { ev.Payload = p.storedFields(v, "payload: {by: string}") }},
		{name: "call", read: func(p *parser, ev *decl.Event, v *yaml.Node) { ev.Call = p.name(v, "call: int") }},
		{name: "record", read: func(p *parser, ev *decl.Event, v *yaml.Node) { ev.Record = p.list(v, "record: [by]") }},
		{name: "renamed_from", read: func(p *parser, ev *decl.Event, v *yaml.Node) { ev.Renamed = p.list(v, "renamed_from: shut") }},
	}, nil}
}

func (p *parser) events(n *yaml.Node) []*decl.Event {
	var events []*decl.Event
	for _, e := range p.declared(n, "events", "events: {opened: {}}") {
		ev := &decl.Event{Pos: syntax.PosOf(e.key), Name: e.key.Value}
		if !syntax.IsNull(e.value) {
			eventShape().of(ev.Name).read(p, ev, e.value)
		}
		events = append(events, ev)
	}
	return events
}

func timerShape() shape[decl.NamedTimer] {
	return shape[decl.NamedTimer]{"a timer", "probe: {every: 5s}", []word[decl.NamedTimer]{
		{name: "after", read: func(p *parser, t *decl.NamedTimer, v *yaml.Node) { p.timerLength(t, v, false) }},
		{name: "every", read: func(p *parser, t *decl.NamedTimer, v *yaml.Node) { p.timerLength(t, v, true) }},
		{name: "doc", read: func(p *parser, t *decl.NamedTimer, v *yaml.Node) { t.Doc = p.doc(v) }},
		{name: "renamed_from", read: func(p *parser, t *decl.NamedTimer, v *yaml.Node) { t.Renamed = p.list(v, "renamed_from: look") }},
	}, nil}
}

func (p *parser) timers(n *yaml.Node) []*decl.NamedTimer {
	var timers []*decl.NamedTimer
	for _, e := range p.declared(n, "timers", "timers: {probe: {every: 5s}}") {
		t := &decl.NamedTimer{Pos: syntax.PosOf(e.key), Name: e.key.Value}
		timerShape().of(t.Name).read(p, t, e.value)
		t.Event = &decl.Event{Pos: t.Pos, Name: t.Name, Doc: t.Doc, Timer: t, Renamed: t.Renamed}
		if e.value.Kind == yaml.MappingNode && (t.Text == syntax.Text{}) {
			p.Add(rule.Timer, finding.Finding{
				Pos: t.Pos, Message: "timer " + wording.Quote(t.Name) + " does not say when it fires",
				Help: "add `after: 5s`, or `every: 5s` if it goes on",
			})
		}
		timers = append(timers, t)
	}
	return timers
}

// timerLength reads the time of a timer, which has one.
func (p *parser) timerLength(t *decl.NamedTimer, n *yaml.Node, every bool) {
	text := p.name(n, "every: 5s")
	if (t.Text != syntax.Text{}) {
		p.Add(rule.Timer, finding.Finding{
			Pos: text.Pos, Message: "timer " + wording.Quote(t.Name) + " has two times", Help: "keep `after` or `every`",
			Related: finding.RelatedTo(t.Text.Pos, "the other one"),
		})
		return
	}
	t.Length, t.Every = length(text.Pos, text.Value), every
}

func hookShape() shape[decl.Hook] {
	return shape[decl.Hook]{"a hook", "ring: {group: bell, payload: [by]}", []word[decl.Hook]{
		{name: "group", read: readGroup},
		{name: "payload", read: readPayload},
		{name: "doc", read: readHookDoc},
		{name: "fails", elsewhere: "only a reply can fail: let a choice or an invoke do what may fail"},
	}, nil}
}

func replyShape() shape[decl.Hook] {
	return shape[decl.Hook]{"a reply", "count: {group: board, payload: [by]}", []word[decl.Hook]{
		{name: "group", read: readGroup},
		{name: "payload", read: readPayload},
		{name: "fails", read: func(p *parser, h *decl.Hook, v *yaml.Node) { h.Fails = p.boolean(v, "fails: true") }},
		{name: "doc", read: readHookDoc},
	}, nil}
}

func invokeShape() shape[decl.Hook] {
	return shape[decl.Hook]{"an invoke", "start: {group: process, result: {pid: int}}", []word[decl.Hook]{
		{name: "group", read: readGroup},
		{name: "result", read: func(p *parser, h *decl.Hook, v *yaml.Node) { h.Result = p.fields(v, "result: {pid: int}") }},
		{name: "discard", read: func(p *parser, h *decl.Hook, v *yaml.Node) {
			h.Discard, h.DiscardPos = p.boolean(v, "discard: true"), syntax.PosOf(v)
		}},
		{name: "doc", read: readHookDoc},
		{name: "payload", elsewhere: "let an action put what the invoke needs into `data`"},
		{name: "fails", elsewhere: "leave it out: each invoke may fail, which its `onError` handles"},
	}, nil}
}

func choiceShape() shape[decl.Hook] {
	return shape[decl.Hook]{"a choice", "route: {outcomes: [left, right]}", []word[decl.Hook]{
		{name: "group", read: readGroup},
		{name: "payload", read: readPayload},
		{name: "outcomes", read: func(p *parser, h *decl.Hook, v *yaml.Node) { h.Outcomes = p.list(v, "outcomes: [left, right]") }},
		{name: "doc", read: readHookDoc},
		{name: "fails", elsewhere: "add an outcome for the failure to `outcomes`"},
	}, []string{"outcomes: [left, right]"}}
}

func readGroup(p *parser, h *decl.Hook, v *yaml.Node) { h.Group = p.name(v, "group: bell") }

func readPayload(p *parser, h *decl.Hook, v *yaml.Node) { h.Payload = p.list(v, "payload: [by]") }

func readHookDoc(p *parser, h *decl.Hook, v *yaml.Node) { h.Doc = p.doc(v) }

func (p *parser) hooks(n *yaml.Node, kind decl.HookKind) []*decl.Hook {
	return p.hooksOf(n, kind, hookShape())
}

func (p *parser) replies(n *yaml.Node) []*decl.Hook { return p.hooksOf(n, decl.Reply, replyShape()) }

func (p *parser) invokes(n *yaml.Node) []*decl.Hook { return p.hooksOf(n, decl.Invoke, invokeShape()) }

func (p *parser) choices(n *yaml.Node) []*decl.Hook { return p.hooksOf(n, decl.Choice, choiceShape()) }

func (p *parser) hooksOf(n *yaml.Node, kind decl.HookKind, words shape[decl.Hook]) []*decl.Hook {
	var hooks []*decl.Hook
	for _, e := range p.declared(n, kind.Section(), kind.Section()+": {"+words.example+"}") {
		h := &decl.Hook{Pos: syntax.PosOf(e.key), Kind: kind, Name: e.key.Value}
		if !syntax.IsNull(e.value) || len(words.required) > 0 {
			words.of(h.Name).read(p, h, e.value)
		}
		hooks = append(hooks, h)
	}
	return hooks
}
