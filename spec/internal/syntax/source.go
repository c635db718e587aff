// Package syntax is the text of a spec: places in it, its lines, the YAML nodes that are read from it, and edits of it.
//
// Positions are those of an editor: lines and columns start at 1, and a column counts characters. The package knows no
// word of the language.
package syntax

import (
	"cmp"
	"strings"
	"unicode/utf8"
)

// Source is the text of a spec by lines, each as characters, so that a column is an index plus one.
type Source struct {
	Lines [][]rune
	last  Pos // behind the last character that is not blank
}

// NewSource splits a text into lines, which end as in editors.
func NewSource(text string) Source {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	s := Source{last: Pos{1, 1}}
	for line := range strings.SplitSeq(text, "\n") {
		s.Lines = append(s.Lines, []rune(line))
		if trimmed := strings.TrimRight(line, " \t"); trimmed != "" {
			s.last = Pos{len(s.Lines), utf8.RuneCountInString(trimmed) + 1}
		}
	}
	return s
}

// Line returns a line by its number, nil where there is none.
func (s Source) Line(number int) []rune {
	if number < 1 || number > len(s.Lines) {
		return nil
	}
	return s.Lines[number-1]
}

// Clamp moves a position behind the last line that is not blank to the end of that line: that is where something is
// missing.
func (s Source) Clamp(p Pos) Pos {
	if p.Line > s.last.Line {
		return s.last
	}
	return Pos{max(p.Line, 1), max(p.Column, 1)}
}

// End returns where the YAML token that starts at p ends: a quoted or plain text, or a flow collection that is closed
// on its line. It is the place after p where the line does not tell, and in very long lines.
func (s Source) End(p Pos) Pos {
	const longest = 4096 // the search begins at the start of the line, for every finding anew
	line := s.Line(p.Line)
	if p.Column < 1 || p.Column > len(line) || len(line) > longest {
		return Pos{p.Line, p.Column + 1}
	}
	start := p.Column - 1
	switch line[start] {
	case '"', '\'':
		return Pos{p.Line, closeQuote(line, start) + 1}
	case '{', '[':
		return Pos{p.Line, closeBracket(line, start) + 1}
	default:
		return Pos{p.Line, closePlain(line, start) + 1}
	}
}

// closeQuote returns the index after the quote that closes the one at start.
func closeQuote(line []rune, start int) int {
	quote := line[start]
	for i := start + 1; i < len(line); i++ {
		switch {
		case line[i] == '\\' && quote == '"':
			i++
		case line[i] == quote && quote == '\'' && i+1 < len(line) && line[i+1] == quote:
			i++
		case line[i] == quote:
			return i + 1
		}
	}
	return len(line)
}

// closeBracket returns the index after the bracket that closes the one at start, or start+1 where the line does not.
func closeBracket(line []rune, start int) int {
	depth := 0
	for i := start; i < len(line); i++ {
		switch line[i] {
		case '"', '\'':
			if startsToken(line, i) {
				i = closeQuote(line, i) - 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return start + 1
}

// closePlain returns the index after the plain text that begins at start.
func closePlain(line []rune, start int) int {
	flow := inFlow(line, start)
	end := start + 1
	for i := start; i < len(line); i++ {
		last := i+1 == len(line)
		switch r := line[i]; {
		case r == ':' && i > start && (last || line[i+1] == ' ' || flow && strings.ContainsRune(",]}", line[i+1])):
			return end
		case r == '#' && i > start && line[i-1] == ' ':
			return end
		case flow && i > start && strings.ContainsRune(",[]{}", r):
			return end
		case r != ' ':
			end = i + 1
		}
	}
	return end
}

// inFlow reports whether an opened bracket of this line is still open at an index.
func inFlow(line []rune, at int) bool {
	depth := 0
	for i := 0; i < at; i++ {
		switch line[i] {
		case '"', '\'':
			if startsToken(line, i) {
				i = closeQuote(line, i) - 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
	}
	return depth > 0
}

// startsToken reports whether a quote at an index opens a quoted text rather than being an apostrophe.
func startsToken(line []rune, at int) bool {
	return at == 0 || strings.ContainsRune(" {[,:", line[at-1])
}

// Pos is a place in a spec file. Lines and columns start at 1; a column counts characters, not bytes. The zero Pos is
// no place.
type Pos struct {
	Line, Column int
}

// At is the place of a line and a column.
func At(line, column int) Pos { return Pos{line, column} }

// Compare orders places by line and column: negative if p is before q.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Text is a scalar of the spec and where it stands.
type Text struct {
	Pos   Pos
	Value string
}
