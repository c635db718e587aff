package importer

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// What the names of events that a machine sends itself begin with, as XState 5 calls them.
const (
	doneOf   = "xstate.done.state."
	resultOf = "xstate.done.actor."
	errorOf  = "xstate.error.actor."
	afterOf  = "xstate.after."
)

// eventOf5 is what XState 5 calls an event of XState 4 that a machine sends itself; others keep their names.
func (x *xstate) eventOf5(name string) string {
	if x.version == 5 {
		return name
	}
	for _, as := range [][2]string{{"done.state.", doneOf}, {"done.invoke.", resultOf}, {"error.platform.", errorOf}} {
		if rest, ok := strings.CutPrefix(name, as[0]); ok {
			return as[1] + rest
		}
	}
	if rest, ok := strings.CutPrefix(name, "xstate.after("); ok {
		return afterOf + strings.Replace(rest, ")#", ".", 1)
	}
	return name
}

// handlers puts what a state waits for in the order in which XState tries it. In version 4 that is: done events, `on`, `*`, times. In version
// 5 an event comes before what stands for several, and `onDone` is instead of an event of its name.
func (x *xstate) handlers(n *node) {
	x.eventlessOf(n)
	var named, wild, done []handler
	for _, h := range x.onOf(n) {
		if h.descriptor == "*" && !n.config.get("on").kindIs('[') || x.version != 4 && strings.HasSuffix(h.descriptor, ".*") {
			wild = append(wild, h)
		} else {
			named = append(named, h)
		}
	}
	if m := n.config.member("onDone"); m.value != nil {
		done = append(done, handler{doneOf + n.id, "onDone", m.value.items(), m.at})
	}
	done = append(done, x.invokesOf(n)...)
	after := x.afterOf(n)
	if x.version == 4 {
		n.handlers = slices.Concat(done, named, wild, after)
		return
	}
	named = slices.DeleteFunc(named, func(h handler) bool {
		return slices.ContainsFunc(done, func(d handler) bool { return d.descriptor == h.descriptor })
	})
	slices.SortStableFunc(wild, func(a, b handler) int { return cmp.Compare(len(b.descriptor), len(a.descriptor)) })
	n.handlers = slices.Concat(named, done, after, wild)
}

// eventlessOf finds the transitions that need no event.
func (x *xstate) eventlessOf(n *node) {
	on := n.config.get("on")
	n.eventless = on.get("").items()
	for _, t := range on.listed() {
		if t.get("event").text() == "" && t.get("event") != nil {
			n.eventless = append(n.eventless, t)
		}
	}
	n.eventless = append(n.eventless, n.config.get("always").items()...)
}

// listed are the items of a list; none of anything else.
func (v *value) listed() []*value {
	if v.kindIs('[') {
		return v.list
	}
	return nil
}

// member is one of an object, without a value if there is none.
func (v *value) member(key string) member {
	if v != nil {
		if at, ok := v.index[key]; ok && !v.members[at].value.isNull() {
			return v.members[at]
		}
	}
	return member{}
}

// onOf are the handlers of `on`, which is an object or, in version 4, a list of transitions that name their events.
func (x *xstate) onOf(n *node) []handler {
	on := n.config.get("on")
	var handlers []handler
	for _, m := range on.all() {
		if m.key == "" {
			continue
		}
		list := m.value.items()
		if m.value.isNull() { // as `undefined`: the event is not for the states around it
			list = []*value{{kind: '{', offset: m.value.offset}}
		}
		handlers = append(handlers, handler{x.eventOf5(m.key), m.key, list, m.at})
	}
	for _, t := range on.listed() {
		switch event := t.get("event"); {
		case event == nil:
			x.notTaken(t.offset, "a transition without an event is left out", "give it an `event`")
		case event.text() != "":
			handlers = append(handlers, handler{x.eventOf5(event.text()), event.text(), []*value{t}, t.offset})
		}
	}
	if on != nil && on.kind == 0 && !on.isNull() {
		x.notTaken(on.offset, "`on` is left out: it is no object", "write each event with its transition")
	}
	return handlers
}

// invokesOf finds the work of a state, and who waits for its end.
func (x *xstate) invokesOf(n *node) []handler {
	var handlers []handler
	for i, v := range n.config.get("invoke").items() {
		id := v.get("id").text()
		switch {
		case id == "" && x.version == 4:
			id = n.id + ":invocation[" + strconv.Itoa(i) + "]"
		case id == "":
			id = strconv.Itoa(i) + "." + n.id
		}
		n.invokes = append(n.invokes, invoked{id: id, config: v})
		for _, end := range [][2]string{{"onDone", resultOf}, {"onError", errorOf}} {
			if m := v.member(end[0]); m.value != nil {
				handlers = append(handlers, handler{end[1] + id, end[0], m.value.items(), m.at})
			}
		}
	}
	for _, v := range n.config.get("activities").items() {
		n.invokes = append(n.invokes, invoked{id: typeOf(v), config: v})
	}
	return handlers
}

// afterOf finds the times of a state: `after` is an object or, in version 4, a list of transitions with a delay.
func (x *xstate) afterOf(n *node) []handler {
	after := n.config.get("after")
	var handlers []handler
	add := func(delay string, list []*value, at int64) {
		event := afterOf + delay + "." + n.id
		handlers = append(handlers, handler{event, delay, list, at})
		if !slices.ContainsFunc(n.after, func(d delayed) bool { return d.event == event }) {
			n.after = append(n.after, delayed{event, delay, at})
		}
	}
	for _, m := range after.all() {
		add(m.key, m.value.items(), m.at)
	}
	for _, t := range after.listed() {
		delay := t.get("delay")
		text := delay.text()
		if delay != nil && text == "" && delay.kind == 0 && !delay.isNull() {
			text = x.raw(delay)
		}
		add(text, []*value{t}, t.offset)
	}
	if after != nil && after.kind == 0 && !after.isNull() {
		x.notTaken(after.offset, "`after` is left out: it is no object", "write each time with its transition")
	}
	return handlers
}

// stands reports whether a descriptor stands for an event.
func (x *xstate) stands(descriptor, event string) bool {
	switch {
	case descriptor == event || descriptor == "*":
		return true
	case x.version == 4 || !strings.HasSuffix(descriptor, ".*"):
		return false
	}
	prefix := strings.TrimSuffix(descriptor, ".*")
	return event == prefix || strings.HasPrefix(event, prefix+".")
}

// candidates are the transitions of a state for an event, in the order in which they are tried.
func (x *xstate) candidates(n *node, event string) []*value {
	var list []*value
	for _, h := range n.handlers {
		if x.stands(h.descriptor, event) && (h.descriptor != "*" || x.isWild(event)) {
			list = append(list, h.list...)
		}
	}
	return list
}

// isWild reports whether `*` stands for an event. In version 4 it does not for the failure of work that no state waits for by name.
func (x *xstate) isWild(event string) bool {
	return x.version != 4 || !strings.HasPrefix(event, errorOf) || x.failures[event]
}

// all yields a node and everything inside it, parents first.
func (n *node) all() []*node {
	all := []*node{n}
	for _, c := range n.inner {
		all = append(all, c.all()...)
	}
	return all
}
