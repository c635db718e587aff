package importer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// XState converts the JSON config of a machine of XState v5; it understands v4's `cond` and `internal`, too. A config
// that is no JSON object is a [*SyntaxError]. What a config has beside its states (`on`, `entry`, `invoke` and the
// like) becomes that of a state around them all.
func XState(src []byte, opt Options) (Result, error) {
	x := &xstate{importer: importer{opt: opt, source: src}}
	root, err := x.readJSON()
	if err != nil {
		return Result{}, err
	}
	if root.kind != '{' {
		return Result{}, x.syntax(root.offset, "the config is no object")
	}
	x.m = newMachine(cmp.Or(root.get("id").text(), x.name()))
	x.m.doc = root.get("description").text()
	for _, event := range opt.Events {
		x.m.event(event)
	}
	x.learn(root, nil)
	x.data(root.get("context"))
	if x.acts(root) {
		around := x.state(x.root)
		around.name = x.m.stateNames.free(x.m.name)
		x.m.states, x.m.initial = []*state{around}, around.name
	} else {
		x.leftOut(x.root)
		x.m.states, x.m.initial = x.children(x.root)
	}
	return x.result(x.m)
}

// xstate converts one config.
type xstate struct {
	importer
	m    *machine
	root *node
	ids  map[string]*node
}

// node is a state of the config; the root is one, too.
type node struct {
	key    string
	config *value
	parent *node
	inner  []*node
	name   string // in the spec
}

// learn finds the states, and the events in the order in which the config names them.
func (x *xstate) learn(config *value, parent *node) *node {
	n := &node{config: config, parent: parent}
	if parent == nil {
		x.root, x.ids = n, map[string]*node{}
	}
	if id := config.get("id").text(); id != "" {
		x.ids[id] = n
	}
	if on := config.get("on"); on != nil {
		for _, m := range on.members {
			if !strings.Contains(m.key, "*") && !strings.HasPrefix(m.key, "xstate.") {
				x.m.event(m.key)
			}
		}
	}
	if states := config.get("states"); states != nil {
		for _, m := range states.members {
			child := x.learn(m.value, n)
			child.key, child.name = m.key, x.stateName(m.key)
			n.inner = append(n.inner, child)
		}
	}
	return n
}

// stateName keeps names of states apart that are keys in several places.
func (x *xstate) stateName(key string) string {
	if _, taken := x.m.stateNames.names[key]; taken {
		return x.m.stateNames.free(key)
	}
	return x.m.stateNames.of(key)
}

// acts reports whether the root does more than hold states.
func (x *xstate) acts(root *value) bool {
	return slices.ContainsFunc(root.members, func(m member) bool {
		return slices.Contains([]string{"on", "entry", "exit", "after", "always", "invoke", "onDone"}, m.key) &&
			len(m.value.items())+len(m.value.members) > 0
	})
}

// words are those of a state that are taken over, and those that say nothing about what it does.
var words = []string{
	"id", "key", "initial", "type", "history", "target", "states", "on", "entry", "exit", "after", "always", "invoke", "onDone",
	"description", "context", "version", "$schema", "order", "types", "predictableActionArguments", "preserveActionOrder",
}

func (x *xstate) leftOut(n *node) {
	for _, m := range n.config.members {
		if !slices.Contains(words, m.key) && !m.value.isNull() {
			x.notTaken(m.at, "`"+m.key+"` is left out", "a spec has no word for it")
		}
	}
}

// children are the states inside a node, and the one that it starts in.
func (x *xstate) children(n *node) (states []*state, initial string) {
	for _, c := range n.inner {
		states = append(states, x.state(c))
	}
	start := n.config.get("initial")
	target := cmp.Or(start.text(), start.get("target").text())
	if to := n.child(strings.TrimPrefix(target, ".")); to != nil {
		if actions := start.get("actions"); actions != nil {
			x.notTaken(actions.offset, "the actions of `initial` are left out", "make them `entry` actions")
		}
		return states, to.name
	}
	if start != nil {
		x.notTaken(start.offset, "`initial` names no child", "name one of the states inside")
	}
	if len(n.inner) > 0 && n.config.get("type").text() != "parallel" {
		initial = n.inner[0].name
	}
	return states, initial
}

func (n *node) child(key string) *node {
	for _, c := range n.inner {
		if c.key == key {
			return c
		}
	}
	return nil
}

func (x *xstate) state(n *node) *state {
	x.leftOut(n)
	s := &state{name: n.name, doc: n.config.get("description").text()}
	if n == x.root {
		s.doc = ""
	}
	switch kind := n.config.get("type").text(); kind {
	case "final", "history":
		s.kind = kind
	case "parallel":
		s.kind = kind
		x.notTaken(n.config.get("type").offset, "a spec has no parallel states yet", "make a machine of each region")
	}
	if h := n.config.get("history"); h != nil {
		s.kind, s.deep = "history", h.text() == "deep"
		s.target = x.historyDefault(n)
		return s
	}
	s.entry, s.exit = x.actions(n.config.get("entry")), x.actions(n.config.get("exit"))
	x.reactions(n, s)
	s.children, s.initial = x.children(n)
	return s
}

func (x *xstate) historyDefault(n *node) string {
	target := n.config.get("target")
	if target == nil {
		return ""
	}
	to := x.resolve(n, target)
	switch {
	case to == nil:
		return ""
	case to.parent != n.parent:
		x.notTaken(target.offset, "the default of a history is left out: it is no state beside it", "name a state beside the history")
		return ""
	default:
		return to.name
	}
}

// resolve is the state that a target names: `#id`, `#id.inside`, `.inside`, or a state beside and what is inside it.
func (x *xstate) resolve(n *node, target *value) *node {
	text := target.text()
	at, path := n.parent, text
	switch {
	case strings.HasPrefix(text, "#"):
		id := text[1:]
		at, path = x.ids[id], ""
		for at == nil && strings.Contains(id, ".") {
			i := strings.LastIndexByte(id, '.')
			path = strings.TrimSuffix(id[i+1:]+"."+path, ".")
			id = id[:i]
			at = x.ids[id]
		}
	case strings.HasPrefix(text, "."):
		at, path = n, text[1:]
	case n.parent == nil:
		at = n
	}
	for at != nil && path != "" {
		var key string
		key, path, _ = strings.Cut(path, ".")
		at = at.child(key)
	}
	if at == nil || at == x.root {
		x.notTaken(target.offset, fmt.Sprintf("the target %q is no state", text), "name a state of the machine")
		return nil
	}
	return at
}

// data takes over the context as far as its values have a type.
func (x *xstate) data(context *value) {
	if context == nil {
		return
	}
	fields := newNamer("field")
	for _, m := range context.members {
		d := declaration{name: fields.of(m.key)}
		switch v := m.value.scalar.(type) {
		case string:
			d.typ, d.value = "string", quote(v)
		case bool:
			d.typ, d.value = "bool", fmt.Sprint(v)
		case json.Number:
			d.typ, d.value = "int", v.String()
			if strings.ContainsAny(v.String(), ".eE") {
				d.typ = "float64"
			}
		default:
			x.notTaken(m.at, "`"+m.key+"` of the context is left out", "declare it under `data` with its Go type")
			continue
		}
		if d.value == `""` {
			d.value = ""
		}
		x.m.data = append(x.m.data, d)
	}
}

// delay is the length of an `after`: milliseconds, or the name of a delay, which becomes a param.
func (x *xstate) delay(m member) string {
	if ms, err := time.ParseDuration(m.key + "ms"); err == nil {
		return ms.String()
	}
	name := newNamer("delay").free(m.key)
	if !slices.ContainsFunc(x.m.params, func(d declaration) bool { return d.name == name }) {
		x.m.params = append(x.m.params, declaration{name: name, typ: "duration", value: "1s", doc: "The delay " + m.key + "."})
		x.byHand(m.at, "the delay `"+m.key+"` becomes the param "+name+" of 1s", "set its default")
	}
	return name
}
