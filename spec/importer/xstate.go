package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// XState converts the JSON of a machine of XState 4 or 5: its config, or what JSON.stringify makes of the machine itself. A source that
// is no JSON object, or no machine, is a [*SyntaxError].
//
// A transition means what it means in the version of the config, which is told by the words that only one of them has; a config with none
// is one of version 5. What a config has beside its states (`on`, `entry`, `invoke` and the like) becomes that of a state around them.
func XState(src []byte, opt Options) (Result, error) {
	x := &xstate{importer: importer{opt: opt, source: src}, ids: map[string]*node{}, raisedAs: map[string]string{}, failures: map[string]bool{}}
	config, err := x.readJSON()
	if err != nil {
		return Result{}, err
	}
	if err := x.isMachine(config); err != nil {
		return Result{}, err
	}
	x.version = versionOf(config)
	if isSerialized(config) {
		x.unserialize(config)
	}
	x.m = newMachine(x.machineName(config))
	x.delimiter = cmp.Or(config.get("delimiter").text(), ".")
	if x.root, err = x.learn(config, nil, member{key: cmp.Or(config.get("key").text(), config.get("id").text()), at: config.offset}); err != nil {
		return Result{}, err
	}
	if x.refuseParallel(x.root) {
		return x.refused(), nil
	}
	x.learnEvents()
	x.data(config.get("context"))
	x.build()
	x.place(x.m)
	r, err := x.result(x.m)
	if err != nil {
		return Result{}, err
	}
	maps.Copy(r.States, x.paths())
	return r, nil
}

// xstate converts one config.
type xstate struct {
	importer
	m         *machine
	version   int    // 4, 5, or 0 if the config does not say it
	delimiter string // between the keys of a target
	root      *node
	around    *state // made of the root; nil if the root only holds states
	ids       map[string]*node
	events    []string          // of the source, without those that the machine sends itself
	failures  map[string]bool   // of work whose state waits for a failure by name
	raisedAs  map[string]string // what events that the machine sends itself are called in the spec, if others than their owner wait for them
}

// node is a state of the config; the root is one, too.
type node struct {
	key, id   string
	kind      string // as XState calls it: atomic, compound, parallel, final or history
	config    *value
	at        int64 // where its key is
	parent    *node
	inner     []*node
	name      string // in the spec
	handlers  []handler
	eventless []*value
	invokes   []invoked
	after     []delayed
}

// handler is what a state does on the events that a descriptor stands for, in the order in which XState tries the handlers.
type handler struct {
	descriptor string // as in XState 5
	written    string // in the config
	list       []*value
	at         int64
}

// invoked is work that a state does.
type invoked struct {
	id     string
	config *value
}

// delayed is a time of `after`.
type delayed struct {
	event, delay string
	at           int64
}

// isMachine reports what is no machine as an error.
func (x *xstate) isMachine(config *value) error {
	if config.kind != '{' {
		return x.syntax(config.offset, "the config is no object")
	}
	states := config.get("states")
	if states != nil && states.kind != '{' {
		return x.syntax(states.offset, "this is no machine of XState: `states` is an object there, with a key for each state")
	}
	acts := slices.ContainsFunc(config.members, func(m member) bool {
		return slices.Contains([]string{"on", "entry", "exit", "after", "always", "invoke"}, m.key) && m.value.kind != 0
	})
	if states == nil && !acts {
		return x.syntax(config.offset, "this is no machine of XState: it has no `states`")
	}
	return nil
}

func (x *xstate) machineName(config *value) string {
	id := config.get("id")
	if snake(id.text()) == "" {
		return x.name()
	}
	return id.text()
}

// renamed is renamedAt where the name is that of a value; no value has no name.
func (i *importer) renamed(at *value, source, given string) string {
	if at == nil {
		return ""
	}
	return i.renamedAt(at.offset, source, given)
}

// learn finds the states, and what they do.
func (x *xstate) learn(config *value, parent *node, m member) (*node, error) {
	if config.kind != '{' {
		return nil, x.syntax(config.offset, "the state `"+m.key+"` is no object")
	}
	n := &node{key: m.key, config: config, parent: parent, at: m.at, id: config.get("id").text()}
	switch {
	case n.id == "" && parent == nil:
		n.id = cmp.Or(n.key, "(machine)")
	case n.id == "":
		n.id = parent.path(parent.root().id, x.delimiter) + x.delimiter + n.key
	}
	if other := x.ids[n.id]; other != nil {
		x.refuse(codeNotTaken, config.offset, "the id `"+n.id+"` is that of two states", "give each state an id of its own")
	}
	x.ids[n.id] = n
	n.kind = kindOf(config)
	for _, m := range config.get("states").all() {
		child, err := x.learn(m.value, n, m)
		if err != nil {
			return nil, err
		}
		child.name = x.stateName(m)
		n.inner = append(n.inner, child)
	}
	x.handlers(n)
	return n, nil
}

func (n *node) root() *node {
	for n.parent != nil {
		n = n.parent
	}
	return n
}

// path is the id that a state has if it is not given one.
func (n *node) path(machine, delimiter string) string {
	if n.parent == nil {
		return machine
	}
	return n.parent.path(machine, delimiter) + delimiter + n.key
}

func kindOf(config *value) string {
	typ, history := config.get("type").text(), config.get("history")
	switch {
	case typ != "":
		return typ
	case config.get("parallel").isTrue():
		return "parallel"
	case len(config.get("states").all()) > 0:
		return "compound"
	case history.isTrue() || history.text() != "":
		return "history"
	default:
		return "atomic"
	}
}

// stateName keeps names of states apart that are keys in several places.
func (x *xstate) stateName(m member) string {
	var name string
	if _, taken := x.m.stateNames.names[m.key]; taken {
		name = x.m.stateNames.free(m.key)
	} else {
		name = x.m.stateNames.of(m.key)
	}
	if lossy(m.key) {
		x.renamedAt(m.at, m.key, name)
	}
	return name
}

// paths are the names of states by their keys and those around them.
func (x *xstate) paths() map[string]string {
	paths := map[string]string{}
	var walk func(n *node, path string)
	walk = func(n *node, path string) {
		for _, c := range n.inner {
			at := strings.TrimPrefix(path+"."+c.key, ".")
			paths[at] = c.name
			walk(c, at)
		}
	}
	walk(x.root, "")
	return paths
}

// refuseParallel reports the states that are active side by side.
func (x *xstate) refuseParallel(n *node) bool {
	if n.kind == "parallel" && len(n.inner) > 1 {
		at := cmp.Or(n.config.get("type"), n.config.get("parallel"), n.config).offset
		x.refuse(codeUnsupported, at, "parallel states are not supported yet, so this file is not imported",
			"make a machine of each region")
		return true
	}
	refused := false
	for _, c := range n.inner {
		refused = x.refuseParallel(c) || refused
	}
	if refused {
		x.found = slices.DeleteFunc(x.found, func(f spec.Finding) bool { return f.Code != codeUnsupported })
	}
	return refused
}

func (n *node) child(key string) *node {
	for _, c := range n.inner {
		if c.key == key {
			return c
		}
	}
	return nil
}

// within reports whether a node is another or inside it.
func (n *node) within(o *node) bool {
	for ; n != nil; n = n.parent {
		if n == o {
			return true
		}
	}
	return false
}

// resolve is the state that a target names: `#id`, `#id.inside`, `.inside`, or a state beside and what is inside it.
func (x *xstate) resolve(n *node, target *value) *node {
	text := target.text()
	at, path := n.parent, text
	switch {
	case strings.HasPrefix(text, "#"):
		at, path = x.byID(text[1:])
	case strings.HasPrefix(text, x.delimiter):
		at, path = n, text[len(x.delimiter):]
	case n.parent == nil:
		at = n
	}
	for at != nil && path != "" {
		var key string
		key, path, _ = strings.Cut(path, x.delimiter)
		at = at.child(key)
	}
	if at == nil {
		x.refuse(codeNotTaken, target.offset, fmt.Sprintf("the target %q is no state", text), "name a state of the machine")
	}
	return at
}

// byID is the state with an id, or with what the id begins with; path is the rest.
func (x *xstate) byID(id string) (at *node, path string) {
	id = strings.ReplaceAll(id, `\.`, ".")
	for at = x.ids[id]; at == nil; at = x.ids[id] {
		i := strings.LastIndex(id, x.delimiter)
		if i < 0 {
			return nil, ""
		}
		path = strings.TrimSuffix(id[i+len(x.delimiter):]+x.delimiter+path, x.delimiter)
		id = id[:i]
	}
	return at, path
}
