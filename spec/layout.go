package spec

import (
	"fmt"
	"regexp"
	"strings"
)

// Where a spec stops being YAML, the library says what it expected. What a person did wrong shows in the lines above.

// unexpected describes what stands where the next key of a mapping should.
func (s source) unexpected(at Pos) Finding {
	f := Finding{Pos: at, Message: "expected a key"}
	switch r := s.at(at); {
	case r == '}' || r == ']':
		f.Message, f.Help = "a `"+string(r)+"` that closes nothing", "leave it out"
	case r == ',':
		f.Message, f.Help = "a comma behind a whole value", "leave it out: commas are for what is in brackets"
	case r == '-' && s.at(Pos{at.Line, at.Column + 1}) == ' ':
		f.Message, f.Help = "an item of a list among keys", "leave the `- ` out, or put it below a key without a value"
	case at.Column-1 > s.indent(at.Line):
		f.Message, f.Help = "text behind a whole value", "put a text that begins with a quote or a bracket in \"quotes\" as a whole"
	default:
		f.Help = "the keys of one mapping are indented alike"
		if neighbours := s.neighbours(at.Line); neighbours != "" {
			f.Message, f.Help = badIndent, neighbours
		}
	}
	return f
}

const badIndent = "this line is indented like none above it"

// negation returns the last `!` before a place of a line that begins a value, or no place: YAML takes it for a tag, and
// stumbles behind it.
func (s source) negation(at Pos) Pos {
	line := s.line(at.Line)
	for i := min(at.Column, len(line)) - 1; i > 1; i-- {
		if line[i] == '!' && line[i-1] == ' ' && line[i-2] == ':' {
			return Pos{at.Line, i + 1}
		}
	}
	return Pos{}
}

// secondColon describes a `: ` in what already is a value: the text has one, or the text was never meant to go on here.
func (s source) secondColon(at Pos) Finding {
	key, above := s.indent(at.Line), s.above(at.Line)
	switch {
	case above == 0 || !plainWord.MatchString(s.before(at)):
	case gluedColon.MatchString(s.content(above)):
		glued := s.content(above)
		return Finding{
			Pos: Pos{above, s.indent(above) + 1}, Message: "no space behind a colon",
			Help: "write it " + quote(strings.Replace(glued, ":", ": ", 1)),
		}
	case key > s.indent(above):
		return Finding{Pos: Pos{at.Line, key + 1}, Message: badIndent, Help: s.neighbours(at.Line)}
	}
	return Finding{
		Pos: at, Message: "a second `: ` where one value was expected",
		Help: "put a text that has `: ` in it in \"quotes\", and each key on a line of its own",
	}
}

var (
	gluedColon = regexp.MustCompile(`^[a-z][a-z0-9_]*:[^\s:]`)
	plainWord  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// neighbours says how a line could be indented, by the lines above that it may have been meant to be beside. It is empty
// where the line is beside one of them.
func (s source) neighbours(line int) string {
	own, inner := s.indent(line), 0
	for l := s.above(line); l > 0; l = s.above(l) {
		switch other := s.indent(l); {
		case other == own:
			return ""
		case other < own && inner == 0:
			return fmt.Sprintf("indent it by %s like line %d", plural(other, "space"), l)
		case other < own:
			return fmt.Sprintf("indent it by %s like line %d, or by %d like line %d",
				plural(s.indent(inner), "space"), inner, other, l)
		default:
			inner = l
		}
	}
	return ""
}

// above returns the nearest line above that says something, or 0.
func (s source) above(line int) int {
	for l := line - 1; l > 0; l-- {
		if text := s.content(l); text != "" && !strings.HasPrefix(text, "#") {
			return l
		}
	}
	return 0
}

func (s source) content(line int) string { return strings.TrimSpace(string(s.line(line))) }

// before returns what its line has before a place.
func (s source) before(p Pos) string {
	line := s.line(p.Line)
	return strings.TrimSpace(string(line[:min(max(p.Column-1, 0), len(line))]))
}

// indent counts the spaces that a line begins with.
func (s source) indent(line int) int {
	text := string(s.line(line))
	return len(text) - len(strings.TrimLeft(text, " "))
}

// at returns the character at a place, or 0 where there is none.
func (s source) at(p Pos) rune {
	if line := s.line(p.Line); p.Column >= 1 && p.Column <= len(line) {
		return line[p.Column-1]
	}
	return 0
}
