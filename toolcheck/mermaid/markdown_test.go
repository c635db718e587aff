package mermaid

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/toolcheck/machines"
)

var (
	fence     = regexp.MustCompile("(?s)```mermaid\n(.*?)```")
	specFence = regexp.MustCompile("(?s)```yaml\n(fsm: 1\n.*?)```")
)

// TestMermaid_DiagramsInPagesAreCurrent keeps diagrams that were copied into pages to their specs. A diagram is that of
// a machine with the name in its title, which is one of the project or a spec in a page.
//
// Rows: D1.
func TestMermaid_DiagramsInPagesAreCurrent(t *testing.T) {
	t.Parallel()
	diagrams := markdownDiagrams(t)
	answers := understand(t, diagrams)
	current := map[string][]string{}
	for _, m := range append(ownMachines(t), pageMachines(t)...) {
		current[m.Name.Value] = append(current[m.Name.Value], machines.Text(t, m, gen.Mermaid))
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

// pageMachines are the machines of the whole specs in pages, without those that show a mistake.
func pageMachines(t *testing.T) (machines []*spec.Machine) {
	t.Helper()
	for _, page := range projectFiles(t, ".md") {
		for _, match := range specFence.FindAllSubmatch(read(t, page), -1) {
			if m, found := spec.Load(page, match[1]); !found.HasErrors() {
				machines = append(machines, m)
			}
		}
	}
	return machines
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
