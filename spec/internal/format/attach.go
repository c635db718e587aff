package format

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// attach gives every comment to a part.
func (d *document) attach() {
	parts := d.root.descendants()
	for _, p := range parts {
		p.blank = d.source.Blank(p.at().Line - 1)
	}
	if len(parts) > 0 && parts[0].blank { // keeps what is about the file apart from what comes first in canonical order
		d.root.parts[0].blank = true
	}
	next := 0 // the first part behind the comment
	for i, c := range d.comments {
		for next < len(parts) && parts[next].at().Compare(c.at) < 0 {
			next++
		}
		switch {
		case !c.own:
			d.attachLine(parts[:next], c)
		case d.ofFile(parts, i):
			d.header = append(d.header, c)
		default:
			d.attachOwn(parts, next, i)
		}
	}
	d.root.hoist()
}

// hoist gives a list item the comments before its first key, since there is no line for them after the `-`.
func (p *part) hoist() {
	for _, c := range p.parts {
		c.hoist()
		if c.key == nil && c.value.Kind == yaml.MappingNode && len(c.parts) > 0 {
			c.head = append(c.head, c.parts[0].head...)
			c.parts[0].head = nil
		}
	}
}

// ofFile reports whether a comment before everything else is about the file: a line for editors, or a text that an
// empty line separates from the first key.
func (d *document) ofFile(parts []*part, i int) bool {
	if len(parts) > 0 && parts[0].at().Compare(d.comments[i].at) < 0 {
		return false
	}
	if strings.Contains(d.comments[i].text, "yaml-language-server:") {
		return true
	}
	for _, later := range d.comments[i+1:] {
		if len(parts) > 0 && parts[0].at().Compare(later.at) < 0 {
			break
		}
		if later.blank || strings.Contains(later.text, "yaml-language-server:") {
			return true
		}
	}
	return len(parts) == 0 || parts[0].blank
}

// attachLine gives a comment to the outermost part that begins on its line, or to the last before it.
func (d *document) attachLine(before []*part, c comment) {
	if len(before) == 0 {
		c.own = true
		d.header = append(d.header, c)
		return
	}
	owner := before[len(before)-1]
	for i := len(before) - 1; i >= 0 && before[i].at().Line == c.at.Line; i-- {
		if before[i].at() != owner.at() {
			owner = before[i]
		}
	}
	if owner.line.text != "" {
		owner.foot = append(owner.foot, c)
		return
	}
	owner.line = c
}

// attachOwn gives a comment to the part behind it, or, where it is indented further than that, to the part before it
// that it is in line with.
func (d *document) attachOwn(parts []*part, next, i int) {
	c := d.comments[i]
	if next < len(parts) && (next == 0 || c.at.Column <= parts[next].column || d.follows(parts[next], i)) {
		parts[next].top().head = append(parts[next].top().head, c)
		return
	}
	owner := parts[next-1]
	for owner.up != nil && owner.up.up != nil && owner.column > c.at.Column {
		owner = owner.up
	}
	owner.foot = append(owner.foot, c)
}

// follows reports whether the comment before this one already belongs to the next part, so that this one does, too.
func (d *document) follows(next *part, i int) bool {
	head := next.top().head
	return i > 0 && len(head) > 0 && head[len(head)-1].at == d.comments[i-1].at
}

// top is the list item that a part begins, or the part itself: a comment cannot stand between a `- ` and its first key.
func (p *part) top() *part {
	for p.up != nil && p.up.key == nil && p.up.up != nil && p.up.at() == p.at() {
		p = p.up
	}
	return p
}

// comment is one comment of a file; the zero value is none.
type comment struct {
	at    syntax.Pos
	text  string // from the `#` on, without blanks at the end
	own   bool   // nothing else is on its line
	blank bool   // an empty line stands before it
}

// comments finds every comment of a file, which root was read from. The positions of quoted and block texts tell which
// `#` is none.
func comments(s syntax.Source, root *yaml.Node) []comment {
	scan := commentScan{source: s, texts: map[syntax.Pos]text{}}
	collectTexts(scan.texts, root, 0)
	for at := syntax.At(1, 1); at.Line <= len(s.Lines); {
		at = scan.step(at)
	}
	return scan.found
}

// commentScan is a search for comments, from the beginning of a file to its end.
type commentScan struct {
	source syntax.Source
	texts  map[syntax.Pos]text
	found  []comment
}

// step looks at what begins at a place, and returns the place behind it.
func (c *commentScan) step(at syntax.Pos) syntax.Pos {
	t, isText := c.texts[at]
	switch {
	case at.Column > len(c.source.Line(at.Line)):
		return syntax.At(at.Line+1, 1)
	case isText && t.quoted():
		end := closing(c.source, at)
		return syntax.At(end.Line, end.Column+1)
	case isText: // its header may have a comment
		c.add(at)
		return syntax.At(block(c.source, t.Node, t.indent).last+1, 1)
	case startsComment(c.source, at):
		c.add(at)
		return syntax.At(at.Line+1, 1)
	default:
		return syntax.At(at.Line, at.Column+1)
	}
}

// add keeps the comment that begins at or behind a place of its line, if there is one.
func (c *commentScan) add(at syntax.Pos) {
	line := c.source.Line(at.Line)
	for ; at.Column <= len(line); at.Column++ {
		if startsComment(c.source, at) {
			c.found = append(c.found, comment{
				at: at, text: strings.TrimRight(string(line[at.Column-1:]), " \t"),
				own: c.source.Before(at) == "", blank: c.source.Blank(at.Line - 1),
			})
			return
		}
	}
}

func startsComment(s syntax.Source, at syntax.Pos) bool {
	before := s.At(syntax.At(at.Line, at.Column-1))
	return s.At(at) == '#' && (at.Column == 1 || before == ' ' || before == '\t')
}

// text is a scalar that can have a `#` in it.
type text struct {
	*yaml.Node
	indent int // of what it is in
}

func (t text) quoted() bool { return t.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 }

func collectTexts(texts map[syntax.Pos]text, n *yaml.Node, indent int) {
	const styles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Kind == yaml.ScalarNode && n.Style&styles != 0 {
		texts[syntax.PosOf(n)] = text{n, indent}
	}
	for _, c := range n.Content {
		collectTexts(texts, c, n.Column-1)
	}
}

// closing returns where the quote that closes the one at a place is.
func closing(s syntax.Source, at syntax.Pos) syntax.Pos {
	quote := s.At(at)
	for line, i := at.Line, at.Column; line <= len(s.Lines); line, i = line+1, 0 {
		for text := s.Line(line); i < len(text); i++ {
			switch {
			case text[i] == '\\' && quote == '"':
				i++
			case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
				i++
			case text[i] == quote:
				return syntax.At(line, i+1)
			}
		}
	}
	return at
}

// blockText is where the lines of a block text are in its file.
type blockText struct {
	first, last int // last is before first if there are none
	indent      int // how many characters of each line do not belong to the text
}

// block finds the lines of a block text, given how far its key or the `-` of its item is indented.
func block(s syntax.Source, n *yaml.Node, outer int) blockText {
	b := blockText{first: n.Line + 1, last: n.Line}
	header := s.Line(n.Line)[n.Column-1:]
	for _, r := range header[:min(3, len(header))] {
		if r >= '1' && r <= '9' {
			b.indent = outer + int(r-'0')
		}
	}
	for line := b.first; line <= len(s.Lines); line++ {
		if b.indent == 0 && !s.Blank(line) {
			b.indent = max(s.Indent(line), outer+1)
		}
		switch {
		case !s.Blank(line) && s.Indent(line) < b.indent:
			return b
		case !s.Blank(line) || b.indent > 0 && len(s.Line(line)) > b.indent:
			b.last = line
		}
	}
	return b
}
