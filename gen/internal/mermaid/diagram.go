// Package mermaid draws a machine as a Mermaid state diagram.
//
//	stateDiagram-v2
//	  accTitle: door
//	  [*] --> s_shut
//	  state "shut" as s_shut
//	  state "open" as s_open
//	  s_open : entry / ring
//	  s_open : knock / greet
//
//	  s_shut --> s_open : push [unlocked] / creak
//	  s_open --> s_shut : • pull<br/>• after 30s
//
// [chart] says what is in boxes and on arrows. Several lines of a label are marked with a bullet each, as Mermaid wraps
// long ones. Mermaid gives a state that has children nothing but a title, so what it does without being left stands in a
// note. It has no sign for histories: they are states whose title begins with (H) or (H*).
//
// Reading a diagram back, by splitting labels into lines, gives the states and transitions of the spec, no more and no
// fewer.
package mermaid

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/spec"
)

// Text is the diagram of m, ending in a newline. The machine must be without errors, as [spec.Load] finds them. The same
// machine gives the same bytes.
func Text(m *spec.Machine) string {
	c := chart.New(m)
	var d diagram
	d.line(0, "stateDiagram-v2")
	d.line(1, "accTitle: "+escape(c.Title))
	if c.Summary != "" {
		d.line(1, "accDescr: "+escape(c.Summary))
	}
	d.nodes(1, c.Initial, c.Nodes)
	d.WriteByte('\n')
	for _, e := range c.Edges {
		d.edge(e)
	}
	return d.String()
}

// diagram is the text so far.
type diagram struct{ strings.Builder }

func (d *diagram) line(depth int, text string) {
	d.WriteString(strings.Repeat("  ", depth))
	d.WriteString(text)
	d.WriteByte('\n')
}

// nodes declares the nodes of one level. Declaring all of them before the first transition is what keeps Mermaid from
// putting a state where a transition mentions it first.
func (d *diagram) nodes(depth int, initial *chart.Node, nodes []*chart.Node) {
	if initial != nil {
		d.line(depth, "[*] --> "+id(initial))
	}
	for _, n := range nodes {
		d.node(depth, n)
	}
}

func (d *diagram) node(depth int, n *chart.Node) {
	if n.Kind == chart.Diamond {
		d.line(depth, "state "+id(n)+" <<choice>>")
		return
	}
	declaration := `state "` + escape(n.Title()) + `" as ` + id(n)
	if len(n.Nodes) > 0 {
		d.line(depth, declaration+" {")
		d.nodes(depth+1, n.Initial, n.Nodes)
		d.line(depth, "}")
		if len(n.Lines) > 0 {
			d.line(depth, "note right of "+id(n)+" : "+list(n.Lines))
		}
		return
	}
	d.line(depth, declaration)
	for _, line := range n.Lines {
		d.line(depth, id(n)+" : "+escape(line.Text))
	}
	if n.Kind == chart.End {
		d.line(depth, id(n)+" --> [*]")
	}
}

func (d *diagram) edge(e *chart.Edge) {
	line := id(e.From) + " --> " + id(e.To)
	if label := list(e.Lines); label != "" {
		line += " : " + label
	}
	d.line(1, line)
}

const (
	lineBreak = "<br/>"
	bullet    = "• "
)

// list is a label of several lines. Mermaid wraps long ones, so each begins with a bullet, and none is empty.
func list(lines []chart.Line) string {
	if len(lines) == 0 {
		return ""
	}
	if len(lines) == 1 {
		return escape(lines[0].Text)
	}
	var texts []string
	for _, line := range lines {
		texts = append(texts, bullet+escape(cmp.Or(line.Text, "always")))
	}
	return strings.Join(texts, lineBreak)
}

// id is the name Mermaid knows a node by. The prefix keeps the words of its language out of the way (note, class,
// end, ...), and an underscore at the end the ids it makes itself: the starting point inside s_x is s_x_start. An id
// with a hyphen cannot be the end of an arrow.
func id(n *chart.Node) string {
	if n.Kind == chart.Diamond {
		return "c_" + strings.ReplaceAll(n.Name, "-", "__")
	}
	id := "s_" + n.Name
	if strings.HasSuffix(id, "_start") || strings.HasSuffix(id, "_end") {
		id += "_"
	}
	return id
}

// escape makes text that Mermaid shows as it is, on one line. A semicolon or a comment sign would end the statement
// without an error, a colon is the end of a note's target, and the rest would be taken for HTML, Markdown or formulas.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case strings.ContainsRune("#;:%\"<&\\`*$~ﬂ¶", r):
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
