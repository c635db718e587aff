package fsmgen_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/internal/validation"
)

var update = flag.Bool("update", false, "write docs/requirements.md anew from the marks in the tests")

// A test that shows a row of docs/requirements.md says so in the last line of its comment: "// Rows: W3, H2." The page's
// last column is made of these marks.
var (
	mark = regexp.MustCompile(`(?m)^// Rows: ([A-Z]\d+(?:, [A-Z]\d+)*)\.\nfunc ((?:Test|Fuzz|Example)\w+)\(`)
	row  = regexp.MustCompile(`(?m)^\| ([A-Z]\d+) \| (.*) \| ([^|]*) \|$`)
)

// TestValidationHasEveryRowAndTest keeps the rows, tests and kinds of docs/validation.md those of docs/requirements.md.
// Results and times are those of the last make validation.
//
// Rows: D3.
func TestValidationHasEveryRowAndTest(t *testing.T) {
	requirements, err := os.ReadFile("docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("docs/validation.md")
	if err != nil {
		t.Fatal(err)
	}
	drift, err := validation.Drift(validation.ParseRequirements(string(requirements)), string(page))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range drift {
		t.Errorf("docs/validation.md: %s: run make validation", line)
	}
}

// declaredTests are the names of all tests of the module.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	eachTestFile(t, func(_ string, source []byte) {
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(source, -1) {
			tests[string(m[1])] = true
		}
	})
	return tests
}

func eachTestFile(t *testing.T, visit func(path string, source []byte)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		visit(filepath.ToSlash(path), source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// shown is the tests that show each row, in the order of their files.
func shown(t *testing.T) map[string][]string {
	t.Helper()
	tests := map[string][]string{}
	eachTestFile(t, func(path string, source []byte) {
		for _, m := range mark.FindAllSubmatch(source, -1) {
			for id := range strings.SplitSeq(string(m[1]), ", ") {
				tests[id] = append(tests[id], fmt.Sprintf("`%s` [%s](../%[2]s)", m[2], path))
			}
		}
	})
	return tests
}

// TestRequirementsAreShownByTests keeps docs/requirements.md what the marks in the tests say. A row without a test says so.
//
// Rows: D3.
func TestRequirementsAreShownByTests(t *testing.T) {
	const path = "docs/requirements.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tests, known := shown(t), []string{}
	want := row.ReplaceAllStringFunc(string(page), func(line string) string {
		cells := row.FindStringSubmatch(line)
		known = append(known, cells[1])
		if len(tests[cells[1]]) == 0 {
			if !strings.HasPrefix(cells[3], "later") {
				t.Errorf("row %s is shown by no test", cells[1])
			}
			return line
		}
		return fmt.Sprintf("| %s | %s | %s |", cells[1], cells[2], strings.Join(tests[cells[1]], "<br>"))
	})
	for id := range tests {
		if !slices.Contains(known, id) {
			t.Errorf("a test shows row %s, which %s does not have", id, path)
		}
	}
	switch {
	case *update:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	case want != string(page):
		t.Errorf("%s is not what the tests say: go test . -run %s -update", path, t.Name())
	}
}
