package svg

import (
	"fmt"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/gen/internal/layout"
)

// node draws a node and then what is inside it.
func (d *drawing) node(p *picture, n *chart.Node) {
	at := p.at[n]
	switch n.Kind {
	case chart.Diamond:
		x, y, r := at.X+at.Width/2, at.Y+at.Height/2, choiceSize/2
		d.line(`<path id="choice-%s" class="choice" d="M%d %dl%d %dl%d %dl%d %dz"/>`, n.Name, x, y-r, r, r, -r, r, -r, -r)
		return
	case chart.Shallow, chart.DeepHistory:
		d.history(at, n)
		return
	}
	d.line(`<g id="state-%s" class="%s">`, n.Name, class(n))
	if doc := n.State.Doc.Value; doc != "" {
		d.line(`<title>%s</title>`, escape(doc))
	}
	box, inner := at.BoxWidth(), 0
	d.line(`<rect x="%d" y="%d" width="%d" height="%d" rx="10"/>`, at.X, at.Y, box, at.Height)
	if n.Kind == chart.End {
		inner = 4
		d.line(`<rect class="inner" x="%d" y="%d" width="%d" height="%d" rx="7"/>`,
			at.X+inner, at.Y+inner, box-2*inner, at.Height-2*inner)
	}
	d.texts(at, n, inner)
	for _, child := range n.Nodes {
		d.node(p, child)
	}
	d.start(p, n)
	d.line(`</g>`)
}

func class(n *chart.Node) string {
	switch {
	case len(n.Nodes) > 0:
		return "state compound"
	case n.Kind == chart.End:
		return "state final"
	default:
		return "state"
	}
}

// texts draws the name of a node, in the middle if it is all there is, and what it does without being left.
func (d *drawing) texts(at *layout.Node, n *chart.Node, inner int) {
	x, y := at.X+side+inner, at.Y+inner
	if len(n.Nodes)+len(n.Lines) == 0 {
		y = at.Y + (at.Height-nameHeight)/2
		d.line(`<text class="name" x="%d" y="%d" text-anchor="middle">%s</text>`, at.X+at.BoxWidth()/2, y+21, escape(n.Name))
		return
	}
	d.line(`<text class="name" x="%d" y="%d">%s</text>`, x, y+21, escape(n.Name))
	if len(n.Lines) == 0 {
		return
	}
	d.line(`<path class="rule" d="M%d %dH%d"/>`, at.X+inner, y+nameHeight-2, at.X+at.BoxWidth()-inner)
	for i, line := range n.Lines {
		id := ""
		if line.ID != "" {
			id = fmt.Sprintf(` id="t-%s"`, line.ID)
		}
		d.line(`<text%s class="does" x="%d" y="%d">%s</text>`, id, x, y+nameHeight+(i+1)*lineHeight-4, escape(line.Text))
	}
}

func (d *drawing) history(at *layout.Node, n *chart.Node) {
	sign := "H"
	if n.Kind == chart.DeepHistory {
		sign = "H*"
	}
	x, y := at.X+at.Width/2, at.Y+at.Height/2
	d.line(`<g id="state-%s" class="state history">`, n.Name)
	d.line(`<title>%s</title>`, escape(strings.TrimSpace(n.Name+" "+n.State.Doc.Value)))
	d.line(`<circle cx="%d" cy="%d" r="%d"/>`, x, y, circleSize/2-1)
	d.line(`<text x="%d" y="%d" text-anchor="middle">%s</text>`, x, y+4, sign)
	d.line(`</g>`)
}

// start draws the dot inside a node, nil for the machine.
func (d *drawing) start(p *picture, inside *chart.Node) {
	if dot := p.dots[inside]; dot != nil {
		d.line(`<circle class="start" cx="%d" cy="%d" r="%d"/>`, dot.X+dotSize/2, dot.Y+dotSize/2, dotSize/2)
	}
}

// edge draws each transition of an edge as a group of its own, on the same way, with its line of the label.
func (d *drawing) edge(at *layout.Edge, e *chart.Edge) {
	way, tip := path(at), head(at)
	if len(e.Lines) == 0 {
		d.line(`<path class="way" d="%s"/>%s`, way, tip)
	}
	y := at.LabelY - 5
	for i, line := range e.Lines {
		id := ""
		if line.ID != "" {
			id = fmt.Sprintf(` id="t-%s"`, line.ID)
		}
		d.line(`<g%s class="transition"><path d="%s"/>%s`, id, way, tip)
		for _, row := range rows(e, i) {
			y += lineHeight
			d.line(`<text x="%d" y="%d">%s</text>`, at.LabelX, y, escape(row))
		}
		d.line(`</g>`)
	}
}

// path is the way of an edge: straight down, or a curve that begins and ends so. A loop begins and ends to the right.
func path(e *layout.Edge) string {
	first := e.Points[0]
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", first.X, first.Y)
	if e.From == e.To {
		last, reach := e.Points[1], first.X+26
		fmt.Fprintf(&b, "C%d %d %d %d %d %d", reach, first.Y-4, reach, last.Y+4, last.X+headLength-1, last.Y)
		return b.String()
	}
	points := e.Points[1:]
	for i, to := range points {
		if i == len(points)-1 { // the head goes on from here
			to.Y -= sign(to.Y-first.Y) * (headLength - 1)
		}
		if to.X == first.X {
			fmt.Fprintf(&b, "V%d", to.Y)
		} else {
			middle := (first.Y + to.Y) / 2
			fmt.Fprintf(&b, "C%d %d %d %d %d %d", first.X, middle, to.X, middle, to.X, to.Y)
		}
		first = to
	}
	return b.String()
}

const headLength = 8

// head is the arrow's head.
func head(e *layout.Edge) string {
	last := e.Points[len(e.Points)-1]
	if e.From == e.To {
		return fmt.Sprintf(`<path class="head" d="M%d %dl%d -4v8z"/>`, last.X, last.Y, headLength)
	}
	back := -headLength * sign(last.Y-e.Points[len(e.Points)-2].Y)
	return fmt.Sprintf(`<path class="head" d="M%d %dl-4 %dh8z"/>`, last.X, last.Y, back)
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
