package mermaid

import (
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
