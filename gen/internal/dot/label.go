package dot

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
)

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
