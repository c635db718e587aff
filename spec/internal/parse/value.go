package parse

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// entry is one key of a mapping and its value.
type entry struct{ key, value *yaml.Node }

// entries returns the entries of a mapping, without those whose key was there before.
func (p *parser) entries(n *yaml.Node, example string) []entry {
	if n.Kind != yaml.MappingNode {
		p.kind(n, "a mapping", example)
		return nil
	}
	first := map[string]*yaml.Node{}
	var entries []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		e := p.unglued(entry{n.Content[i], n.Content[i+1]})
		if syntax.IsAbsent(e.value) { // what is not there is missed at its key
			e.value.Line, e.value.Column = e.key.Line, e.key.Column
		}
		switch before := first[e.key.Value]; {
		case e.key.Tag == "!!merge": // reported, whatever it merges
		case e.key.Kind != yaml.ScalarNode:
			p.kind(e.key, "a name as the key", example)
		case before == nil:
			first[e.key.Value] = e.key
			entries = append(entries, e)
		case !syntax.IsAbsent(e.value):
			p.Add(rule.Duplicate, finding.Finding{
				Pos: syntax.PosOf(e.key), Message: "the key " + wording.Quote(e.key.Value) + " is there twice",
				Help:    "keep one of them",
				Related: finding.RelatedTo(syntax.PosOf(before), "first here"),
			})
		}
	}
	return entries
}

// declared returns the entries of a mapping of names. A list in its place is one finding, and is read as the mapping
// that was meant, so that uses of the names are not reported as undeclared.
func (p *parser) declared(n *yaml.Node, section, example string) []entry {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return p.entries(n, example)
	}
	meant := &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}
	for _, item := range n.Content {
		switch item.Kind {
		case yaml.ScalarNode:
			meant.Content = append(meant.Content, item, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"})
		case yaml.MappingNode:
			meant.Content = append(meant.Content, item.Content...)
		}
	}
	entries := p.entries(meant, example)
	if len(entries) > 0 {
		example = section + ": {" + entries[0].key.Value + ": {}}"
	}
	p.kind(n, "a mapping", example)
	return entries
}

// unglued reports `{close:closed}`, which YAML reads as one long key, and reads it as `{close: closed}`.
func (p *parser) unglued(e entry) entry {
	key, value, _ := strings.Cut(e.key.Value, ":")
	if !syntax.IsAbsent(e.value) || !syntax.IsPlain(e.key) || !gluedColon.MatchString(e.key.Value) {
		return e
	}
	p.Add(rule.Syntax, finding.Finding{
		Pos: syntax.PosOf(e.key), Message: "no space behind a colon", Help: "write it " + wording.Quote(key+": "+value),
		Fix: syntax.Replacement(key + ": " + value),
	})
	at := func(text string, column int) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Line: e.key.Line, Column: column}
	}
	return entry{at(key, e.key.Column), at(value, e.key.Column+len(key)+1)}
}

// text reads a scalar of any type as it is written.
func (p *parser) text(n *yaml.Node, example string) syntax.Text {
	if n.Kind != yaml.ScalarNode || syntax.IsNull(n) {
		p.kind(n, "a text", example)
		return syntax.Text{Pos: syntax.PosOf(n)}
	}
	return syntax.Text{Pos: syntax.PosOf(n), Value: n.Value}
}

// name reads a text that must not be empty. It is empty after a finding.
func (p *parser) name(n *yaml.Node, example string) syntax.Text {
	if n.Kind == yaml.ScalarNode && n.Value == "" && !syntax.IsNull(n) {
		p.kind(n, "a name", example)
	}
	return p.text(n, example)
}

// list reads a list of names. A list of one may be the name alone.
func (p *parser) list(n *yaml.Node, example string) []syntax.Text {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var texts []syntax.Text
	for _, item := range items {
		if t := p.name(item, example); t.Value != "" {
			texts = append(texts, t)
		}
	}
	return texts
}

// kind reports a value that is something else than what the place wants.
func (p *parser) kind(n *yaml.Node, want, example string) {
	if n.Kind == yaml.AliasNode {
		return // reported, whatever it stands for
	}
	p.Add(rule.Kind, finding.Finding{
		Pos: syntax.PosOf(n), Message: "expected " + want + ", found " + kindOf(n), Help: "write it like `" + example + "`",
	})
}

func kindOf(n *yaml.Node) string {
	empty := len(n.Content) == 0
	switch {
	case n.Kind == yaml.MappingNode && empty:
		return "an empty mapping"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode && empty:
		return "an empty list"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case syntax.IsNull(n):
		return "nothing"
	case n.Value == "":
		return "an empty text"
	default:
		return wording.Quote(n.Value)
	}
}
