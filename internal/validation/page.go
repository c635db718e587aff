package validation

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Report is everything that the page is made of.
type Report struct {
	Requirements Requirements
	Results      *Results
	// Module is the path of the module: a test in the directory d is one of the package Module/d.
	Module     string
	Conditions string // when, and with which versions; one line
}

// missing is the result of a test that did not run.
var missing = Result{Action: "not run"}

// result is that of one test of a row.
func (r Report) result(t Test) Result {
	if found, ok := r.Results.Tests[r.path(t.Dir())][t.Name]; ok {
		return found
	}
	return missing
}

func (r Report) path(dir string) string {
	if dir == "." {
		return r.Module
	}
	return r.Module + "/" + dir
}

// Unshown names every test of a row that did not pass, and every package that failed. A test that was skipped is not among
// them: the page says so.
func (r Report) Unshown() []string {
	var names []string
	for _, row := range r.Requirements.Rows {
		for _, t := range row.Tests {
			if action := r.result(t).Action; action != "pass" && action != "skip" {
				names = append(names, fmt.Sprintf("%s %s: %s", row.ID, t.Name, action))
			}
		}
	}
	for _, dir := range r.Requirements.Dirs() {
		if action := r.Results.Packages[r.path(dir)].Action; action == "fail" {
			names = append(names, r.path(dir)+": fail")
		}
	}
	return names
}

const pageHead = `# Validation

What the product must do ([requirements.md](requirements.md)), the tests that show it, and their last result. ` + "`make validation`" + `
writes this page; the rows and names of tests are held to the requirements by a test, the results are those of the last run.

`

// Page returns the page, or an error if a test has no kind.
func (r Report) Page() (string, error) {
	var b strings.Builder
	b.WriteString(pageHead)
	fmt.Fprintf(&b, "%s\n\n%s\n", r.Conditions, r.summary())
	section := ""
	for _, row := range r.Requirements.Rows {
		if row.Section != section {
			section = row.Section
			fmt.Fprintf(&b, "\n## %s\n\n| id | row | test | kind | result | time |\n| --- | --- | --- | --- | --- | ---: |\n", section)
		}
		if err := r.row(&b, row); err != nil {
			return "", err
		}
	}
	r.coverage(&b)
	return b.String(), nil
}

func (r Report) row(b *strings.Builder, row Row) error {
	if len(row.Tests) == 0 {
		fmt.Fprintf(b, "| %s | %s | | | later | |\n", row.ID, row.Text)
	}
	text := row.Text
	for _, t := range row.Tests {
		kind, err := r.Requirements.Kind(t)
		if err != nil {
			return err
		}
		result := r.result(t)
		fmt.Fprintf(b, "| %s | %s | `%s` [%s](../%[4]s) | %s | %s | %s |\n", row.ID, text, t.Name, t.File, kind, result.Action, seconds(result))
		text = ""
	}
	return nil
}

func seconds(r Result) string {
	if r == missing {
		return ""
	}
	return fmt.Sprintf("%.2f s", r.Seconds)
}

func (r Report) summary() string {
	actions := map[string]int{}
	seen := map[Test]bool{}
	for _, row := range r.Requirements.Rows {
		for _, t := range row.Tests {
			if !seen[t] {
				seen[t] = true
				actions[r.result(t).Action]++
			}
		}
	}
	parts := []string{}
	for _, action := range []string{"pass", "skip", "fail", missing.Action} {
		if n := actions[action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", action, n))
		}
	}
	return fmt.Sprintf("Rows: %d. Their tests: %d; of these: %s.", len(r.Requirements.Rows), len(seen), cmp.Or(strings.Join(parts, ", "), "none"))
}

func (r Report) coverage(b *strings.Builder) {
	b.WriteString("\n## Packages\n\nAll tests of the packages that show a row, and which part of its own statements they run.\n\n")
	b.WriteString("| package | coverage | pass | skip | fail | time |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, dir := range r.Requirements.Dirs() {
		p := r.Results.Packages[r.path(dir)]
		fmt.Fprintf(b, "| %s | %s | %d | %d | %d | %.1f s |\n", dir, p.Coverage, p.Passed, p.Skipped, p.Failed, p.Seconds)
	}
}

var shownLine = regexp.MustCompile("^\\| ([A-Z]\\d+) \\| .*`(\\w+)` \\[([^\\]]+)\\]\\([^)]*\\) \\| ([^|]*) \\| [^|]* \\| [^|]* \\|$")

// Drift says what a page has too much and too little, whatever its results and times are.
func Drift(r Requirements, page string) ([]string, error) {
	want, err := lines(r)
	if err != nil {
		return nil, err
	}
	var have []string
	for line := range strings.Lines(page) {
		if m := shownLine.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			have = append(have, strings.Join(m[1:], " "))
		}
	}
	var drift []string
	for _, line := range want {
		if !slices.Contains(have, line) {
			drift = append(drift, "missing: "+line)
		}
	}
	for _, line := range have {
		if !slices.Contains(want, line) {
			drift = append(drift, "not a requirement any more: "+line)
		}
	}
	return drift, nil
}

// lines are id, test, file and kind of everything that a page has to show.
func lines(r Requirements) ([]string, error) {
	var all []string
	for _, row := range r.Rows {
		for _, t := range row.Tests {
			kind, err := r.Kind(t)
			if err != nil {
				return nil, err
			}
			all = append(all, strings.Join([]string{row.ID, t.Name, t.File, kind}, " "))
		}
	}
	return all, nil
}
