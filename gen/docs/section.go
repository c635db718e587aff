package docs

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// section is a titled table. Cells are Markdown.
type section struct {
	title string
	head  []string
	rows  [][]string
}

func (s *section) add(cells ...string) { s.rows = append(s.rows, cells) }

// table leaves out columns that have nothing to say.
func (s *section) table() string {
	var b strings.Builder
	rule := slices.Repeat([]string{"---"}, len(s.head))
	for _, row := range slices.Concat([][]string{s.head, rule}, s.rows) {
		for i, cell := range row {
			if s.used(i) {
				b.WriteString("| " + cell + " ")
			}
		}
		b.WriteString("|\n")
	}
	return b.String()
}

func (s *section) used(column int) bool {
	return slices.ContainsFunc(s.rows, func(row []string) bool { return row[column] != "" })
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

func hookNames(refs []*spec.HookRef) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = code(r.Value)
	}
	return strings.Join(names, ", ")
}

func eventNames(refs []*spec.EventRef) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = code(r.Value)
	}
	return strings.Join(names, ", ")
}
