package fsmgen_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

func TestPoolPage_HasTheRecoveryTable(t *testing.T) {
	if want := strings.TrimSpace(recovery.Default().String()); !strings.Contains(readFile(t, "docs/pool.md"), want) {
		t.Errorf("docs/pool.md does not have this table:\n%s", want)
	}
}

// TestTroubleshooting_EverySymptomIsProvoked keeps docs/troubleshooting.md to what tests show: docs/conformance.md names one for
// each entry, in the same order.
func TestTroubleshooting_EverySymptomIsProvoked(t *testing.T) {
	symptoms := firstCells(t, "docs/troubleshooting.md", "# Troubleshooting")
	proven := firstCells(t, "docs/conformance.md", "## Symptoms")
	if diff := cmp.Diff(symptoms, proven); diff != "" {
		t.Errorf("the symptoms of docs/conformance.md (-troubleshooting.md +conformance.md):\n%s", diff)
	}
	tests := declaredTests(t)
	_, section, _ := strings.Cut(readFile(t, "docs/conformance.md"), "## Symptoms")
	for row := range strings.Lines(section) {
		if !strings.HasPrefix(row, "| ") || strings.HasPrefix(row, "| symptom") {
			continue
		}
		if m := regexp.MustCompile("\\| `(Test\\w+)` \\|\n$").FindStringSubmatch(row); m == nil || !tests[m[1]] {
			t.Errorf("there is no test that provokes this: %s", row)
		}
	}
}

// firstCells returns the first cells of the table below a heading, without its head.
func firstCells(t *testing.T, path, heading string) (cells []string) {
	t.Helper()
	_, section, _ := strings.Cut(readFile(t, path), heading+"\n")
	for row := range strings.Lines(section) {
		if strings.HasPrefix(row, "| ") {
			cells = append(cells, strings.Split(row, " | ")[0])
		}
	}
	if len(cells) < 2 {
		t.Fatalf("%s has no table below %q", path, heading)
	}
	return cells[1:]
}

// userGuides are the pages for users of the product. They say nothing of its tests and of its files; what shows that they are
// true is in docs/conformance.md, docs/requirements.md and docs/validation.md.
func userGuides(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(append(pages, "README.md"), func(page string) bool { return slices.Contains(proofPages, page) })
}

var proofPages = []string{"docs/conformance.md", "docs/requirements.md", "docs/validation.md"}

// inside matches names of tests, and paths of sources; the path of a package or of an example does not match.
var inside = regexp.MustCompile("`(?:Test|Fuzz|Example)[A-Z]\\w*`|/\\w+_test\\.go|go test \\./\\w|" +
	`\b(?:runtime|gen|spec|pool|internal)/\S*\.go\b`)

func TestUserGuides_NameNoTestsAndNoSources(t *testing.T) {
	for _, page := range userGuides(t) {
		for _, name := range inside.FindAllString(readFile(t, page), -1) {
			t.Errorf("%s: %s is of no use to a user: docs/conformance.md is the place for tests", page, name)
		}
	}
}

const width = 100

// longLines is the number of lines of prose over 100 columns that a page may still have. A number may only fall.
var longLines = map[string]int{
	"docs/comparison.md": 29,
	"docs/validation.md": 2,
}

func TestPages_WrapAt100Columns(t *testing.T) {
	for _, page := range allPages(t) {
		long := []string{}
		code := false
		for line := range strings.Lines(readFile(t, page)) {
			line = strings.TrimSuffix(line, "\n")
			switch {
			case strings.HasPrefix(strings.TrimSpace(line), "```"):
				code = !code
			case code, strings.HasPrefix(line, "|"), !strings.Contains(strings.TrimSpace(line), " "):
			case utf8.RuneCountInString(line) > width:
				long = append(long, line)
			}
		}
		if len(long) > longLines[page] {
			t.Errorf("%s has %d lines over %d columns, %d are allowed; the first: %s", page, len(long), width, longLines[page], long[0])
		}
	}
}

// allPages are the pages that are written by hand.
func allPages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(pages, "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")
}

var fenced = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")

func TestPages_LinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)
	for _, page := range allPages(t) {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(readFile(t, page), ""), -1) {
			target := page
			if m[1] != "" {
				target = filepath.Join(filepath.Dir(page), m[1])
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: %v", page, m[0], err)
			} else if m[2] != "" && !slices.Contains(anchors(readFile(t, target)), m[2]) {
				t.Errorf("%s: %s: %s has no such heading", page, m[0], target)
			}
		}
	}
}

// anchors are the fragments of the headings of a page, as GitHub makes them.
func anchors(markdown string) (list []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(markdown, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		list = append(list, "#"+strings.ReplaceAll(name, " ", "-"))
	}
	return list
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGlossary_WordsAreInTheCode keeps the last column of docs/glossary.md to names that specs, Go, Python or metrics have.
func TestGlossary_WordsAreInTheCode(t *testing.T) {
	known := map[string]bool{}
	word := regexp.MustCompile(`[A-Za-z_]\w+`)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "node_modules", "bench"}, entry.Name()):
			return fs.SkipDir
		case strings.HasSuffix(path, "_test.go") || !slices.Contains([]string{".go", ".py", ".json"}, filepath.Ext(path)):
			return nil
		}
		for _, w := range word.FindAllString(readFile(t, path), -1) {
			known[w] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for row := range strings.Lines(readFile(t, "docs/glossary.md")) {
		cells := strings.Split(row, " | ")
		if len(cells) != 4 || cells[3] == "appears as |\n" {
			continue
		}
		rows++
		for _, code := range regexp.MustCompile("`[^`]+`").FindAllString(cells[3], -1) {
			for _, w := range word.FindAllString(code, -1) {
				if !known[w] {
					t.Errorf("%s: there is no %s in the code", cells[0], w)
				}
			}
		}
	}
	if rows < 40 {
		t.Errorf("the glossary has %d rows; want 40 or more", rows)
	}
}
