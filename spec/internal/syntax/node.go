package syntax

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Places maps the bytes of a scalar's value to where they are written.
type Places struct {
	Whole Pos   // where the scalar begins
	at    []Pos // of each byte, and of the end; nil where the scalar is written over lines or with unusual escapes
}

// Places returns where the bytes of a scalar are written.
func (s Source) Places(n *yaml.Node) Places {
	all := Places{Whole: PosOf(n)}
	line, i := s.Line(n.Line), n.Column-1
	quote := rune(0)
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		quote, i = '\'', i+1
	case n.Style&yaml.DoubleQuotedStyle != 0:
		quote, i = '"', i+1
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return all
	}
	at := make([]Pos, 0, len(n.Value)+1)
	for _, r := range n.Value {
		width := writtenWidth(line, i, quote, r)
		if width == 0 {
			return all
		}
		for range utf8.RuneLen(r) {
			at = append(at, Pos{n.Line, i + 1})
		}
		i += width
	}
	all.at = append(at, Pos{n.Line, i + 1})
	return all
}

// writtenWidth returns how many characters of the line stand for r at an index, or 0 where it is not there.
func writtenWidth(line []rune, i int, quote, r rune) int {
	if i >= len(line) {
		return 0
	}
	next := i+1 < len(line)
	switch {
	case quote == '\'' && r == '\'' && line[i] == r && next && line[i+1] == r:
		return 2
	case quote == '"' && line[i] == '\\' && next && line[i+1] == r && (r == '"' || r == '\\' || r == '/'):
		return 2
	case line[i] == r && (quote != '"' || r != '\\'):
		return 1
	default:
		return 0
	}
}

// Span returns where the bytes of the value from begin to before end are written.
func (p Places) Span(begin, end int) (from, to Pos) {
	if p.at == nil {
		return p.Whole, Pos{}
	}
	last := len(p.at) - 1
	begin = min(max(begin, 0), last)
	if from, to = p.at[begin], p.at[min(max(end, 0), last)]; to.Compare(from) <= 0 {
		to = Pos{from.Line, from.Column + 1}
	}
	return from, to
}

// PosOf is the place where a node begins.
func PosOf(n *yaml.Node) Pos { return Pos{n.Line, n.Column} }

// IsNull reports whether a node is null, written or not.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// IsAbsent reports whether nothing is written where the value would be.
func IsAbsent(n *yaml.Node) bool { return IsNull(n) && n.Value == "" && n.Style == 0 }

// IsPlain reports whether a node is a text without quotes that is not null.
func IsPlain(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Style == 0 && !IsNull(n) }

// IsPlainStyle reports whether a scalar is neither quoted nor a block.
func IsPlainStyle(n *yaml.Node) bool {
	const styles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return n.Style&styles == 0
}
