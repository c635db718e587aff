package runtime_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThePageOnSemanticsIsComplete keeps docs/semantics.md honest: it has all rules in their order, each with something that
// shows it, and every test and scenario that it names exists.
func TestThePageOnSemanticsIsComplete(t *testing.T) {
	root := ".."
	page, err := os.ReadFile(filepath.Join(root, "docs", "semantics.md"))
	if err != nil {
		t.Fatal(err)
	}
	scenarios := scenarioNames(t)
	next := 1
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.HasPrefix(line, "| R") {
			if want := fmt.Sprintf("R%03d", next); strings.TrimSpace(cells[1]) != want {
				t.Errorf("rule %s is there; want %s next", strings.TrimSpace(cells[1]), want)
			}
			next++
			if !shown.MatchString(cells[3]) {
				t.Errorf("nothing shows rule %s", cells[1])
			}
		}
		for _, name := range shown.FindAllStringSubmatch(line, -1) {
			checkName(t, root, scenarios, name)
		}
	}
	if next != 110 {
		t.Errorf("the page ends before R%03d; want it to end with R109", next)
	}
}

// shown is a scenario, or a test and perhaps its file.
var shown = regexp.MustCompile("`((?:R\\d{3}|Test|Example|Fuzz)\\w*)`(?: \\(?([\\w/]+_test\\.go))?")

func checkName(t *testing.T, root string, scenarios map[string]bool, match []string) {
	t.Helper()
	name, file := match[1], match[2]
	switch {
	case strings.HasPrefix(name, "R"):
		if !scenarios[name] {
			t.Errorf("there is no scenario %s", name)
		}
	case file != "":
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !strings.Contains(string(source), "func "+name+"(") {
			t.Errorf("%s has no %s", file, name)
		}
	case !defined(t, name):
		t.Errorf("%s stands without its file, and the runtime has no such test", name)
	}
}

// defined reports whether a test of this package has the name.
func defined(t *testing.T, name string) bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "func "+name+"(") {
			return true
		}
	}
	return false
}

func scenarioNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := readScenarios(filepath.Join("testdata", "conformance", "named.jsonl.gz"), func(s *scenario) { names[s.Name] = true })
	if err != nil {
		t.Fatal(err)
	}
	return names
}
