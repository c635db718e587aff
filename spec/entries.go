package spec

import (
	"strings"

	"go.yaml.in/yaml/v4"
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
		if isAbsent(e.value) { // what is not there is missed at its key
			e.value.Line, e.value.Column = e.key.Line, e.key.Column
		}
		switch before := first[e.key.Value]; {
		case e.key.Tag == "!!merge": // reported, whatever it merges
		case e.key.Kind != yaml.ScalarNode:
			p.kind(e.key, "a name as the key", example)
		case before == nil:
			first[e.key.Value] = e.key
			entries = append(entries, e)
		case !isAbsent(e.value):
			p.add(codeDuplicate, Finding{
				Pos: posOf(e.key), Message: "the key " + quote(e.key.Value) + " is there twice",
				Help:    "keep one of them",
				Related: related(posOf(before), "first here"),
			})
		}
	}
	return entries
}

// declared returns the entries of a mapping of names. A list in its place is one finding, and is read as the mapping
// that was meant, so that those who use the names do not hear that they are not there.
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

// unglued takes `{close:closed}`, which YAML reads as one long key, for `{close: closed}`, and says so.
func (p *parser) unglued(e entry) entry {
	key, value, _ := strings.Cut(e.key.Value, ":")
	if !isAbsent(e.value) || !isPlain(e.key) || !gluedColon.MatchString(e.key.Value) {
		return e
	}
	p.add(codeSyntax, Finding{
		Pos: posOf(e.key), Message: "no space behind a colon", Help: "write it " + quote(key+": "+value),
		Fix: replacement(key + ": " + value),
	})
	at := func(text string, column int) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Line: e.key.Line, Column: column}
	}
	return entry{at(key, e.key.Column), at(value, e.key.Column+len(key)+1)}
}
