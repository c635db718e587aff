package convert

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// namer gives each name of a source one of a spec: lower_snake_case, and different ones to different names.
type namer struct {
	prefix string // before a name that would begin with a digit, and of what has no name
	kind   string // behind a name that generated code needs itself
	avoid  []string
	names  map[string]string
	taken  map[string]bool
}

func newNamer(prefix string) *namer {
	return &namer{prefix: prefix, names: map[string]string{}, taken: map[string]bool{}}
}

// of is the name for one of the source.
func (n *namer) of(source string) string {
	if name, ok := n.names[source]; ok {
		return name
	}
	name := n.free(source)
	n.names[source] = name
	return name
}

// free is a name that nothing has yet, as near to a text as can be.
func (n *namer) free(text string) string {
	base := snake(text)
	switch {
	case base == "":
		base = n.prefix
	case base[0] >= '0' && base[0] <= '9', slices.Contains(yamlWords, base):
		base = n.prefix + "_" + base
	}
	if slices.Contains(n.avoid, base) {
		base += "_" + n.kind
	}
	name := base
	for i := 2; n.taken[folded(name)]; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	n.taken[folded(name)] = true
	return name
}

// folded is what names must not share: foo_bar and foobar look alike in Go.
func folded(name string) string { return strings.ReplaceAll(name, "_", "") }

// What methods and types of generated code are called, so that no event and no hook can be.
var (
	ownMethods = []string{
		"data", "done", "err", "expire", "finish", "in", "invocations", "params", "post", "restore", "runtime", "snapshot", "state",
		"step", "terminate",
	}
	ownHooks = []string{"terminated"}
)

// yamlWords are names that YAML tools take for something else than a text.
var yamlWords = []string{"yes", "no", "on", "off", "true", "false", "null", "y", "n"}

// snake writes a name in lower_snake_case: doorOpened and `door.opened` are door_opened, and so is DoorOPENED.
func snake(text string) string {
	var b strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte('_')
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])):
			b.WriteByte('_')
		case unicode.IsUpper(r) && i > 0 && i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]):
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	parts := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '_' })
	return strings.Join(parts, "_")
}
