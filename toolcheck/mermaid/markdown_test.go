package mermaid

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/toolcheck/machines"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
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

// answer is one diagram as Mermaid understood it, or its error.
type answer struct {
	Error       string
	Title       string
	Description string
	Nodes       []node
	Edges       []edge
}

type node struct {
	ID     string
	Parent string // empty at the top
	Shape  string
	Label  []string
	Inside []string
}

type edge struct {
	From, To string
	Label    []string
}

// understand asks Mermaid about diagrams, by name.
func understand(t *testing.T, diagrams map[string]string) map[string]answer {
	t.Helper()
	npm.Install(t, ".")
	questions, err := json.Marshal(diagrams)
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]answer
	if err := json.Unmarshal(npm.Run(t, ".", questions, "node", "understand.mjs"), &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// elsewhere are directories whose files are not the project's, or are wrong on purpose.
var elsewhere = []string{".git", "node_modules", "testdata"}

// projectFiles are the paths of the project's files with a suffix.
func projectFiles(t *testing.T, suffix string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(elsewhere, entry.Name()):
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(path, suffix):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil || len(paths) == 0 {
		t.Fatalf("the project has no *%s: %v", suffix, err)
	}
	return paths
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
