package spec

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// arms reads what follows an event or a time: a target, an arm, or a list of them.
func (p *parser) arms(n *yaml.Node, s *State, key string) []*Arm {
	example := key + ": {guard: locked, target: closed, actions: ring}"
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		items = n.Content
	}
	var arms []*Arm
	for _, item := range items {
		if a := p.arm(item, s, example); a != nil {
			arms = append(arms, a)
		}
	}
	return arms
}

func (p *parser) arm(n *yaml.Node, s *State, example string) *Arm {
	a := &Arm{Pos: posOf(n), Source: s}
	switch {
	case n.Kind == yaml.MappingNode:
		armShape().read(p, a, n)
	case n.Kind == yaml.ScalarNode && !isNull(n):
		a.Target = Text{posOf(n), n.Value}
	default:
		p.kind(n, "a target, an arm or a list of arms", example)
		return nil
	}
	return a
}

func armShape() shape[Arm] {
	return shape[Arm]{"an arm", "{guard: locked, target: closed, actions: ring}", []word[Arm]{
		{name: "guard", read: func(p *parser, a *Arm, v *yaml.Node) { a.Guard = p.condition(v) }},
		{name: "choose", read: func(p *parser, a *Arm, v *yaml.Node) { a.Choose = p.choose(v, a.Source) }},
		{name: "target", read: func(p *parser, a *Arm, v *yaml.Node) { a.Target = p.name(v, "target: closed") }},
		{name: "reenter", read: func(p *parser, a *Arm, v *yaml.Node) { a.Reenter = p.boolean(v, "reenter: true") }},
		{name: "actions", read: func(p *parser, a *Arm, v *yaml.Node) { a.Actions = hookRefs(p.list(v, "actions: [ring, lock]")) }},
		{name: "reply", read: func(p *parser, a *Arm, v *yaml.Node) { p.reply(v, a) }},
		{name: "raise", read: func(p *parser, a *Arm, v *yaml.Node) { a.Raise = eventRefs(p.list(v, "raise: [close]")) }},
		{name: "start", read: func(p *parser, a *Arm, v *yaml.Node) { a.Start = timerRefs(p.list(v, "start: [probe]")) }},
		{name: "cancel", read: func(p *parser, a *Arm, v *yaml.Node) { a.Cancel = timerRefs(p.list(v, "cancel: [probe]")) }},
		{name: "update", read: func(p *parser, a *Arm, v *yaml.Node) { a.Update = timerRefs(p.list(v, "update: [probe]")) }},
		{name: "to", instead: "target"},
		{name: "cond", instead: "guard"},
		{name: "when", instead: "guard"},
		{name: "if", instead: "guard"},
		{name: "do", instead: "actions"},
		{name: "emit", instead: "raise"},
		{name: "internal", elsewhere: "leave it out: a target inside the source does not leave it"},
		{name: "external", instead: "reenter"},
	}, nil}
}

// reply reads the name of a reply, or the word `later`.
func (p *parser) reply(n *yaml.Node, a *Arm) {
	t := p.name(n, "reply: count")
	if t.Value == "later" {
		a.Later, a.LaterPos = true, t.Pos
		return
	}
	a.Reply = &HookRef{Text: t}
}

func chooseShape(s *State) shape[Choose] {
	return shape[Choose]{"`choose`", "choose: {src: route, outcomes: {left: open, right: closed}}", []word[Choose]{
		{name: "src", read: func(p *parser, c *Choose, v *yaml.Node) { c.Src = HookRef{Text: p.name(v, "src: route")} }},
		{name: "outcomes", read: func(p *parser, c *Choose, v *yaml.Node) { c.Outcomes = p.outcomes(v, s) }},
	}, []string{"src: route", "outcomes: {left: open, right: closed}"}}
}

func (p *parser) choose(n *yaml.Node, s *State) *Choose {
	c := &Choose{Pos: posOf(n)}
	chooseShape(s).read(p, c, n)
	return c
}

func (p *parser) outcomes(n *yaml.Node, s *State) []*Outcome {
	var outcomes []*Outcome
	for _, e := range p.entries(n, "outcomes: {left: open, right: closed}") {
		if a := p.arm(e.value, s, e.key.Value+": {target: closed, actions: ring}"); a != nil {
			outcomes = append(outcomes, &Outcome{Text{posOf(e.key), e.key.Value}, a})
		}
	}
	return outcomes
}

func (p *parser) boolean(n *yaml.Node, example string) bool {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" {
		return strings.EqualFold(n.Value, "true")
	}
	p.kind(n, "true or false", example)
	return false
}

func hookRefs(texts []Text) []*HookRef {
	var refs []*HookRef
	for _, t := range texts {
		refs = append(refs, &HookRef{Text: t})
	}
	return refs
}

func eventRefs(texts []Text) []*EventRef {
	var refs []*EventRef
	for _, t := range texts {
		refs = append(refs, &EventRef{Text: t})
	}
	return refs
}

func timerRefs(texts []Text) []*TimerRef {
	var refs []*TimerRef
	for _, t := range texts {
		refs = append(refs, &TimerRef{Text: t})
	}
	return refs
}
