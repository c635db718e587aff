package mermaidcheck

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen/mermaid"
)

var fence = regexp.MustCompile("(?s)```mermaid\n(.*?)```")

// Pages are drawn by whoever shows them, and a diagram that was copied into a page by hand grows old. A diagram belongs
// to the machine whose name is its title; machines of one name, in different directories, are told apart by nothing.
//
// Rows: D1.
func TestDiagramsInMarkdownAreUnderstoodAndCurrent(t *testing.T) {
	t.Parallel()
	diagrams := markdownDiagrams(t)
	answers := understand(t, diagrams)
	current := map[string][]string{}
	for _, m := range ownMachines(t) {
		current[m.Name.Value] = append(current[m.Name.Value], mermaid.Text(m))
	}
	for name, text := range diagrams {
		answer := answers[name]
		if answer.Error != "" {
			t.Errorf("%s: Mermaid does not understand it: %s", name, answer.Error)
		}
		if want := current[answer.Title]; len(want) > 0 && !slices.Contains(want, text) {
			t.Errorf("%s is not what the spec says (-spec +page):\n%s", name, cmp.Diff(want[0], text))
		}
	}
}

// markdownDiagrams are the diagrams in the pages of the project, by page and number.
func markdownDiagrams(t *testing.T) map[string]string {
	t.Helper()
	diagrams := map[string]string{}
	for _, page := range projectFiles(t, ".md") {
		for i, match := range fence.FindAllSubmatch(read(t, page), -1) {
			diagrams[fmt.Sprintf("%s, diagram %d", page, i+1)] = string(match[1])
		}
	}
	return diagrams
}
