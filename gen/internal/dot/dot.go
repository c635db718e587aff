// Package dot draws a machine in the language of Graphviz. `dot -Tsvg` understands it.
//
// A state is a rounded box with its name above what it does without being left, a compound state a cluster with a dot
// where it starts. [chart] says what is on the arrows.
package dot

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/spec"
)

// Text is the graph of m, ending in a newline. The machine must be without errors, as [spec.Load] finds them. The same
// machine gives the same bytes.
func Text(m *spec.Machine) string {
	c := chart.New(m)
	g := graph{chart: c}
	g.line(0, "digraph "+quote(c.Title)+" {")
	g.line(1, "graph [compound=true, fontname=Helvetica, label="+quote(c.Title)+", labelloc=t, tooltip="+
		quote(cmp.Or(c.Summary, c.Title))+"]")
	g.line(1, `node [fontname=Helvetica, fontsize=11, shape=box, style=rounded]`)
	g.line(1, `edge [fontname=Helvetica, fontsize=10, arrowsize=0.7]`)
	g.level(1, nil, c.Initial, c.Nodes)
	g.line(0, "}")
	return g.String()
}

// graph is the text so far.
type graph struct {
	strings.Builder
	chart *chart.Chart
}

func (g *graph) line(depth int, text string) {
	g.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

// level declares the nodes inside a node, nil for the top, the dot that shows where it starts, and the edges between
// them. Graphviz puts the label of an edge where the edge is declared.
func (g *graph) level(depth int, inside, initial *chart.Node, nodes []*chart.Node) {
	if initial != nil {
		g.line(depth, start(inside)+` [shape=circle, style=filled, fillcolor=black, label="", width=0.12]`)
	}
	for _, n := range nodes {
		g.node(depth, n)
	}
	if initial != nil {
		g.line(depth, start(inside)+" -> "+end(initial)+attributes(clip(nil, initial)))
	}
	for _, e := range g.chart.Edges {
		if around(e) == inside {
			g.edge(depth, e)
		}
	}
}

// around is the innermost node that both ends of an edge are inside of, nil for the top.
func around(e *chart.Edge) *chart.Node {
	n := e.From.Parent
	for n != nil && (n == e.To || !n.Contains(e.To)) {
		n = n.Parent
	}
	return n
}

func (g *graph) node(depth int, n *chart.Node) {
	switch {
	case len(n.Nodes) > 0:
		g.line(depth, "subgraph "+cluster(n)+" {")
		g.line(depth+1, "graph [style=rounded, fontsize=11, label=<"+label(n)+">, labeljust=l"+tooltip(n)+"]")
		g.level(depth+1, n, n.Initial, n.Nodes)
		g.line(depth, "}")
	case n.Kind == chart.Diamond:
		g.line(depth, quote(n.Name)+` [shape=diamond, style="", label="", width=0.3, height=0.3]`)
	case n.Kind == chart.Shallow:
		g.line(depth, quote(n.Name)+` [shape=circle, style="", label=H, margin=0.02`+tooltip(n)+"]")
	case n.Kind == chart.DeepHistory:
		g.line(depth, quote(n.Name)+` [shape=circle, style="", label="H*", margin=0.02`+tooltip(n)+"]")
	case n.Kind == chart.End:
		g.line(depth, quote(n.Name)+" [peripheries=2, label=<"+label(n)+">"+tooltip(n)+"]")
	default:
		g.line(depth, quote(n.Name)+" [label=<"+label(n)+">"+tooltip(n)+"]")
	}
}

func (g *graph) edge(depth int, e *chart.Edge) {
	attrs := clip(e.From, e.To)
	if text := lines(e.Lines); text != "" {
		attrs = append([]string{"label=<" + text + ">"}, attrs...)
	}
	g.line(depth, end(e.From)+" -> "+end(e.To)+attributes(attrs))
}

func attributes(attrs []string) string {
	if len(attrs) == 0 {
		return ""
	}
	return " [" + strings.Join(attrs, ", ") + "]"
}

// clip cuts an edge at the border of a cluster that it leads from or to. Graphviz has edges between nodes only, and
// does not cut one that does not cross the border.
func clip(from, to *chart.Node) []string {
	var attrs []string
	if from != nil && len(from.Nodes) > 0 && !from.Contains(to) {
		attrs = append(attrs, "ltail="+cluster(from))
	}
	if len(to.Nodes) > 0 && (from == nil || !to.Contains(from)) {
		attrs = append(attrs, "lhead="+cluster(to))
	}
	return attrs
}

// end is the node that stands for one at the end of an edge: for a cluster the dot inside.
func end(n *chart.Node) string {
	if len(n.Nodes) > 0 {
		return start(n)
	}
	return quote(n.Name)
}

// start is the dot that shows where a node starts. No other node has a name that begins with a hyphen.
func start(inside *chart.Node) string {
	if inside == nil {
		return quote("-")
	}
	return quote("-" + inside.Name)
}

func cluster(n *chart.Node) string { return quote("cluster-" + n.Name) }

func tooltip(n *chart.Node) string {
	doc := strings.Join(strings.Fields(n.State.Doc.Value), " ")
	if doc == "" {
		return ""
	}
	return ", tooltip=" + quote(doc)
}

const lineBreak = `<br align="left"/>`

// label is the name of a node above what it does without being left.
func label(n *chart.Node) string {
	title := "<b>" + escape(n.Title()) + "</b>"
	if len(n.Lines) == 0 {
		return title
	}
	return title + "<br/>" + lines(n.Lines)
}

// lines are the lines of a label as HTML.
func lines(all []chart.Line) string {
	if len(all) == 1 {
		return escape(all[0].Text)
	}
	var b strings.Builder
	for _, line := range all {
		b.WriteString(escape(cmp.Or(line.Text, "always")) + lineBreak)
	}
	return b.String()
}

// escape makes text that Graphviz shows as it is inside an HTML-like label.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case strings.ContainsRune(`<>&"'`, r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// quote makes a text an ID. Graphviz takes backslashes in an attribute for its own escapes.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
