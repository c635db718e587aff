package importer

import (
	"iter"
	"slices"
	"strings"
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

	stateNames, eventNames, hookNames, delayNames *namer
	effects                                       map[string]Effect
}

// declaration is a name with what is said about it.
type declaration struct {
	name, typ, value, doc string
}

type state struct {
	name     string
	parent   *state
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

// transition is one of the source, in names of the spec. What it leaves and enters is what the source says; [placer] finds the words of
// the spec for that.
type transition struct {
	guard    string
	target   string
	reenter  bool // in the source: leaves the source state, even if the target is inside it
	keeps    bool // in the source: neither leaves nor enters a state that is active before and after
	within   bool // in the source: the target is the root, which is not left
	loose    bool // the source does not say of which version it is, and they leave other states
	relative bool // in the source: the target is written as inside the source state
	actions  []string
	raise    []string
	at       int64 // its place in the source
}

type invoke struct {
	src             string
	onDone, onError []transition
}

func newMachine(name string) *machine {
	m := &machine{
		stateNames: newNamer("s"), eventNames: newNamer("e"), hookNames: newNamer("hook"), delayNames: newNamer("delay"),
		effects: map[string]Effect{},
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

// ownEvent declares an event that the source does not have.
func (m *machine) ownEvent(name string) string {
	given := m.eventNames.free(name)
	declare(&m.events, declaration{name: given})
	return given
}

// document says something about a name that is declared.
func (m *machine) document(in []declaration, name, doc string) {
	at := slices.IndexFunc(in, func(d declaration) bool { return d.name == name })
	if at >= 0 && doc != "" {
		in[at].doc = strings.TrimSpace(in[at].doc + " " + doc)
	}
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

// transitions are all of a state.
func (s *state) transitions() iter.Seq[*transition] {
	return func(yield func(*transition) bool) {
		lists := [][]transition{s.always, s.onDone}
		for _, r := range append(slices.Clone(s.on), s.after...) {
			lists = append(lists, r.transitions)
		}
		for _, v := range s.invokes {
			lists = append(lists, v.onDone, v.onError)
		}
		for _, list := range lists {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
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

// moveFinals takes the final states out of the state around all others, since they end the machine.
func (m *machine) moveFinals(around *state) {
	begins := slices.ContainsFunc(around.children, func(s *state) bool { return s.isFinal() && s.name == around.initial })
	for _, c := range around.children {
		if c.isFinal() {
			m.states = append(m.states, c)
		}
	}
	around.children = slices.DeleteFunc(around.children, (*state).isFinal)
	if begins {
		step := &state{name: m.stateNames.free(around.name + "_start"), always: []transition{{target: around.initial}}}
		around.children = append([]*state{step}, around.children...)
		around.initial = step.name
	}
}
