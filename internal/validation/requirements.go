// Package validation joins the rows of the requirements with the results of their tests, and writes a page of it. It is pure:
// its command reads the files and runs the tests.
package validation

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Requirements are the rows of docs/requirements.md, in its order, and what it says about kinds of tests.
type Requirements struct {
	Rows  []Row
	Kinds []Kind
}

// Row is one requirement.
type Row struct {
	Section string
	ID      string
	Text    string
	Tests   []Test // none if the row is not done yet
}

// Test is a test, fuzz target or example that shows a row.
type Test struct {
	Name string
	File string // with slashes, from the root of the module
}

// Dir is the directory of the test's package.
func (t Test) Dir() string { return path.Dir(t.File) }

// Kind is a kind of test.
type Kind struct {
	Name string
	// Patterns are names of tests, files, or directories that end in a slash and stand for all below them.
	Patterns []string
}

var (
	sectionLine = regexp.MustCompile(`^## (.*)$`)
	rowLine     = regexp.MustCompile(`^\| ([A-Z]\d+) \| (.*) \| ([^|]*) \|$`)
	testCell    = regexp.MustCompile("`(\\w+)` \\[([^\\]]+)\\]")
	kindLine    = regexp.MustCompile(`^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$`)
	code        = regexp.MustCompile("`([^`]+)`")
)

// kindSection is the title of the section with the kinds.
const kindSection = "Kinds of tests"

// ParseRequirements reads the page.
func ParseRequirements(page string) Requirements {
	var r Requirements
	var section string
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		switch cells := rowLine.FindStringSubmatch(line); {
		case sectionLine.MatchString(line):
			section = sectionLine.FindStringSubmatch(line)[1]
		case section == kindSection && kindLine.MatchString(line):
			cells := kindLine.FindStringSubmatch(line)
			if k := (Kind{Name: cells[1], Patterns: firsts(code, cells[2])}); len(k.Patterns) > 0 { // else it is the head of the table
				r.Kinds = append(r.Kinds, k)
			}
		case cells != nil:
			row := Row{Section: section, ID: cells[1], Text: cells[2]}
			for _, m := range testCell.FindAllStringSubmatch(cells[3], -1) {
				row.Tests = append(row.Tests, Test{Name: m[1], File: m[2]})
			}
			r.Rows = append(r.Rows, row)
		}
	}
	return r
}

// firsts are the first groups of all matches.
func firsts(re *regexp.Regexp, s string) []string {
	var all []string
	for _, m := range re.FindAllStringSubmatch(s, -1) {
		all = append(all, m[1])
	}
	return all
}

// Kind returns the kind of a test. A pattern that is its name counts before one that is its file, and this before one that is
// a directory, of which the longest counts.
func (r Requirements) Kind(t Test) (string, error) {
	kind, best := "", 0
	for _, k := range r.Kinds {
		for _, pattern := range k.Patterns {
			if n := matches(pattern, t); n > best {
				kind, best = k.Name, n
			}
		}
	}
	if best == 0 {
		return "", fmt.Errorf("validation: kind of %s in %s: no pattern of %q fits; name its directory, its file or the test", t.Name, t.File, kindSection)
	}
	return kind, nil
}

// matches returns 0 if the pattern does not fit, and more the more it says.
func matches(pattern string, t Test) int {
	const file, name = 1 << 20, 1 << 21 // above the length of any path
	switch {
	case pattern == t.Name:
		return name
	case pattern == t.File:
		return file
	case strings.HasSuffix(pattern, "/") && (strings.HasPrefix(t.File, pattern) || pattern == "./"):
		return len(pattern)
	default:
		return 0
	}
}

// Only returns the requirements with the tests of one kind. Rows without any are left out.
func (r Requirements) Only(kind string) (Requirements, error) {
	if !slices.ContainsFunc(r.Kinds, func(k Kind) bool { return k.Name == kind }) {
		return r, fmt.Errorf("validation: kind %.100q: want one of %q", kind, r.names())
	}
	chosen := Requirements{Kinds: r.Kinds}
	for _, row := range r.Rows {
		row.Tests = slices.DeleteFunc(slices.Clone(row.Tests), func(t Test) bool {
			k, _ := r.Kind(t)
			return k != kind
		})
		if len(row.Tests) > 0 {
			chosen.Rows = append(chosen.Rows, row)
		}
	}
	return chosen, nil
}

func (r Requirements) names() []string {
	var names []string
	for _, k := range r.Kinds {
		names = append(names, k.Name)
	}
	return names
}

// Dirs are the directories of all tests, sorted.
func (r Requirements) Dirs() []string {
	var dirs []string
	for _, row := range r.Rows {
		for _, t := range row.Tests {
			dirs = append(dirs, t.Dir())
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
