package spec

import "go.yaml.in/yaml/v4"

func propertyShape() shape[Property] {
	claim := func(name string, kind PropertyKind) word[Property] {
		return word[Property]{name: name, read: func(p *parser, q *Property, v *yaml.Node) { p.claim(q, kind, v) }}
	}
	return shape[Property]{"a property", "{name: can close, from: any, eventually-possible: closed}", []word[Property]{
		{name: "name", read: func(p *parser, q *Property, v *yaml.Node) { q.Name = p.name(v, "name: can close") }},
		claim("reachable", Reachable),
		claim("eventually-possible", EventuallyPossible),
		claim("never", Never),
		claim("leads-to", LeadsTo),
		{name: "from", read: func(p *parser, q *Property, v *yaml.Node) { q.From = p.stateRef(v, "from: any") }},
		{name: "fair", read: func(p *parser, q *Property, v *yaml.Node) { q.Fair = eventRefs(p.list(v, "fair: [close]")) }},
	}, []string{"name: can close"}}
}

func neverShape() shape[Property] {
	return shape[Property]{"`never`", "never: {state: closed, accepts: push}", []word[Property]{
		{name: "state", read: func(p *parser, q *Property, v *yaml.Node) { q.State = p.stateRef(v, "state: closed") }},
		{name: "accepts", read: func(p *parser, q *Property, v *yaml.Node) {
			q.Accepts = &EventRef{Text: p.name(v, "accepts: push")}
		}},
	}, []string{"state: closed", "accepts: push"}}
}

func (p *parser) properties(n *yaml.Node) []*Property {
	const example = "properties: [{name: can close, from: any, eventually-possible: closed}]"
	if n.Kind != yaml.SequenceNode {
		p.kind(n, "a list of properties", example)
		return nil
	}
	var all []*Property
	for _, item := range n.Content {
		q := &Property{Pos: posOf(item)}
		propertyShape().read(p, q, item)
		if item.Kind == yaml.MappingNode {
			p.vetProperty(q)
		}
		all = append(all, q)
	}
	return all
}

func (p *parser) claim(q *Property, kind PropertyKind, n *yaml.Node) {
	if q.Kind != 0 {
		p.add(codeProperty, Finding{
			Pos: posOf(n), Message: "a property claims one thing", Help: "make it another property",
			Related: related(q.State.Pos, "its first claim"),
		})
		return
	}
	q.Kind, q.State = kind, &StateRef{}
	if kind == Never && n.Kind == yaml.MappingNode {
		q.State.Pos = posOf(n)
		neverShape().read(p, q, n)
		return
	}
	q.State = p.stateRef(n, "reachable: closed")
}

func (p *parser) stateRef(n *yaml.Node, example string) *StateRef {
	return &StateRef{Text: p.name(n, example)}
}

// vetProperty reports the words that say nothing in a claim of its kind, and lets `from: any` be no state.
func (p *parser) vetProperty(q *Property) {
	ranges := q.Kind == EventuallyPossible || q.Kind == LeadsTo
	switch {
	case q.Kind == 0:
		p.add(codeProperty, Finding{
			Pos: q.Pos, Message: "a property that claims nothing",
			Help: "add `reachable`, `eventually-possible`, `never` or `leads-to`",
		})
	case q.From != nil && !ranges:
		p.add(codeProperty, Finding{
			Pos: q.From.Pos, Message: "`from` says nothing here",
			Help: "leave it out: it is for `eventually-possible` and `leads-to`",
		})
	case len(q.Fair) > 0 && q.Kind != LeadsTo:
		p.add(codeProperty, Finding{
			Pos: q.Fair[0].Pos, Message: "`fair` says nothing here", Help: "leave it out: it is for `leads-to`",
		})
	}
	if q.From != nil && (q.From.Value == "any" || !ranges) {
		q.From = nil
	}
}
