// Package mutation puts listed mistakes into a package, one at a time, and reports which of them its tests notice.
//
// A list is the file testdata/mutations.txtar of a package. Its comment may contain lines of the form
//
//	test: ARGUMENTS    arguments of go test; several lines are tried in their order; without one ". -short"
//	notice: REGEXP     a line of the output of a test that counts as a failure, before the test has ended
//
// A section is one mistake: its name, and a patch. In a patch, "@@ FILE" names a file, relative to the package; lines with -
// are replaced by lines with +, and lines without a sign stay. The old lines must occur exactly once in the file; indentation
// does not count. Before the first "@@" a section may have "test:" lines of its own, and one "equivalent: WHY" for a change
// that no test can notice, which is not tried.
package mutation

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// List is the mistakes of one package.
type List struct {
	Dir       string // of the package
	Mutations []Mutation
	notice    *regexp.Regexp // nil without one
}

// Mutation is one mistake.
type Mutation struct {
	Name       string
	Equivalent string     // why no test can notice it; empty for a mistake that one has to notice
	tests      [][]string // arguments of go test, in the order in which they are tried
	hunks      []hunk
}

// hunk replaces lines of one file.
type hunk struct {
	file     string
	old, new []string
}

// File is where the list of a package is, relative to the package.
const File = "testdata/mutations.txtar"

// Read reads the list of the package in dir.
func Read(dir string) (List, error) {
	path := filepath.Join(dir, filepath.FromSlash(File))
	text, err := os.ReadFile(path)
	if err != nil {
		return List{}, err
	}
	l, err := parse(string(text))
	if err != nil {
		return List{}, fmt.Errorf("mutation: %s: %w", path, err)
	}
	l.Dir = dir
	return l, nil
}

func parse(text string) (List, error) {
	archive := txtar.Parse([]byte(text))
	l, tests := List{}, [][]string(nil)
	for line := range strings.Lines(string(archive.Comment)) {
		if arguments, ok := strings.CutPrefix(line, "test:"); ok {
			tests = append(tests, strings.Fields(arguments))
		}
		if pattern, ok := strings.CutPrefix(line, "notice:"); ok {
			var err error
			if l.notice, err = regexp.Compile(strings.TrimSpace(pattern)); err != nil {
				return List{}, fmt.Errorf("notice: %w", err)
			}
		}
	}
	if tests == nil {
		tests = [][]string{{".", "-short"}}
	}
	names := map[string]bool{}
	for _, section := range archive.Files {
		m, err := parseMutation(section.Name, string(section.Data))
		if err == nil && names[m.Name] {
			err = fmt.Errorf("there are two of this name; want one")
		}
		if err != nil {
			return List{}, fmt.Errorf("%q: %w", section.Name, err)
		}
		if m.tests == nil {
			m.tests = tests
		}
		names[m.Name] = true
		l.Mutations = append(l.Mutations, m)
	}
	return l, nil
}

func parseMutation(name, patch string) (Mutation, error) {
	m := Mutation{Name: name}
	for line := range strings.Lines(patch) {
		line = strings.TrimSuffix(line, "\n")
		if file, ok := strings.CutPrefix(line, "@@ "); ok {
			m.hunks = append(m.hunks, hunk{file: file})
			continue
		}
		if len(m.hunks) > 0 {
			m.hunks[len(m.hunks)-1].add(line)
		} else if err := m.head(line); err != nil {
			return Mutation{}, err
		}
	}
	if len(m.hunks) == 0 {
		return Mutation{}, fmt.Errorf("the patch does not begin with @@ and a file")
	}
	for _, h := range m.hunks {
		if len(h.old) == 0 || slices.Equal(h.old, h.new) {
			return Mutation{}, fmt.Errorf("a patch of %s finds nothing or changes nothing", h.file)
		}
	}
	return m, nil
}

// head reads a line before the first patch.
func (m *Mutation) head(line string) error {
	if arguments, ok := strings.CutPrefix(line, "test:"); ok {
		m.tests = append(m.tests, strings.Fields(arguments))
		return nil
	}
	if why, ok := strings.CutPrefix(line, "equivalent:"); ok && strings.TrimSpace(why) != "" {
		m.Equivalent = strings.TrimSpace(why)
		return nil
	}
	return fmt.Errorf("%q before the first @@; want \"test: ARGUMENTS\", \"equivalent: WHY\" or \"@@ FILE\"", line)
}

func (h *hunk) add(line string) {
	text, removed := strings.CutPrefix(line, "-")
	text, added := strings.CutPrefix(text, "+")
	text = strings.TrimSpace(text)
	if !added {
		h.old = append(h.old, text)
	}
	if !removed {
		h.new = append(h.new, text)
	}
}

// apply returns the source with the lines replaced. The old lines must be there exactly once.
func (h *hunk) apply(source string) (string, error) {
	lines := strings.Split(source, "\n")
	var found []int
	for i := range len(lines) - len(h.old) + 1 {
		if slices.EqualFunc(lines[i:i+len(h.old)], h.old, func(line, old string) bool { return strings.TrimSpace(line) == old }) {
			found = append(found, i)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%s has these lines %d times; want once:\n\t%s", h.file, len(found), strings.Join(h.old, "\n\t"))
	}
	return strings.Join(slices.Replace(lines, found[0], found[0]+len(h.old), h.new...), "\n"), nil
}

// Apply returns the files of the package in dir that the mistake changes, by path, with the mistake in them.
func (m *Mutation) Apply(dir string) (map[string]string, error) {
	changed := map[string]string{}
	for _, h := range m.hunks {
		path := filepath.Join(dir, filepath.FromSlash(h.file))
		source, ok := changed[path]
		if !ok {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			source = string(text)
		}
		mutated, err := h.apply(source)
		if err != nil {
			return nil, err
		}
		changed[path] = mutated
	}
	return changed, nil
}
