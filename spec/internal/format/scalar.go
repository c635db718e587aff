package format

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// scalar writes a text behind its key or the `-` of its item.
func (w *formWriter) scalar(depth, column int, p *part) {
	switch n := p.value; {
	case syntax.IsAbsent(n):
		w.endLine(p)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		w.block(depth+2, p)
	case syntax.IsPlainStyle(n) && !strings.Contains(n.Value, "\n"):
		w.WriteString(" " + wrapped(n.Value, column+1, depth+2))
		w.endLine(p)
	default:
		w.WriteString(" " + scalarText(n))
		w.endLine(p)
	}
}

// wrapped puts a plain text on several lines where it is too long for one. YAML takes the end of a line for a space, so
// only between two words with one space a line can end.
func wrapped(text string, column, depth int) string {
	if column+utf8.RuneCountInString(text) <= formatWidth || strings.Contains(text, "  ") {
		return text
	}
	var b strings.Builder
	for i, word := range strings.Split(text, " ") {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+length > formatWidth && !strings.HasPrefix(word, "#"):
			b.WriteString("\n" + strings.Repeat(" ", depth))
			column = depth
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	return b.String()
}

// block writes a `|` or `>` text with the lines that its author gave it.
func (w *formWriter) block(depth int, p *part) {
	header := "|"
	if p.value.Style&yaml.FoldedStyle != 0 {
		header = ">"
	}
	lines := w.lines(p)
	if strings.HasPrefix(firstFilled(lines), " ") {
		header += "2"
	}
	w.WriteString(" " + header + chomping(w.source, p.value))
	w.endLine(p)
	for _, line := range lines {
		if line != "" {
			w.indent(depth)
		}
		w.WriteString(line + "\n")
	}
}

// lines are the lines of a block text without their indentation. Empty lines after the text belong to it only where its
// header has a `+`, which keeps them.
func (w *formWriter) lines(p *part) []string {
	b := block(w.source, p.value, p.column-1)
	var lines []string
	for line := b.first; line <= b.last; line++ {
		text := w.source.Line(line)
		lines = append(lines, string(text[min(b.indent, len(text)):]))
	}
	if chomping(w.source, p.value) != "+" {
		return lines
	}
	w.kept = true
	ends := len(p.value.Value) - len(strings.TrimRight(p.value.Value, "\n"))
	if len(lines) > 0 {
		ends--
	}
	return append(lines, make([]string, max(ends, 0))...)
}

func firstFilled(lines []string) string {
	for _, line := range lines {
		if line != "" {
			return line
		}
	}
	return ""
}

// chomping is the sign in the header of a block text that says what becomes of its last line breaks: `-`, `+` or none.
// The last line of a file may end without one.
func chomping(s syntax.Source, n *yaml.Node) string {
	header := string(s.Line(n.Line)[n.Column-1:])
	header, _, _ = strings.Cut(header, "#")
	switch {
	case strings.Contains(header, "-") || n.Value != "" && !strings.HasSuffix(n.Value, "\n"):
		return "-"
	case strings.Contains(header, "+"):
		return "+"
	default:
		return ""
	}
}

// scalarText is a scalar on one line, outside of brackets.
func scalarText(n *yaml.Node) string {
	switch {
	case syntax.IsPlainStyle(n) && !strings.Contains(n.Value, "\n"):
		return n.Value
	case n.Style&yaml.SingleQuotedStyle != 0 && !strings.Contains(n.Value, "\n"):
		return "'" + strings.ReplaceAll(n.Value, "'", "''") + "'"
	default:
		return strconv.Quote(n.Value)
	}
}

func keyText(n *yaml.Node) string { return scalarText(n) }

// flowText is the value of a part in brackets, on one line, unless something in it cannot be.
func flowText(p *part) (string, bool) {
	switch p.value.Kind {
	case yaml.ScalarNode:
		return flowScalar(p.value)
	case yaml.MappingNode, yaml.SequenceNode:
	default:
		return "", false
	}
	texts := make([]string, 0, len(p.parts))
	for _, c := range p.parts {
		text, ok := flowText(c)
		if !ok {
			return "", false
		}
		if c.key != nil {
			key, ok := flowScalar(c.key)
			if !ok {
				return "", false
			}
			text = key + ": " + text
		}
		texts = append(texts, text)
	}
	if p.value.Kind == yaml.SequenceNode {
		return "[" + strings.Join(texts, ", ") + "]", true
	}
	return "{" + strings.Join(texts, ", ") + "}", true
}

// flowScalar is a scalar inside brackets, where a comma or a bracket needs quotes.
func flowScalar(n *yaml.Node) (string, bool) {
	switch {
	case syntax.IsAbsent(n) || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return "", false
	case syntax.IsPlainStyle(n) && strings.ContainsAny(n.Value, ",[]{}"):
		return strconv.Quote(n.Value), true
	default:
		return scalarText(n), true
	}
}
