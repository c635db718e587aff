package parse

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// transitions reads what follows an event or a time: a target, a transition, or a list of them.
func (p *parser) transitions(n *yaml.Node, s *model.State, key string) []*model.Transition {
	example := key + ": {guard: locked, target: closed, actions: ring}"
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		items = n.Content
	}
	var transitions []*model.Transition
	for _, item := range items {
		if a := p.transition(item, s, example); a != nil {
			transitions = append(transitions, a)
		}
	}
	return transitions
}

func (p *parser) transition(n *yaml.Node, s *model.State, example string) *model.Transition {
	a := &model.Transition{Pos: syntax.PosOf(n), Source: s}
	switch {
	case n.Kind == yaml.MappingNode:
		transitionShape().read(p, a, n)
	case n.Kind == yaml.ScalarNode && !syntax.IsNull(n):
		a.Target = syntax.Text{Pos: syntax.PosOf(n), Value: n.Value}
	default:
		p.kind(n, "a target, an transition or a list of transitions", example)
		return nil
	}
	return a
}

func transitionShape() shape[model.Transition] {
	return shape[model.Transition]{"a transition", "{guard: locked, target: closed, actions: ring}", []word[model.Transition]{
		{name: "guard", read: func(p *parser, a *model.Transition, v *yaml.Node) { a.Guard = p.condition(v) }},
		{name: "choose", read: func(p *parser, a *model.Transition, v *yaml.Node) { a.Choose = p.choose(v, a.Source) }},
		{name: "target", read: func(p *parser, a *model.Transition, v *yaml.Node) { a.Target = p.name(v, "target: closed") }},
		{name: "reenter", read: func(p *parser, a *model.Transition, v *yaml.Node) { a.Reenter = p.boolean(v, "reenter: true") }},
		{name: "postpone", read: func(p *parser, a *model.Transition, v *yaml.Node) {
			a.Postpone, a.PostponePos = p.boolean(v, "postpone: true"), syntax.PosOf(v)
		}},
		{name: "actions", read: func(p *parser, a *model.Transition, v *yaml.Node) {
			a.Actions = hookRefs(p.list(v, "actions: [ring, lock]"))
		}},
		{name: "reply", read: func(p *parser, a *model.Transition, v *yaml.Node) { p.reply(v, a) }},
		{name: "raise", read: func(p *parser, a *model.Transition, v *yaml.Node) { a.Raise = eventRefs(p.list(v, "raise: [close]")) }},
		{name: "start", read: func(p *parser, a *model.Transition, v *yaml.Node) { a.Start = timerRefs(p.list(v, "start: [probe]")) }},
		{name: "cancel", read: func(p *parser, a *model.Transition, v *yaml.Node) { a.Cancel = timerRefs(p.list(v, "cancel: [probe]")) }},
		{name: "update", read: func(p *parser, a *model.Transition, v *yaml.Node) { a.Update = timerRefs(p.list(v, "update: [probe]")) }},
		{name: "to", instead: "target"},
		{name: "defer", instead: "postpone"},
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
func (p *parser) reply(n *yaml.Node, a *model.Transition) {
	t := p.name(n, "reply: count")
	if t.Value == "later" {
		a.Later, a.LaterPos = true, t.Pos
		return
	}
	a.Reply = &decl.HookRef{Text: t}
}

func chooseShape(s *model.State) shape[model.Choose] {
	return shape[model.Choose]{"`choose`", "choose: {src: route, outcomes: {left: open, right: closed}}", []word[model.Choose]{
		{name: "src", read: func(p *parser, c *model.Choose, v *yaml.Node) { c.Src = decl.HookRef{Text: p.name(v, "src: route")} }},
		{name: "outcomes", read: func(p *parser, c *model.Choose, v *yaml.Node) { c.Outcomes = p.outcomes(v, s) }},
	}, []string{"src: route", "outcomes: {left: open, right: closed}"}}
}

func (p *parser) choose(n *yaml.Node, s *model.State) *model.Choose {
	c := &model.Choose{Pos: syntax.PosOf(n)}
	chooseShape(s).read(p, c, n)
	return c
}

func (p *parser) outcomes(n *yaml.Node, s *model.State) []*model.Outcome {
	var outcomes []*model.Outcome
	for _, e := range p.entries(n, "outcomes: {left: open, right: closed}") {
		if a := p.transition(e.value, s, e.key.Value+": {target: closed, actions: ring}"); a != nil {
			outcomes = append(outcomes, &model.Outcome{Text: syntax.Text{Pos: syntax.PosOf(e.key), Value: e.key.Value}, Transition: a})
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

func hookRefs(texts []syntax.Text) []*decl.HookRef {
	var refs []*decl.HookRef
	for _, t := range texts {
		refs = append(refs, &decl.HookRef{Text: t})
	}
	return refs
}

func eventRefs(texts []syntax.Text) []*decl.EventRef {
	var refs []*decl.EventRef
	for _, t := range texts {
		refs = append(refs, &decl.EventRef{Text: t})
	}
	return refs
}

func timerRefs(texts []syntax.Text) []*decl.TimerRef {
	var refs []*decl.TimerRef
	for _, t := range texts {
		refs = append(refs, &decl.TimerRef{Text: t})
	}
	return refs
}

// condition reads the guard of a transition. One that is not understood has no expression, but keeps its transition
// guarded.
func (p *parser) condition(n *yaml.Node) *model.Condition {
	c := &model.Condition{Text: p.name(n, "guard: locked")}
	if strings.TrimSpace(c.Value) == "" {
		return c
	}
	c.Expr = expr.Parse(c.Value, p.Source.Places(n), func(f finding.Finding) { p.Add(rule.Condition, f) })
	return c
}
