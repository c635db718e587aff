package convert

import "slices"

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
	always   []arm
	onDone   []arm
	invokes  []invoke
	ignore   []string
	children []*state
}

// reaction is what a state does on an event or after a time.
type reaction struct {
	trigger string
	arms    []arm
}

type arm struct {
	guard   string
	target  string
	reenter bool
	actions []string
	raise   []string
}

type invoke struct {
	src             string
	onDone, onError []arm
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

// add puts arms behind those that the state already has for an event.
func (s *state) add(event string, arms ...arm) {
	if len(arms) == 0 {
		return
	}
	i := slices.IndexFunc(s.on, func(r reaction) bool { return r.trigger == event })
	if i < 0 {
		i = len(s.on)
		s.on = append(s.on, reaction{trigger: event})
	}
	s.on[i].arms = append(s.on[i].arms, arms...)
}
