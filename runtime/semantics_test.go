package runtime_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/runtime/internal/conformancetest"
)

// TestConformancePage_HasEveryRule keeps docs/conformance.md to docs/semantics.md: both have all rules in their order, and the
// subjects of the sections on statecharts and servers; each has something that shows it, and every test and scenario that the
// page names exists.
func TestConformancePage_HasEveryRule(t *testing.T) {
	semantics, proof := page(t, "semantics.md"), page(t, "conformance.md")
	want := subjects(semantics)
	got := []string{}
	rows, _, _ := strings.Cut(proof, "## Symptoms")
	for _, row := range tableRow.FindAllStringSubmatch(rows, -1) {
		if row[1] == "rule" || row[1] == "subject" {
			continue
		}
		got = append(got, row[1])
		if !shown.MatchString(row[2]) {
			t.Errorf("nothing shows %s", row[1])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules and subjects of docs/conformance.md (-semantics.md +conformance.md):\n%s", diff)
	}
	for i := range 109 {
		if rule := fmt.Sprintf("R%03d", i+1); i >= len(want) || want[i] != rule {
			t.Fatalf("docs/semantics.md does not have rule %s in its place", rule)
		}
	}
	scenarios := scenarioNames(t)
	for _, name := range shown.FindAllStringSubmatch(rows, -1) {
		checkName(t, "..", scenarios, name)
	}
}

var (
	tableRow = regexp.MustCompile(`(?m)^\| ([^|-][^|]*) \| ([^|]*) \|$`)
	subject  = regexp.MustCompile(`(?m)^(?:\| (R\d{3}) \||(?:\* )?\*\*([^*]+?)\.?\*\*)`)
)

// subjects returns the rules of the page on semantics, and the subjects in bold that come behind them.
func subjects(semantics string) []string {
	_, rules, _ := strings.Cut(semantics, "\n## ")
	list := []string{}
	for _, m := range subject.FindAllStringSubmatch(rules, -1) {
		list = append(list, m[1]+m[2])
	}
	return list
}

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shown is a scenario, or a test and perhaps its file.
var shown = regexp.MustCompile("`((?:R\\d{3}|Test|Example|Fuzz)\\w*)`(?:[ \\n]\\(?([\\w/]+_test\\.go))?")

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

// defined reports whether a test of the packages of the runtime has the name.
func defined(t *testing.T, name string) bool {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*_test.go", "*/*_test.go", "internal/*/*_test.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
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
	err := conformancetest.Read(filepath.Join("statem", "testdata", "conformance", "named.jsonl.gz"), func(s *conformancetest.Scenario) { names[s.Name] = true })
	if err != nil {
		t.Fatal(err)
	}
	return names
}

var mutationTitle = regexp.MustCompile(`^.+ \((R\d{3}(?:, R\d{3})*)\)$`)

// TestMutations_NameTheirRules reads the titles of the mistakes that make mutations puts into the engine.
func TestMutations_NameTheirRules(t *testing.T) {
	text, err := os.ReadFile("testdata/mutations.txtar")
	if err != nil {
		t.Fatal(err)
	}
	all := txtar.Parse(text).Files
	if len(all) < 40 {
		t.Errorf("the list has %d mistakes; want at least 40", len(all))
	}
	for _, section := range all {
		parts := mutationTitle.FindStringSubmatch(section.Name)
		if parts == nil {
			t.Errorf("%q does not end in rules, as in (R021, R022)", section.Name)
			continue
		}
		for rule := range strings.SplitSeq(parts[1], ", ") {
			if rule < "R001" || rule > "R109" {
				t.Errorf("%q breaks %s; want a rule from R001 to R109", section.Name, rule)
			}
		}
	}
}
