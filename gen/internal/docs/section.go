package docs

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// section is a titled table. Cells are Markdown.
type section struct {
	title string
	about string // a paragraph above the table; may be empty
	whole bool   // the table has every column, whatever it says
	head  []string
	rows  [][]string
}

func (s *section) add(cells ...string) { s.rows = append(s.rows, cells) }

// table leaves out columns that have nothing to say.
func (s *section) table() string {
	var b strings.Builder
	used := make([]bool, len(s.head))
	for i := range used {
		used[i] = s.whole || slices.ContainsFunc(s.rows, func(row []string) bool { return row[i] != "" })
	}
	rule := slices.Repeat([]string{"---"}, len(s.head))
	for _, row := range slices.Concat([][]string{s.head, rule}, s.rows) {
		for i, cell := range row {
			if used[i] {
				b.WriteString("| " + cell + " ")
			}
		}
		b.WriteString("|\n")
	}
	return b.String()
}

var cellEscapes = strings.NewReplacer("|", `\|`, "<", "&lt;")

// prose is a doc on one line, in which neither a bar nor HTML can break the table.
func prose(t spec.Text) string {
	return cellEscapes.Replace(strings.Join(strings.Fields(t.Value), " "))
}

// code is a name as code; nothing stays nothing.
func code(name string) string {
	if name == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(name, "|", `\|`) + "`"
}

// codes are names as code.
func codes(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = code(n)
	}
	return strings.Join(all, ", ")
}
