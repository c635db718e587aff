package table

import (
	"strings"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/spec"
)

// Text is the matrix of m for a terminal, a column for each state, ending in a newline. The machine must be without
// errors, as [spec.Load] finds them. The same machine gives the same bytes.
func Text(m *spec.Machine) string {
	x := New(m)
	head := Row{Trigger: "event"}
	for _, s := range x.States {
		head.Cells = append(head.Cells, []string{s.Path()})
	}
	widths := widths(append([]Row{head}, x.Rows...))
	rule := Row{Trigger: strings.Repeat("-", widths[0])}
	for _, w := range widths[1:] {
		rule.Cells = append(rule.Cells, []string{strings.Repeat("-", w)})
	}
	var b strings.Builder
	for _, row := range append([]Row{head, rule}, x.Rows...) {
		row.write(&b, widths)
	}
	return b.String()
}

// widths are those of the columns, the triggers first.
func widths(rows []Row) []int {
	all := make([]int, 1+len(rows[0].Cells))
	for _, row := range rows {
		all[0] = max(all[0], utf8.RuneCountInString(row.Trigger))
		for i, lines := range row.Cells {
			for _, line := range lines {
				all[i+1] = max(all[i+1], utf8.RuneCountInString(line))
			}
		}
	}
	return all
}

// write writes a row on as many lines as its highest cell has.
func (r Row) write(b *strings.Builder, widths []int) {
	height := 1
	for _, lines := range r.Cells {
		height = max(height, len(lines))
	}
	columns := append([][]string{{r.Trigger}}, r.Cells...)
	for i := range height {
		texts := make([]string, len(columns))
		for j, lines := range columns {
			if i < len(lines) {
				texts[j] = lines[i]
			}
		}
		b.WriteString(aligned(texts, widths) + "\n")
	}
}

func aligned(texts []string, widths []int) string {
	var b strings.Builder
	for i, text := range texts {
		b.WriteString(text + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)+2))
	}
	return strings.TrimRight(b.String(), " ")
}
