package spec

import "go.yaml.in/yaml/v4"

func hookShape() shape[Hook] {
	return shape[Hook]{"a hook", "ring: {group: bell, payload: [by]}", []word[Hook]{
		{name: "group", read: readGroup},
		{name: "payload", read: readPayload},
		{name: "doc", read: readHookDoc},
	}, nil}
}

func invokeShape() shape[Hook] {
	return shape[Hook]{"an invoke", "start: {group: process, result: {pid: int}}", []word[Hook]{
		{name: "group", read: readGroup},
		{name: "result", read: func(p *parser, h *Hook, v *yaml.Node) { h.Result = p.fields(v, "result: {pid: int}") }},
		{name: "doc", read: readHookDoc},
		{name: "payload", elsewhere: "let an action put what the invoke needs into `data`"},
	}, nil}
}

func choiceShape() shape[Hook] {
	return shape[Hook]{"a choice", "route: {outcomes: [left, right]}", []word[Hook]{
		{name: "group", read: readGroup},
		{name: "payload", read: readPayload},
		{name: "outcomes", read: func(p *parser, h *Hook, v *yaml.Node) { h.Outcomes = p.list(v, "outcomes: [left, right]") }},
		{name: "doc", read: readHookDoc},
	}, []string{"outcomes: [left, right]"}}
}

func readGroup(p *parser, h *Hook, v *yaml.Node)   { h.Group = p.name(v, "group: bell") }
func readPayload(p *parser, h *Hook, v *yaml.Node) { h.Payload = p.list(v, "payload: [by]") }
func readHookDoc(p *parser, h *Hook, v *yaml.Node) { h.Doc = p.doc(v) }

func (p *parser) hooks(n *yaml.Node, kind HookKind) []*Hook {
	return p.hooksOf(n, kind, hookShape())
}

func (p *parser) invokes(n *yaml.Node) []*Hook { return p.hooksOf(n, Invoke, invokeShape()) }

func (p *parser) choices(n *yaml.Node) []*Hook { return p.hooksOf(n, Choice, choiceShape()) }

func (p *parser) hooksOf(n *yaml.Node, kind HookKind, words shape[Hook]) []*Hook {
	var hooks []*Hook
	for _, e := range p.declared(n, kind.section(), kind.section()+": {"+words.example+"}") {
		h := &Hook{Pos: posOf(e.key), Kind: kind, Name: e.key.Value}
		if !isNull(e.value) || len(words.required) > 0 {
			words.of(h.Name).read(p, h, e.value)
		}
		hooks = append(hooks, h)
	}
	return hooks
}
