package syntax

import (
	"strings"
)

// Above returns the number of the nearest line above that has more than a comment, or 0.
func (s Source) Above(line int) int {
	for l := line - 1; l > 0; l-- {
		if text := s.Content(l); text != "" && !strings.HasPrefix(text, "#") {
			return l
		}
	}
	return 0
}

// Content returns a line without blanks around it, empty where there is none.
func (s Source) Content(line int) string { return strings.TrimSpace(string(s.Line(line))) }

// Before returns the text of its line before a place, without blanks around it.
func (s Source) Before(p Pos) string {
	line := s.Line(p.Line)
	return strings.TrimSpace(string(line[:min(max(p.Column-1, 0), len(line))]))
}

// Indent counts the spaces that a line begins with.
func (s Source) Indent(line int) int {
	text := string(s.Line(line))
	return len(text) - len(strings.TrimLeft(text, " "))
}

// At returns the character at a place, or 0 where there is none.
func (s Source) At(p Pos) rune {
	if line := s.Line(p.Line); p.Column >= 1 && p.Column <= len(line) {
		return line[p.Column-1]
	}
	return 0
}

// Blank reports whether a line exists and has no text.
func (s Source) Blank(line int) bool {
	return line >= 1 && line <= len(s.Lines) && strings.TrimSpace(string(s.Lines[line-1])) == ""
}

// Edit replaces what a file has from Pos to before End by Text. Where Pos is End it inserts.
type Edit struct {
	Pos, End Pos
	Text     string
}

// Replacement is the fix that replaces the text that a finding marks.
func Replacement(text string) []Edit { return []Edit{{Text: text}} }

// The edits of the fixes that add or remove an entry keep to how the entries around it are written: in brackets on one
// line, or each on its line.

// isBlock reports whether the entry of a mapping or list at a place begins its line and is not inside brackets.
func (s Source) isBlock(at Pos) bool {
	before := s.Before(at)
	if strings.TrimPrefix(before, "-") != "" {
		return false
	}
	above := s.Content(s.Above(at.Line))
	return !strings.HasSuffix(above, "{") && !strings.HasSuffix(above, "[") && !strings.HasSuffix(above, ",")
}

// lastLine is the last line of a block entry that begins at a place.
func (s Source) lastLine(at Pos) int {
	last, indent := at.Line, s.Indent(at.Line)
	for line := at.Line + 1; line <= len(s.Lines); line++ {
		text := s.Content(line)
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case s.Indent(line) > indent:
			last = line
		default:
			return last
		}
	}
	return last
}

// Removal takes the entry or item at a place out. It is nil where the entry does not end on its line.
func (s Source) Removal(at Pos) []Edit {
	if s.isBlock(at) {
		return []Edit{{Pos: Pos{at.Line, 1}, End: Pos{s.lastLine(at) + 1, 1}}}
	}
	line := s.Line(at.Line)
	end := closeItem(line, at.Column-1)
	if s.Before(at) == "" || end == 0 {
		return nil
	}
	if line[end] == ',' {
		for end++; end < len(line) && line[end] == ' '; end++ {
		}
		return []Edit{{Pos: at, End: Pos{at.Line, end + 1}}}
	}
	begin := at.Column - 1
	for begin > 0 && line[begin-1] == ' ' {
		begin--
	}
	if begin == 0 || line[begin-1] != ',' {
		return nil
	}
	return []Edit{{Pos: Pos{at.Line, begin}, End: Pos{at.Line, end + 1}}}
}

// closeItem returns the index of the comma or bracket that ends the item in brackets at start, or 0 where the line has
// none.
func closeItem(line []rune, start int) int {
	depth := 0
	for i := start; i < len(line); i++ {
		switch line[i] {
		case '"', '\'':
			if startsToken(line, i) {
				i = closeQuote(line, i) - 1
			}
		case '{', '[':
			depth++
		case ',':
			if depth == 0 {
				return i
			}
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return 0
}

// Addition puts an entry beside one that begins at a place.
func (s Source) Addition(beside Pos, entry string) []Edit {
	switch {
	case s.isBlock(beside):
	case s.Before(beside) == "": // in brackets over several lines, or below a text that ends like one
		return nil
	default:
		return []Edit{{Pos: beside, End: beside, Text: entry + ", "}}
	}
	last := s.lastLine(beside)
	end := Pos{last, len(s.Line(last)) + 1}
	return []Edit{{Pos: end, End: end, Text: "\n" + strings.Repeat(" ", s.Indent(beside.Line)) + entry}}
}

// Section puts a new section with one entry before the line of a top-level word. It is nil where that line does not
// begin with the word, as in a file in brackets.
func (s Source) Section(word string, line int, name, entry string) []Edit {
	if !strings.HasPrefix(string(s.Line(line)), word+":") {
		return nil
	}
	at := Pos{line, 1}
	return []Edit{{Pos: at, End: at, Text: name + ":\n  " + entry + "\n"}}
}

// First puts an entry first into the mapping that begins at a place.
func (s Source) First(mapping Pos, entry string) []Edit {
	if s.At(mapping) == '{' {
		inside := Pos{mapping.Line, mapping.Column + 1}
		return []Edit{{Pos: inside, End: inside, Text: entry + ", "}}
	}
	return []Edit{{Pos: mapping, End: mapping, Text: entry + "\n" + strings.Repeat(" ", mapping.Column-1)}}
}
