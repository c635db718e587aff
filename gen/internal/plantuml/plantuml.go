// Package plantuml draws a machine as a PlantUML state diagram.
//
// [chart] says what is in the boxes and on the arrows. Every name stands behind an alias, so that no word of PlantUML's
// language is in the way.
package plantuml

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
	d.line(0, "@startuml "+c.Title)
	d.line(0, "hide empty description")
	d.line(0, "title "+escape(c.Title))
	if c.Summary != "" {
		d.line(0, "caption "+escape(c.Summary))
	}
	d.line(0, "")
	d.level(0, c.Initial, c.Nodes)
	d.line(0, "")
	for _, e := range c.Edges {
		d.edge(e)
	}
	d.line(0, "@enduml")
	return d.String()
}

// diagram is the text so far.
type diagram struct{ strings.Builder }

func (d *diagram) line(depth int, text string) {
	d.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

func (d *diagram) level(depth int, initial *chart.Node, nodes []*chart.Node) {
	for _, n := range nodes {
		d.node(depth, n)
	}
	if initial != nil {
		d.line(depth, "[*] --> "+id(initial))
	}
}

func (d *diagram) node(depth int, n *chart.Node) {
	declaration := `state "` + escape(n.Name) + `" as ` + id(n)
	switch {
	case n.Kind == chart.Diamond:
		d.line(depth, "state "+id(n)+" <<choice>>")
		return
	case n.Kind == chart.Shallow:
		d.line(depth, "state "+id(n)+" <<history>>")
		return
	case n.Kind == chart.DeepHistory:
		d.line(depth, "state "+id(n)+" <<history*>>")
		return
	case len(n.Nodes) > 0:
		d.line(depth, declaration+" {")
		d.level(depth+1, n.Initial, n.Nodes)
		d.line(depth, "}")
	default:
		d.line(depth, declaration)
	}
	for _, line := range n.Lines {
		d.line(depth, id(n)+" : "+escape(line.Text))
	}
	if n.Kind == chart.End {
		d.line(depth, id(n)+" --> [*]")
	}
}

func (d *diagram) edge(e *chart.Edge) {
	line := id(e.From) + " --> " + id(e.To)
	var texts []string
	for _, l := range e.Lines {
		text := l.Text
		if len(e.Lines) > 1 {
			text = cmp.Or(text, "always")
		}
		if text != "" {
			texts = append(texts, escape(text))
		}
	}
	if label := strings.Join(texts, `\n`); label != "" {
		line += " : " + label
	}
	d.line(0, line)
}

// id is the name PlantUML knows a node by. No alias may have a hyphen.
func id(n *chart.Node) string {
	if n.Kind == chart.Diamond {
		return "c_" + strings.ReplaceAll(n.Name, "-", "__")
	}
	return "s_" + n.Name
}

// escape makes text that PlantUML shows as it is, on one line. What its markup, its preprocessor and its line ends begin
// with stands as the number of the character; signs that mean something only in pairs do not come in pairs in a spec.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case strings.ContainsRune("\\\"~*-<&%$#{}|'^", r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
