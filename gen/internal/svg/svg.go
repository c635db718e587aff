// Package svg draws a machine as a picture that pages can bring to life.
//
// Every state is a group with the id state-NAME, every transition one with the id t-ID, where [chart.Transition] says
// what its ID is. The picture has no scripts. A page that sets the class `current` on a state, or `taken` on a
// transition, has it shown so. Colours follow the reader's choice of a light or a dark page.
package svg

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/gen/internal/layout"
	"github.com/fsmgen/fsmgen/spec"
)

//go:embed style.css
var style string

// Text is the picture of m, a whole SVG file that ends in a newline. The machine must be without errors, as [spec.Load]
// finds them. The same machine gives the same bytes.
func Text(m *spec.Machine) string {
	p := newPicture(chart.New(m))
	width, height := layout.Place(p.nodes, p.edges)
	var d drawing
	d.line(`<svg xmlns="http://www.w3.org/2000/svg" class="fsm" role="img" viewBox="0 0 %d %d" width="%d" height="%d">`,
		width, height, width, height)
	d.line(`<title>%s</title>`, escape(p.chart.Title))
	if p.chart.Summary != "" {
		d.line(`<desc>%s</desc>`, escape(p.chart.Summary))
	}
	d.line("<style>\n%s</style>", style)
	d.line(`<rect class="page" width="%d" height="%d"/>`, width, height)
	for _, n := range p.chart.Nodes {
		d.node(p, n)
	}
	d.start(p, nil)
	for i, e := range p.chart.Edges {
		d.edge(p.edges[i], e)
	}
	for _, e := range p.edges[len(p.chart.Edges):] { // from the dots
		d.line(`<path class="way" d="%s"/>%s`, path(e), head(e))
	}
	d.line("</svg>")
	return d.String()
}

// drawing is the text so far.
type drawing struct{ strings.Builder }

func (d *drawing) line(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escape makes text that XML shows as it is. What XML has no sign for becomes a replacement character.
func escape(text string) string {
	return escapes.Replace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || r == 0xfffe || r == 0xffff:
			return 0xfffd
		default:
			return r
		}
	}, text))
}

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

// width is about how wide a text is, in pixels, in any of the fonts that may show it. It rather says too much.
func width(text string, size int) int {
	sum := 0
	for _, r := range text {
		sum += advance(r)
	}
	return (sum*size + 999) / 1000
}

// advance is the width of a character in thousandths of the size of the font.
func advance(r rune) int {
	switch {
	case strings.ContainsRune("iljI.,:;|!'", r):
		return 300
	case strings.ContainsRune("ftr ()[]{}/-\"`*", r):
		return 390
	case strings.ContainsRune("mwMW@%", r):
		return 920
	case r >= 'A' && r <= 'Z', strings.ContainsRune("&<>=+~#", r):
		return 700
	case r < 0x80:
		return 580
	default:
		return 1000
	}
}
