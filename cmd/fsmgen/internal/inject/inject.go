// Package inject puts blocks of code between the markers of Markdown files: comments that name a spec.
package inject

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/fsmgen/fsmgen/gen"
)

// Marker is a pair of lines with what is between them: <!-- fsmgen: door.fsm.yaml --> and <!-- /fsmgen -->.
type Marker struct {
	Place
	Spec        string   // as the marker says it: relative to the directory of the file
	Kind        gen.Kind // [gen.Mermaid], [gen.DOT] or [gen.PlantUML]
	Highlighted []string // names of states

	from, to int    // the bytes between the two lines
	indent   string // before both lines and each line between
	ending   string // of the lines between
}

// Place is a position in a file. Line and column count from 1, the column in characters.
type Place struct{ Line, Column int }

// Error says what is wrong with a marker.
type Error struct {
	Place
	What string // one line
}

func (e *Error) Error() string { return fmt.Sprintf("%d:%d: marker: %s", e.Line, e.Column, e.What) }

// languages are the kinds that a marker can ask for, with the info strings of their blocks.
var languages = map[gen.Kind]string{gen.Mermaid: "mermaid", gen.DOT: "dot", gen.PlantUML: "plantuml"}

var (
	anyMarker = regexp.MustCompile(`^<!--\s*/?fsmgen\b`)
	beginning = regexp.MustCompile(`^<!--\s*fsmgen:\s*(\S.*?\.fsm\.yaml)((?:\s+\S+)*?)\s*-->$`)
	ending    = regexp.MustCompile(`^<!--\s*/fsmgen\s*-->$`)
	fence     = regexp.MustCompile("^\\s*(?:>\\s*|[-*+]\\s+|[0-9]{1,9}[.)]\\s+)*(`{3,}|~{3,})(.*)$")
)

// deepest is the largest indentation of a marker, in spaces. A line that has more is a line of code in Markdown.
const deepest = 3

// Markers returns the markers of a Markdown text in their order. A marker has a line for itself; in a block of code there is
// none. Mistakes are in their order, too. A text with any is not to be filled.
func Markers(text string) (markers []Marker, mistakes []*Error) {
	var s scanner
	for line := range strings.Lines(text) {
		s.line(line)
	}
	if s.open != nil {
		s.fail(s.open.Place, "has no end: want a line <!-- /fsmgen --> behind it, outside of blocks of code")
	}
	return s.markers, s.mistakes
}

// scanner is the state of [Markers] between two lines.
type scanner struct {
	number, offset int     // of the line: how many, and bytes before it
	fence          string  // what begins the block of code; empty outside
	open           *Marker // the marker without an end so far
	markers        []Marker
	mistakes       []*Error
}

func (s *scanner) fail(at Place, what string) {
	s.mistakes = append(s.mistakes, &Error{at, what})
}

func (s *scanner) line(line string) {
	s.number++
	start := s.offset
	s.offset += len(line)
	content := strings.TrimRight(line, "\r\n")
	if s.number == 1 {
		content = strings.TrimPrefix(content, "\ufeff") // a byte order mark
	}
	if s.fenced(content) {
		return
	}
	word := strings.TrimLeft(content, " ")
	indent := content[:len(content)-len(word)]
	word = strings.TrimRight(word, " \t")
	if len(indent) > deepest || !anyMarker.MatchString(word) {
		return
	}
	here := Place{s.number, len(indent) + 1}
	switch {
	case ending.MatchString(word):
		s.end(here, start)
	case s.open != nil:
		s.fail(here, fmt.Sprintf("is inside the marker of line %d: end that one first, with <!-- /fsmgen -->", s.open.Line))
	default:
		s.begin(here, word, indent, line[len(strings.TrimRight(line, "\r\n")):])
	}
}

// fenced reports whether a line belongs to a block of code.
func (s *scanner) fenced(content string) bool {
	found := fence.FindStringSubmatch(content)
	switch {
	case s.fence != "":
		if found != nil && strings.HasPrefix(found[1], s.fence) && strings.TrimSpace(found[2]) == "" {
			s.fence = ""
		}
		return true
	case found == nil || found[1][0] == '`' && strings.Contains(found[2], "`"): // the latter is code inside a line
		return false
	default:
		s.fence = found[1]
		return true
	}
}

func (s *scanner) begin(here Place, word, indent, lineEnding string) {
	m := Marker{Place: here, Kind: gen.Mermaid, from: s.offset, indent: indent, ending: lineEnding}
	s.open = &m // also after a mistake, so that its end is not one more
	found := beginning.FindStringSubmatch(word)
	if found == nil || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsPrint(r) }) {
		s.fail(here, "cannot be read: want <!-- fsmgen: NAME.fsm.yaml --> or <!-- /fsmgen -->")
		return
	}
	m.Spec = found[1]
	for option := range strings.FieldsSeq(found[2]) {
		if err := m.set(option); err != nil {
			s.fail(here, err.Error())
		}
	}
}

// set reads an option of a marker: as=dot or highlight=shut,open.
func (m *Marker) set(option string) error {
	name, value, _ := strings.Cut(option, "=")
	switch name {
	case "as":
		m.Kind = gen.Kind(value)
		if languages[m.Kind] == "" {
			return fmt.Errorf("draws nothing as %.40q: want as=mermaid, as=dot or as=plantuml", value)
		}
	case "highlight":
		m.Highlighted = slices.DeleteFunc(strings.Split(value, ","), func(state string) bool { return state == "" })
	default:
		return fmt.Errorf("has no option %.40q: want as=KIND or highlight=STATES", option)
	}
	return nil
}

func (s *scanner) end(here Place, start int) {
	if s.open == nil {
		s.fail(here, "ends nothing: want <!-- fsmgen: NAME.fsm.yaml --> before it")
		return
	}
	s.open.to = start
	if s.open.Spec != "" {
		s.markers = append(s.markers, *s.open)
	}
	s.open = nil
}

// Fill returns the text with a block of code between the lines of each marker. There is one diagram for each marker; all else
// stays as it is.
func Fill(text string, markers []Marker, diagrams []string) string {
	var b strings.Builder
	done := 0
	for i, m := range markers {
		b.WriteString(text[done:m.from])
		b.WriteString(m.block(diagrams[i]))
		done = m.to
	}
	b.WriteString(text[done:])
	return b.String()
}

// block is a diagram as a block of code with an empty line on each side, which some readers of Markdown need.
func (m *Marker) block(diagram string) string {
	fence := "```"
	for strings.Contains(diagram, fence) {
		fence += "`"
	}
	lines := slices.Concat(
		[]string{"", fence + languages[m.Kind]}, strings.Split(strings.TrimSuffix(diagram, "\n"), "\n"), []string{fence, ""},
	)
	var b strings.Builder
	for _, line := range lines {
		if line != "" {
			b.WriteString(m.indent + line)
		}
		b.WriteString(m.ending)
	}
	return b.String()
}
