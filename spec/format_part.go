package spec

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v4"
)

// part is an entry of a mapping, an item of a list, or the root, with the comments that belong to it.
type part struct {
	key   *yaml.Node // nil for items and the root
	value *yaml.Node
	form  *form
	parts []*part // of a mapping in canonical order
	up    *part

	column int       // where it would begin if everything had its own line
	blank  bool      // an empty line stands before it
	head   []comment // on lines of their own before it
	line   comment   // behind it on its line; empty for none
	foot   []comment // on lines of their own behind all of it
}

func newPart(key, value *yaml.Node, f *form) *part {
	p := &part{key: key, value: value, form: f}
	switch value.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(value.Content); i += 2 {
			k, v := value.Content[i], value.Content[i+1]
			p.add(newPart(k, v, f.of(k.Value)), k.Column)
		}
		p.order()
	case yaml.SequenceNode:
		for _, item := range value.Content {
			p.add(newPart(nil, item, f), value.Column) // an item has the form of a list of one
		}
	}
	return p
}

func (p *part) add(child *part, column int) {
	child.up, child.column = p, column
	p.parts = append(p.parts, child)
}

// order puts words in canonical order, and what is no word behind them.
func (p *part) order() {
	rank := func(c *part) int {
		i := slices.Index(p.form.words, c.key.Value)
		if i < 0 {
			return len(p.form.words)
		}
		return i
	}
	slices.SortStableFunc(p.parts, func(a, b *part) int { return cmp.Compare(rank(a), rank(b)) })
}

// at is where the part begins in the source.
func (p *part) at() Pos {
	if p.key != nil {
		return posOf(p.key)
	}
	return posOf(p.value)
}

// flow reports whether the value is in brackets.
func (p *part) flow() bool { return p.value.Style&yaml.FlowStyle != 0 }

// descendants are all parts below p, in the order of the source. Of two that begin at one place, an item of a list and
// its first key, the inner one is behind.
func (p *part) descendants() []*part {
	var all []*part
	var walk func(*part)
	walk = func(p *part) {
		for _, c := range p.parts {
			all = append(all, c)
			walk(c)
		}
	}
	walk(p)
	slices.SortStableFunc(all, func(a, b *part) int { return a.at().compare(b.at()) })
	return all
}

// bare reports whether the value and everything in it has no comment, so that it can stand on one line.
func (p *part) bare() bool {
	for _, c := range p.parts {
		if len(c.head) > 0 || c.line.text != "" || len(c.foot) > 0 || !c.bare() {
			return false
		}
	}
	return true
}
