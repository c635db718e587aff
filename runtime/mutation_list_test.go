package runtime_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// mutation is one mistake in the engine.
type mutation struct {
	name  string
	rules []string // that it breaks: R021
	hunks []hunk
}

// hunk replaces lines of one file.
type hunk struct {
	file     string
	old, new []string
}

// readMutations reads the list of mistakes. Its head says what it looks like.
func readMutations(path string) ([]mutation, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	var all []mutation
	for _, section := range archive.Files {
		m, err := parseMutation(section.Name, string(section.Data))
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", path, section.Name, err)
		}
		all = append(all, m)
	}
	return all, nil
}

var mutationTitle = regexp.MustCompile(`^(.+) \((R\d{3}(?:, R\d{3})*)\)$`)

func parseMutation(title, patch string) (mutation, error) {
	parts := mutationTitle.FindStringSubmatch(title)
	if parts == nil {
		return mutation{}, fmt.Errorf("the title does not end in rules, as in (R021, R022)")
	}
	m := mutation{name: parts[1], rules: strings.Split(parts[2], ", ")}
	for line := range strings.Lines(patch) {
		line = strings.TrimSuffix(line, "\n")
		if file, ok := strings.CutPrefix(line, "@@ "); ok {
			m.hunks = append(m.hunks, hunk{file: file})
			continue
		}
		if len(m.hunks) == 0 {
			return mutation{}, fmt.Errorf("the patch does not begin with @@ and a file")
		}
		m.hunks[len(m.hunks)-1].add(line)
	}
	for _, h := range m.hunks {
		if len(h.old) == 0 || slices.Equal(h.old, h.new) {
			return mutation{}, fmt.Errorf("a patch of %s finds nothing or changes nothing", h.file)
		}
	}
	return m, nil
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

// apply returns the files that the mistake changes, with the mistake in them.
func (m *mutation) apply() (map[string]string, error) {
	changed := map[string]string{}
	for _, h := range m.hunks {
		source, ok := changed[h.file]
		if !ok {
			text, err := os.ReadFile(h.file)
			if err != nil {
				return nil, err
			}
			source = string(text)
		}
		mutated, err := h.apply(source)
		if err != nil {
			return nil, err
		}
		changed[h.file] = mutated
	}
	return changed, nil
}
