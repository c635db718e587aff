package spec

import "strings"

// The edits of the fixes that add or remove an entry keep to how the entries around it are written: in brackets on one
// line, or each on its line.

// isBlock reports whether the entry of a mapping or list at a place begins its line and is not inside brackets.
func (s source) isBlock(at Pos) bool {
	before := s.before(at)
	if strings.TrimPrefix(before, "-") != "" {
		return false
	}
	above := s.content(s.above(at.Line))
	return !strings.HasSuffix(above, "{") && !strings.HasSuffix(above, "[") && !strings.HasSuffix(above, ",")
}

// lastLine is the last line of a block entry that begins at a place.
func (s source) lastLine(at Pos) int {
	last, indent := at.Line, s.indent(at.Line)
	for line := at.Line + 1; line <= len(s.lines); line++ {
		text := s.content(line)
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case s.indent(line) > indent:
			last = line
		default:
			return last
		}
	}
	return last
}

// removal takes the entry or item at a place out. It is nil where its end is not to be seen on its line.
func (s source) removal(at Pos) []Edit {
	if s.isBlock(at) {
		return []Edit{{Pos: Pos{at.Line, 1}, End: Pos{s.lastLine(at) + 1, 1}}}
	}
	line := s.line(at.Line)
	end := closeItem(line, at.Column-1)
	if s.before(at) == "" || end == 0 {
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

// addition puts an entry beside one that begins at a place.
func (s source) addition(beside Pos, entry string) []Edit {
	switch {
	case s.isBlock(beside):
	case s.before(beside) == "": // in brackets over several lines, or below a text that ends like one
		return nil
	default:
		return []Edit{{Pos: beside, End: beside, Text: entry + ", "}}
	}
	last := s.lastLine(beside)
	end := Pos{last, len(s.line(last)) + 1}
	return []Edit{{Pos: end, End: end, Text: "\n" + strings.Repeat(" ", s.indent(beside.Line)) + entry}}
}

// section puts a new section with one entry before the line of a top-level word. It is nil where that line does not begin
// with the word, as in a file in brackets.
func (s source) section(word string, line int, name, entry string) []Edit {
	if !strings.HasPrefix(string(s.line(line)), word+":") {
		return nil
	}
	at := Pos{line, 1}
	return []Edit{{Pos: at, End: at, Text: name + ":\n  " + entry + "\n"}}
}

// first puts an entry first into the mapping that begins at a place.
func (s source) first(mapping Pos, entry string) []Edit {
	if s.at(mapping) == '{' {
		inside := Pos{mapping.Line, mapping.Column + 1}
		return []Edit{{Pos: inside, End: inside, Text: entry + ", "}}
	}
	return []Edit{{Pos: mapping, End: mapping, Text: entry + "\n" + strings.Repeat(" ", mapping.Column-1)}}
}
