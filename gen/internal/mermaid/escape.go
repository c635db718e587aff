package mermaid

import (
	"fmt"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
)

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
