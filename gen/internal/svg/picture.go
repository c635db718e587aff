package svg

import (
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/gen/internal/layout"
)

// The sizes of what is drawn, in pixels.
const (
	nameHeight = 32 // of the part of a box with its name
	lineHeight = 17
	side       = 14 // from a text to the border of its box
	below      = 8  // from the last line of a box to its border
	leastWidth = 70
	dotSize    = 12
	choiceSize = 24
	circleSize = 30
)

// picture is a chart and where everything in it goes.
type picture struct {
	chart *chart.Chart
	nodes []*layout.Node
	edges []*layout.Edge // those of the chart, in its order, and then those from the dots
	at    map[*chart.Node]*layout.Node
	dots  map[*chart.Node]*layout.Node // where a node starts; by nil for the machine
}

func newPicture(c *chart.Chart) *picture {
	p := &picture{chart: c, at: map[*chart.Node]*layout.Node{}, dots: map[*chart.Node]*layout.Node{}}
	p.nodes = p.level(nil, c.Initial, c.Nodes)
	for _, e := range c.Edges {
		edge := &layout.Edge{From: p.at[e.From], To: p.at[e.To]}
		for i := range e.Lines {
			for _, row := range rows(e, i) {
				edge.LabelW, edge.LabelH = max(edge.LabelW, width(row, 12)), edge.LabelH+lineHeight
			}
		}
		p.edges = append(p.edges, edge)
	}
	p.start(nil, c.Initial)
	for n := range c.All() {
		p.start(n, n.Initial)
	}
	return p
}

// start leads from a dot to where a node starts.
func (p *picture) start(inside, initial *chart.Node) {
	if initial != nil {
		p.edges = append(p.edges, &layout.Edge{From: p.dots[inside], To: p.at[initial]})
	}
}

// widest is the width from which on the effects of a label have a row of their own.
const widest = 190

// rows returns the rows of a line of the label of an edge. A line that says nothing is a word among others.
func rows(e *chart.Edge, i int) []string {
	text := e.Lines[i].Text
	if text == "" && len(e.Lines) > 1 {
		text = "always"
	}
	if text == "" {
		return nil
	}
	before, effects, ok := strings.Cut(text, " / ")
	if !ok || width(text, 12) <= widest {
		return []string{text}
	}
	return []string{before, "  / " + effects}
}

func (p *picture) level(inside, initial *chart.Node, nodes []*chart.Node) []*layout.Node {
	var level []*layout.Node
	if initial != nil {
		p.dots[inside] = &layout.Node{W: dotSize, H: dotSize}
		level = append(level, p.dots[inside])
	}
	for _, n := range nodes {
		p.at[n] = &layout.Node{}
		p.at[n].W, p.at[n].H = size(n)
		p.at[n].Nodes = p.level(n, n.Initial, n.Nodes)
		level = append(level, p.at[n])
	}
	return level
}

// size is that of what a node shows itself.
func size(n *chart.Node) (w, h int) {
	switch n.Kind {
	case chart.Diamond:
		return choiceSize, choiceSize
	case chart.Shallow, chart.DeepHistory:
		return circleSize, circleSize
	}
	w, h = width(n.Name, 14)*21/20, nameHeight // it is bold
	for _, line := range n.Lines {
		w = max(w, width(line.Text, 12))
	}
	if len(n.Lines) > 0 {
		h += len(n.Lines)*lineHeight + below
	}
	if n.Kind == chart.End {
		w, h = w+8, h+8
	}
	return max(w+2*side, leastWidth), h
}
