package parse

import (
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

func propertyShape() shape[model.Property] {
	claim := func(name string, kind model.PropertyKind) word[model.Property] {
		return word[model.Property]{name: name, read: func(p *parser, q *model.Property, v *yaml.Node) { p.claim(q, kind, v) }}
	}
	return shape[model.Property]{"a property", "{name: can close, from: any, eventually-possible: closed}", []word[model.Property]{
		{name: "name", read: func(p *parser, q *model.Property, v *yaml.Node) { q.Name = p.name(v, "name: can close") }},
		claim("reachable", model.Reachable),
		claim("eventually-possible", model.EventuallyPossible),
		claim("never", model.Never),
		claim("leads-to", model.LeadsTo),
		{name: "from", read: func(p *parser, q *model.Property, v *yaml.Node) { q.From = p.stateRef(v, "from: any") }},
		{name: "fair", read: func(p *parser, q *model.Property, v *yaml.Node) { q.Fair = eventRefs(p.list(v, "fair: [close]")) }},
	}, []string{"name: can close"}}
}

func neverShape() shape[model.Property] {
	return shape[model.Property]{"`never`", "never: {state: closed, accepts: push}", []word[model.Property]{
		{name: "state", read: func(p *parser, q *model.Property, v *yaml.Node) { q.State = p.stateRef(v, "state: closed") }},
		{name: "accepts", read: func(p *parser, q *model.Property, v *yaml.Node) {
			q.Accepts = &decl.EventRef{Text: p.name(v, "accepts: push")}
		}},
	}, []string{"state: closed", "accepts: push"}}
}

func (p *parser) properties(n *yaml.Node) []*model.Property {
	const example = "properties: [{name: can close, from: any, eventually-possible: closed}]"
	if n.Kind != yaml.SequenceNode {
		p.kind(n, "a list of properties", example)
		return nil
	}
	var all []*model.Property
	for _, item := range n.Content {
		q := &model.Property{Pos: syntax.PosOf(item)}
		propertyShape().read(p, q, item)
		if item.Kind == yaml.MappingNode {
			p.vetProperty(q)
		}
		all = append(all, q)
	}
	return all
}

func (p *parser) claim(q *model.Property, kind model.PropertyKind, n *yaml.Node) {
	if q.Kind != 0 {
		p.Add(rule.Property, finding.Finding{
			Pos: syntax.PosOf(n), Message: "a property claims one thing", Help: "make it another property",
			Related: finding.RelatedTo(q.State.Pos, "its first claim"),
		})
		return
	}
	q.Kind, q.State = kind, &model.StateRef{}
	if kind == model.Never && n.Kind == yaml.MappingNode {
		q.State.Pos = syntax.PosOf(n)
		neverShape().read(p, q, n)
		return
	}
	q.State = p.stateRef(n, "reachable: closed")
}

func (p *parser) stateRef(n *yaml.Node, example string) *model.StateRef {
	return &model.StateRef{Text: p.name(n, example)}
}

// vetProperty reports the words that have no meaning in a claim of its kind. It reads `from: any` as no state.
func (p *parser) vetProperty(q *model.Property) {
	ranges := q.Kind == model.EventuallyPossible || q.Kind == model.LeadsTo
	switch {
	case q.Kind == 0:
		p.Add(rule.Property, finding.Finding{
			Pos: q.Pos, Message: "a property that claims nothing",
			Help: "add `reachable`, `eventually-possible`, `never` or `leads-to`",
		})
	case q.From != nil && !ranges:
		p.Add(rule.Property, finding.Finding{
			Pos: q.From.Pos, Message: "`from` says nothing here",
			Help: "leave it out: it is for `eventually-possible` and `leads-to`",
		})
	case len(q.Fair) > 0 && q.Kind != model.LeadsTo:
		p.Add(rule.Property, finding.Finding{
			Pos: q.Fair[0].Pos, Message: "`fair` says nothing here", Help: "leave it out: it is for `leads-to`",
		})
	}
	if q.From != nil && (q.From.Value == "any" || !ranges) {
		q.From = nil
	}
}

func snapshotsShape() shape[model.Snapshots] {
	return shape[model.Snapshots]{"`snapshots`", "snapshots: {revision: 2, removed: {data: [count]}}", []word[model.Snapshots]{
		{name: "revision", read: func(p *parser, s *model.Snapshots, v *yaml.Node) { s.Revision = p.revision(v) }},
		{name: "removed", read: func(p *parser, s *model.Snapshots, v *yaml.Node) { removedShape().read(p, &s.Removed, v) }},
		{name: "version", instead: "revision"},
	}, nil}
}

func removedShape() shape[model.Removed] {
	words := []word[model.Removed]{}
	for _, w := range model.RemovedWords() {
		words = append(words, word[model.Removed]{name: w, read: func(p *parser, r *model.Removed, v *yaml.Node) {
			*r.List(w) = p.list(v, w+": [old_name]")
		}})
	}
	return shape[model.Removed]{"`removed`", "removed: {data: [count]}", words, nil}
}

func (p *parser) snapshots(n *yaml.Node) model.Snapshots {
	s := model.Snapshots{Pos: syntax.PosOf(n)}
	snapshotsShape().read(p, &s, n)
	return s
}

// revision reads the number of the meaning of snapshots; zero after a finding.
func (p *parser) revision(n *yaml.Node) int {
	t := p.text(n, "revision: 2")
	number, err := strconv.ParseInt(t.Value, 10, 32)
	if (err != nil || number < 1) && t.Value != "" {
		p.Add(rule.Kind, finding.Finding{
			Pos: t.Pos, Message: wording.Quote(t.Value) + " is no revision", Help: "write a whole number from 1 on, such as `revision: 2`",
		})
		return 0
	}
	return int(number)
}
