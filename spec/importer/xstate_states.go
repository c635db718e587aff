package importer

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// build makes the states of the spec. What the root does becomes that of a state around the others; final states of the root stay
// outside, as they end the machine.
func (x *xstate) build() {
	root := x.root
	root.name = x.m.name
	if !x.acts() {
		x.leftOut(root)
		x.m.doc = root.config.get("description").text()
		x.m.states, x.m.initial = x.children(root)
	} else {
		root.name = x.m.stateNames.free(x.m.name)
		x.around = x.state(root)
		x.m.doc, x.around.doc = x.around.doc, ""
		x.m.states, x.m.initial = []*state{x.around}, x.around.name
		x.m.moveFinals(x.around)
	}
	if doc := x.renamed(root.config.get("id"), root.config.get("id").text(), x.m.name); doc != "" {
		x.m.doc = strings.TrimSpace(x.m.doc + " " + doc)
	}
	x.endWithRoot()
	if on := root.config.member("onDone"); on.value != nil {
		x.notTaken(on.at, "`onDone` of the machine is left out: the machine has ended then", "do it in the final state")
	}
}

// words are those of a state that are taken over, and those that say nothing about what it does.
var words = []string{
	"id", "key", "initial", "type", "history", "target", "states", "on", "entry", "exit", "after", "always", "invoke", "onDone",
	"description", "context", "version", "$schema", "order", "types", "predictableActionArguments", "preserveActionOrder",
	"onEntry", "onExit", "activities", "delimiter", "parallel", "tsTypes", "schema", "schemas", "transitions", "strict",
}

func (x *xstate) leftOut(n *node) {
	for _, m := range n.config.all() {
		empty := m.value.kind != 0 && len(m.value.list)+len(m.value.members) == 0
		if !slices.Contains(words, m.key) && !m.value.isNull() && !empty {
			x.notTaken(m.at, "`"+m.key+"` is left out", "a spec has no word for it")
		}
	}
}

// children are the states inside a node, and the one that it starts in.
func (x *xstate) children(n *node) (states []*state, initial string) {
	for _, c := range n.inner {
		states = append(states, x.state(c))
		if c.kind == "history" {
			states = append(states, x.historyDefault(c, states[len(states)-1])...)
		}
	}
	if len(n.inner) == 0 {
		return nil, ""
	}
	start := n.config.get("initial")
	targets := initialTargets(n)
	var to *node
	if len(targets) > 0 {
		to = x.initialNode(n, targets[0])
	}
	switch {
	case to == nil && len(targets) > 0:
		x.refuse(codeNotTaken, targets[0].offset, "`initial` names no child", "name one of the states inside")
	case to == nil && n.kind != "parallel":
		x.notTaken(n.at, "there is no `initial` here, so the first child is it", "name the child to start in")
	}
	to = cmp.Or(to, n.inner[0])
	actions, raise := x.effects(start.get("actions"))
	if len(actions)+len(raise) > 0 || to.parent != n || to.kind == "history" {
		step := &state{name: x.m.stateNames.free(n.key + "_start"), always: []transition{{target: to.name, actions: actions, raise: raise}}}
		return append([]*state{step}, states...), step.name
	}
	return states, to.name
}

// initialTargets are what `initial` names.
func initialTargets(n *node) []*value {
	start := n.config.get("initial")
	if start.kindIs('{') {
		return start.get("target").items()
	}
	return start.items()
}

// initialNode is the state inside a node that `initial` names, nil if none is.
func (x *xstate) initialNode(n *node, target *value) *node {
	text := strings.TrimPrefix(target.text(), x.delimiter)
	at, path := n, text
	if strings.HasPrefix(text, "#") {
		at, path = x.byID(text[1:])
	}
	for at != nil && path != "" {
		var key string
		key, path, _ = strings.Cut(path, x.delimiter)
		at = at.child(key)
	}
	if at == n || at != nil && !at.within(n) {
		return nil
	}
	return at
}

func (x *xstate) state(n *node) *state {
	x.leftOut(n)
	s := &state{name: n.name, doc: n.config.get("description").text()}
	if lossy(n.key) && n != x.root {
		s.doc = strings.TrimSpace(s.doc + " " + called(n.key))
	}
	switch n.kind {
	case "history":
		s.kind, s.deep = "history", n.config.get("history").text() == "deep"
		return s
	case "final":
		return x.final(n, s)
	case "atomic", "compound", "parallel":
	default:
		x.refuse(codeNotTaken, n.config.get("type").offset, "the type `"+n.kind+"` is none of XState",
			"it has atomic, compound, parallel, final and history")
	}
	s.entry, s.exit = x.actions(n.entry()), x.actions(n.exit())
	x.reactions(n, s)
	s.children, s.initial = x.children(n)
	return s
}

// final makes a state that does nothing but end what is around it.
func (x *xstate) final(n *node, s *state) *state {
	s.kind, s.entry = "final", x.actions(n.entry())
	if n.parent == x.root { // these run as the machine ends
		s.entry = append(s.entry, x.actions(n.exit())...)
	}
	for _, word := range []string{"exit", "onExit", "on", "after", "always", "invoke", "states", "onDone", "activities"} {
		m := n.config.member(word)
		if m.value == nil || len(m.value.items()) == 0 || m.value.kind == '{' && len(m.value.members) == 0 {
			continue
		}
		if !strings.HasSuffix(strings.ToLower(word), "exit") || n.parent != x.root {
			x.notTaken(m.at, "`"+word+"` of a final state is left out", "a final state of a spec has entry actions and nothing else")
		}
	}
	return s
}

// startsIn reports whether a state is active from the start.
func (x *xstate) startsIn(n *node) bool {
	for ; n.parent != nil; n = n.parent {
		if n.name != x.initialOf(n.parent) {
			return false
		}
	}
	return true
}

// initialOf is the name of the state that a state begins in; empty if the config does not say it.
func (x *xstate) initialOf(n *node) string {
	if targets := initialTargets(n); len(targets) > 0 {
		if to := x.initialNode(n, targets[0]); to != nil {
			return to.name
		}
	}
	return ""
}

// historyDefault gives a history the child that it stands for before its parent was ever left. Where that is further inside, it returns a
// state that leads there.
func (x *xstate) historyDefault(n *node, s *state) []*state {
	target := n.config.get("target")
	if len(target.items()) == 0 {
		return nil
	}
	to := x.resolve(n, target.items()[0])
	if to != nil && x.version == 4 && !x.startsIn(n.parent) && to.name != x.initialOf(n.parent) {
		x.notTaken(target.offset, "XState 4 takes the initial state instead of this default, unless the history is the target of its first transition",
			"name that state")
	}
	switch {
	case to == nil:
		return nil
	case to.parent == n.parent && to.kind != "history":
		s.target = to.name
		return nil
	case to == n.parent || !to.within(n.parent):
		x.notTaken(target.offset, "the default of a history is left out: it is no state beside it", "name a state beside the history")
		return nil
	}
	step := &state{name: x.m.stateNames.free(s.name + "_default"), always: []transition{{target: to.name}}}
	s.target = step.name
	return []*state{step}
}

// reactions takes over what a state waits for.
func (x *xstate) reactions(n *node, s *state) {
	for _, event := range x.mentioned(n) {
		x.on(n, s, event)
	}
	if slices.ContainsFunc(n.handlers, func(h handler) bool { return h.descriptor == "*" }) {
		s.add("*", x.transitions(n, x.candidates(n, "*"))...)
	}
	for _, d := range n.after {
		x.after(n, s, d)
	}
	s.always = x.transitions(n, n.eventless)
	switch done := n.config.member("onDone"); {
	case slices.Contains(n.owned(), doneOf+n.id) && n != x.root:
		s.onDone = x.sent(n, doneOf+n.id)
	case done.value != nil && n != x.root:
		x.notTaken(done.at, "`onDone` of "+n.name+" is left out: no child of it is final", "give a child `type: final`")
	}
	for _, v := range n.invokes {
		s.invokes = append(s.invokes, x.invoke(n, s, v))
	}
}

// mentioned are the events that a state has transitions for, beside those of `*`.
func (x *xstate) mentioned(n *node) []string {
	var events []string
	add := func(event string) {
		_, raised := x.raisedAs[event]
		_, known := x.m.eventNames.names[event]
		if (raised || known) && !slices.Contains(events, event) {
			events = append(events, event)
		}
	}
	for _, h := range n.handlers {
		add(h.descriptor)
	}
	for _, h := range n.handlers {
		if !strings.HasSuffix(h.descriptor, ".*") {
			continue
		}
		for _, event := range x.events {
			if x.stands(h.descriptor, event) {
				add(event)
			}
		}
		for _, event := range slices.Sorted(maps.Keys(x.raisedAs)) {
			if x.stands(h.descriptor, event) {
				add(event)
			}
		}
	}
	return events
}

// on takes over the transitions of one event. A transition that does nothing ignores it.
func (x *xstate) on(n *node, s *state, source string) {
	event := x.raisedAs[source]
	if event == "" {
		event = x.m.event(source)
	}
	transitions := x.transitions(n, x.candidates(n, source))
	if last := len(transitions) - 1; last >= 0 && transitions[last].nothing() {
		transitions = transitions[:last]
		s.ignore = append(s.ignore, event)
	}
	s.add(event, transitions...)
}

// nothing reports whether a transition is there only so that no other state takes the event.
func (a transition) nothing() bool {
	return a.guard == "" && a.target == "" && !a.reenter && len(a.actions)+len(a.raise) == 0
}

// after takes over one time of a state. Two that are the same in the spec are one.
func (x *xstate) after(n *node, s *state, d delayed) {
	list, delay := x.sent(n, d.event), x.delay(d)
	for i := range s.after {
		if s.after[i].trigger == delay {
			s.after[i].transitions = untilClosed(append(s.after[i].transitions, list...))
			return
		}
	}
	if len(list) > 0 {
		s.after = append(s.after, reaction{delay, list})
	}
}

func untilClosed(list []transition) []transition {
	for i, t := range list {
		if t.guard == "" {
			return list[:i+1]
		}
	}
	return list
}

// sent is what a state does on an event that it sends to its machine: raise it as one of the spec, or the transitions for it.
func (x *xstate) sent(n *node, event string) []transition {
	if name := x.raisedAs[event]; name != "" {
		return []transition{{raise: []string{name}}}
	}
	return x.transitions(n, x.candidates(n, event))
}
