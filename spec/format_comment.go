package spec

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// comment is one comment of a file; the zero value is none.
type comment struct {
	at    Pos
	text  string // from the `#` on, without blanks at the end
	own   bool   // nothing else is on its line
	blank bool   // an empty line stands before it
}

// comments finds every comment of a file, which root was read from. The positions of quoted and block texts tell which
// `#` is none.
func (s source) comments(root *yaml.Node) []comment {
	scan := commentScan{source: s, texts: map[Pos]text{}}
	collectTexts(scan.texts, root, 0)
	for at := (Pos{1, 1}); at.Line <= len(s.lines); {
		at = scan.step(at)
	}
	return scan.found
}

// commentScan is how far a file has been looked through.
type commentScan struct {
	source source
	texts  map[Pos]text
	found  []comment
}

// step looks at what begins at a place, and returns the place behind it.
func (c *commentScan) step(at Pos) Pos {
	t, isText := c.texts[at]
	switch {
	case at.Column > len(c.source.line(at.Line)):
		return Pos{at.Line + 1, 1}
	case isText && t.quoted():
		end := c.source.closing(at)
		return Pos{end.Line, end.Column + 1}
	case isText: // its header may have a comment
		c.add(at)
		return Pos{c.source.block(t.Node, t.indent).last + 1, 1}
	case c.source.startsComment(at):
		c.add(at)
		return Pos{at.Line + 1, 1}
	default:
		return Pos{at.Line, at.Column + 1}
	}
}

// add keeps the comment that begins at or behind a place of its line, if there is one.
func (c *commentScan) add(at Pos) {
	line := c.source.line(at.Line)
	for ; at.Column <= len(line); at.Column++ {
		if c.source.startsComment(at) {
			c.found = append(c.found, comment{
				at: at, text: strings.TrimRight(string(line[at.Column-1:]), " \t"),
				own: c.source.before(at) == "", blank: c.source.blank(at.Line - 1),
			})
			return
		}
	}
}

func (s source) startsComment(at Pos) bool {
	before := s.at(Pos{at.Line, at.Column - 1})
	return s.at(at) == '#' && (at.Column == 1 || before == ' ' || before == '\t')
}

// text is a scalar that can have a `#` in it.
type text struct {
	*yaml.Node
	indent int // of what it is in
}

func (t text) quoted() bool { return t.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 }

func collectTexts(texts map[Pos]text, n *yaml.Node, indent int) {
	const styles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Kind == yaml.ScalarNode && n.Style&styles != 0 {
		texts[posOf(n)] = text{n, indent}
	}
	for _, c := range n.Content {
		collectTexts(texts, c, n.Column-1)
	}
}

// closing returns where the quote that closes the one at a place is.
func (s source) closing(at Pos) Pos {
	quote := s.at(at)
	for line, i := at.Line, at.Column; line <= len(s.lines); line, i = line+1, 0 {
		for text := s.line(line); i < len(text); i++ {
			switch {
			case text[i] == '\\' && quote == '"':
				i++
			case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
				i++
			case text[i] == quote:
				return Pos{line, i + 1}
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
func (s source) block(n *yaml.Node, outer int) blockText {
	b := blockText{first: n.Line + 1, last: n.Line}
	header := s.line(n.Line)[n.Column-1:]
	for _, r := range header[:min(3, len(header))] {
		if r >= '1' && r <= '9' {
			b.indent = outer + int(r-'0')
		}
	}
	for line := b.first; line <= len(s.lines); line++ {
		if b.indent == 0 && !s.blank(line) {
			b.indent = max(s.indent(line), outer+1)
		}
		switch {
		case !s.blank(line) && s.indent(line) < b.indent:
			return b
		case !s.blank(line) || b.indent > 0 && len(s.line(line)) > b.indent:
			b.last = line
		}
	}
	return b
}
