package mermaid

import (
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// Text is the diagram of m, ending in a newline. Every name in m must be resolved, as [spec.Check] does it. The same
// machine gives the same bytes.
func Text(m *spec.Machine) string {
	var d diagram
	d.line(0, "stateDiagram-v2")
	d.line(1, "accTitle: "+escape(m.Name.Value))
	if doc := summary(m.Doc.Value); doc != "" {
		d.line(1, "accDescr: "+escape(doc))
	}
	d.states(1, m.InitialState, m.States)
	d.WriteByte('\n')
	for s := range m.All() {
		d.transitions(s)
	}
	return d.String()
}

// summary is the first paragraph of a doc on one line.
func summary(doc string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(doc), "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

// diagram is the text so far.
type diagram struct{ strings.Builder }

func (d *diagram) line(depth int, text string) {
	d.WriteString(strings.Repeat("  ", depth))
	d.WriteString(text)
	d.WriteByte('\n')
}

// states declares the states of one level. Declaring all of them before the first transition is what keeps Mermaid from
// putting a state where a transition mentions it first.
func (d *diagram) states(depth int, initial *spec.State, states []*spec.State) {
	if initial != nil {
		d.line(depth, "[*] --> "+id(initial))
	}
	for _, s := range states {
		d.state(depth, s)
	}
}

func (d *diagram) state(depth int, s *spec.State) {
	declaration := `state "` + escape(s.Name) + `" as ` + id(s)
	if len(s.States) > 0 {
		d.line(depth, declaration+" {")
		d.states(depth+1, s.InitialState, s.States)
		d.line(depth, "}")
		if lines := inside(s); len(lines) > 0 {
			d.line(depth, "note right of "+id(s)+" : "+list(lines))
		}
		return
	}
	d.line(depth, declaration)
	for _, line := range inside(s) {
		d.line(depth, id(s)+" : "+line)
	}
	if s.Kind == spec.Final {
		d.line(depth, id(s)+" --> [*]")
	}
}

// transitions draws what leaves s.
func (d *diagram) transitions(s *spec.State) {
	for _, a := range arrows(s) {
		d.line(1, id(s)+" --> "+id(a.to)+" : "+list(a.lines))
	}
}
