package mermaid

import (
	"cmp"
	"strings"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
)

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
