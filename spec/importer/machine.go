package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// machine is a machine in the words of a spec. Every name in it is one of the spec.
type machine struct {
	name    string
	doc     string
	params  []declaration
	data    []declaration
	events  []declaration
	guards  []declaration
	actions []declaration
	invokes []declaration
	initial string
	states  []*state

	stateNames, eventNames, hookNames *namer
	effects                           map[string]Effect
}

// declaration is a name with what is said about it.
type declaration struct {
	name, typ, value, doc string
}

type state struct {
	name     string
	doc      string
	kind     string // final, history, parallel or nothing
	deep     bool
	target   string // of a history
	initial  string
	entry    []string
	exit     []string
	on       []reaction
	after    []reaction
	always   []transition
	onDone   []transition
	invokes  []invoke
	ignore   []string
	children []*state
}

// reaction is what a state does on an event or after a time.
type reaction struct {
	trigger     string
	transitions []transition
}

type transition struct {
	guard   string
	target  string
	reenter bool
	actions []string
	raise   []string
}

type invoke struct {
	src             string
	onDone, onError []transition
}

func newMachine(name string) *machine {
	m := &machine{
		stateNames: newNamer("s"), eventNames: newNamer("e"), hookNames: newNamer("hook"), effects: map[string]Effect{},
	}
	m.eventNames.kind, m.eventNames.avoid = "event", ownMethods
	m.hookNames.kind, m.hookNames.avoid = "hook", ownHooks
	m.name = newNamer("machine").free(name)
	return m
}

// event declares an event of the source, once.
func (m *machine) event(source string) string {
	name := m.eventNames.of(source)
	declare(&m.events, declaration{name: name})
	return name
}

func declare(in *[]declaration, d declaration) {
	if !slices.ContainsFunc(*in, func(o declaration) bool { return o.name == d.name }) {
		*in = append(*in, d)
	}
}

// hook declares a hook that stands for an effect, once for the same key.
func (m *machine) hook(in *[]declaration, key, name, doc string, e Effect) string {
	if given, ok := m.hookNames.names[key]; ok {
		return given
	}
	given := m.hookNames.free(name)
	m.hookNames.names[key] = given
	*in = append(*in, declaration{name: given, doc: doc})
	m.effects[given] = e
	return given
}

// add puts transitions behind those that the state already has for an event.
func (s *state) add(event string, transitions ...transition) {
	if len(transitions) == 0 {
		return
	}
	i := slices.IndexFunc(s.on, func(r reaction) bool { return r.trigger == event })
	if i < 0 {
		i = len(s.on)
		s.on = append(s.on, reaction{trigger: event})
	}
	s.on[i].transitions = append(s.on[i].transitions, transitions...)
}

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
