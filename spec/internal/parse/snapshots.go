package parse

import (
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

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
