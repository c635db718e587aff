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
