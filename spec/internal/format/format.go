// Package format puts a spec into its canonical form.
package format

import (
	"cmp"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/parse"
	"github.com/fsmgen/fsmgen/spec/internal/rule"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// formatWidth is how long a line may be, in characters; a longer one is broken.
const formatWidth = 120

// Error says why a file has no canonical form: what is wrong with it as YAML.
type Error struct {
	Findings finding.Findings // at least one; they have no path
}

func (e *Error) Error() string {
	f := e.Findings[0]
	return fmt.Sprintf("spec: format: line %d: %s", f.Pos.Line, f.Message)
}

// Canonical returns the canonical form of a spec: words in one order, declarations and transitions on one line where
// that has at most 120 characters, everything else in lines of its own unless its author put it in brackets, two spaces
// to indent. The order of what is named, empty lines, quotes and every comment stay. What the spec means stays, so
// wrong specs are formatted, too; only what is wrong as YAML is refused, with an [*Error]. The canonical form of a
// canonical form is itself.
func Canonical(src []byte) ([]byte, error) {
	before, err := readDocument(src)
	if err != nil {
		return nil, err
	}
	out := before.format()
	after, err := readDocument(out)
	if err != nil {
		return nil, before.lost(err.Error())
	}
	if at := before.root.differs(after.root); at != nil {
		return nil, before.lost(fmt.Sprintf("line %d would mean something else", at.value.Line))
	}
	if !slices.Equal(sortedComments(before.comments), sortedComments(after.comments)) {
		return nil, before.lost("a comment would be lost")
	}
	return out, nil
}

// document is a spec as a formatter sees it.
type document struct {
	source   syntax.Source
	header   []comment // belongs to the file, not to its first key
	comments []comment // all of them
	root     *part
}

// readDocument reads a file whose root is a mapping.
func readDocument(src []byte) (*document, error) {
	root, text, found := parse.Tree(src)
	if found.HasErrors() {
		return nil, &Error{found}
	}
	d := &document{source: text, comments: comments(text, root)}
	d.root = newPart(nil, root, machineForm())
	d.attach()
	return d, nil
}

// lost is the error for a form that does not mean what the source means. It is a mistake of this package, not of the
// spec.
func (d *document) lost(why string) error {
	return &Error{finding.Findings{{Pos: syntax.At(1, 1), Severity: finding.Error, Code: rule.Syntax, Message: "cannot be put in canonical form: " + why}}}
}

// format writes the document.
func (d *document) format() []byte {
	w := &formWriter{source: d.source, fresh: true}
	for _, c := range d.header {
		w.comment(0, c)
	}
	w.mapping(0, d.root)
	if len(d.root.parts) == 0 {
		w.WriteString("{}\n")
	}
	return w.Bytes()
}

func sortedComments(comments []comment) []string {
	var texts []string
	for _, c := range comments {
		texts = append(texts, c.text)
	}
	slices.Sort(texts)
	return texts
}

// differs returns a part that does not mean the same in another document; nil if all do.
func (p *part) differs(o *part) *part {
	a, b := p.value, o.value
	same := a.Kind == b.Kind && (a.Kind != yaml.ScalarNode || a.Tag == b.Tag && a.Value == b.Value) && len(p.parts) == len(o.parts)
	if same && p.key != nil {
		same = o.key != nil && p.key.Value == o.key.Value && p.key.Tag == o.key.Tag
	}
	if !same {
		return p
	}
	for i := range p.parts {
		if at := p.parts[i].differs(o.parts[i]); at != nil {
			return at
		}
	}
	return nil
}

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

// order puts words in canonical order, and other keys after them.
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
func (p *part) at() syntax.Pos {
	if p.key != nil {
		return syntax.PosOf(p.key)
	}
	return syntax.PosOf(p.value)
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
	slices.SortStableFunc(all, func(a, b *part) int { return a.at().Compare(b.at()) })
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
