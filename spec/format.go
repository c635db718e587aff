package spec

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// formatWidth is how long a line may be, in characters, before what is on it is put on several.
const formatWidth = 120

// FormatError says why a file has no canonical form: what is wrong with it as YAML.
type FormatError struct {
	Findings Findings // at least one; they have no path
}

func (e *FormatError) Error() string {
	f := e.Findings[0]
	return fmt.Sprintf("spec: format: line %d: %s", f.Pos.Line, f.Message)
}

// Canonical returns the canonical form of a spec: words in one order, declarations and arms on one line where that
// has at most 120 characters, everything else in lines of its own unless its author put it in brackets, two spaces to
// indent. The order of what is named, empty lines, quotes and every comment stay. What the spec means stays, so wrong
// specs are formatted, too; only what is wrong as YAML is refused, with a [*FormatError]. The form of a form is
// itself.
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
	report
	header   []comment // belongs to the file, not to its first key
	comments []comment // all of them
	root     *part
}

// readDocument reads a file whose root is a mapping.
func readDocument(src []byte) (*document, error) {
	p := &parser{m: &Machine{Source: string(src)}}
	p.source = newSource(p.m.Source)
	root := p.load(src)
	if root != nil && root.Kind != yaml.MappingNode {
		p.kind(root, "a mapping", "fsm: 1")
	}
	p.odd(root)
	if p.found.HasErrors() {
		p.found.Sort()
		return nil, &FormatError{p.found}
	}
	d := &document{report: p.report, comments: p.source.comments(root)}
	d.root = newPart(nil, root, machineForm())
	d.attach()
	return d, nil
}

// odd reports what has no place in a spec and would not be the same in another form: keys that are no text or not
// there, and the tag `!`.
func (p *parser) odd(n *yaml.Node) {
	if n == nil {
		return
	}
	if p.source.at(posOf(n)) == '!' && n.Style&yaml.TaggedStyle == 0 {
		p.add(codeTag, Finding{Pos: posOf(n), Message: "a spec has no tags (`!`)", Help: "leave it out"})
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && (c.Kind != yaml.ScalarNode || isAbsent(c)) {
			p.kind(c, "a name as the key", "fsm: 1")
		}
		p.odd(c)
	}
}

// lost is the error for a form that is not what it is the form of. It is a mistake of this package, not of the spec.
func (d *document) lost(why string) error {
	return &FormatError{Findings{{Pos: Pos{1, 1}, Severity: Error, Code: codeSyntax, Message: "cannot be put in canonical form: " + why}}}
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

// differs returns a part that is not the same in another document, whatever both look like.
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

// blank reports whether a line says nothing.
func (s source) blank(line int) bool {
	return line >= 1 && line <= len(s.lines) && strings.TrimSpace(string(s.lines[line-1])) == ""
}
