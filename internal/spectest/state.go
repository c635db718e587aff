package spectest

import (
	"fmt"
	"slices"
	"strings"
)

// state is a state before its transitions are drawn: a transition can name any of them.
type state struct {
	name     string
	kind     string // as the spec says it; empty for a plain one
	children []*state
}

// grow draws the tree of the states.
func (w *writer) grow() {
	w.states = w.children("s", 2, 2+w.IntN(3))
	if w.features.has(Final) {
		w.states = append(w.states, &state{name: "end", kind: "final"})
		w.targets = append(w.targets, "end")
	}
}

// children draws count states and what is inside them.
func (w *writer) children(prefix string, depth, count int) []*state {
	var all []*state
	for i := range count {
		s := &state{name: fmt.Sprintf("%s%d", prefix, i)}
		w.targets = append(w.targets, s.name)
		if depth > 0 && w.may(Nested, 2) {
			s.children = w.children(s.name+"_", depth-1, 1+w.IntN(3))
			w.furnish(s)
		}
		all = append(all, s)
	}
	return all
}

// furnish gives a compound state children of the other kinds.
func (w *writer) furnish(s *state) {
	if w.may(Done, 2) {
		s.add(w, "over", "final")
	}
	if w.may(History, 2) {
		s.add(w, "was", "history")
	}
	if w.may(History, 3) {
		s.add(w, "deep", "history, history: deep")
	}
}

func (s *state) add(w *writer, name, kind string) {
	child := &state{name: s.name + "_" + name, kind: kind}
	s.children = append(s.children, child)
	w.targets = append(w.targets, child.name)
}

// ends reports whether the state has a final child.
func (s *state) ends() bool {
	return slices.ContainsFunc(s.children, func(c *state) bool { return c.kind == "final" })
}

// state writes a state.
func (w *writer) state(s *state, indent string) {
	if s.kind != "" {
		w.line("%s%s: {type: %s}", indent, s.name, s.kind)
		return
	}
	w.line("%s%s:\n%s  doc: State %s.", indent, s.name, indent, s.name)
	indent += "  "
	for _, word := range []string{"entry", "exit"} {
		if w.IntN(3) == 0 {
			w.line("%s%s: [%s]", indent, word, strings.Join(w.actions(""), ", "))
		}
	}
	w.events(indent)
	w.times(indent)
	w.automatic(s, indent)
	if len(s.children) == 0 {
		return
	}
	w.line("%sinitial: %s\n%sstates:", indent, s.children[0].name, indent)
	for _, child := range s.children {
		w.state(child, indent+"  ")
	}
}

// events writes what the state does on events: transitions, postpone, ignore.
func (w *writer) events(indent string) {
	var on, postpone, ignore []string
	decided := 0
	for i, event := range Events {
		fate := w.IntN(8)
		if fate < 5 {
			decided++
		}
		switch {
		case fate < 3:
			on = append(on, event+": ["+strings.Join(w.transitions(eventTransition(i)), ", ")+"]")
		case fate == 3 && w.features.has(Park):
			postpone = append(postpone, event)
		case fate == 4 && w.features.has(Park):
			ignore = append(ignore, event)
		}
	}
	for _, t := range w.timers {
		if w.IntN(3) == 0 {
			on = append(on, t+": ["+strings.Join(w.transitions(transition{}), ", ")+"]")
		}
	}
	if decided < len(Events) && w.may(Wildcard, 5) {
		on = append(on, `"*": [`+strings.Join(w.transitions(transition{payload: true}), ", ")+"]")
	}
	if len(on) > 0 {
		w.line("%son:", indent)
	}
	for _, handler := range on {
		w.line("%s  %s", indent, handler)
	}
	w.list(indent, "postpone", postpone)
	w.list(indent, "ignore", ignore)
}

func (w *writer) list(indent, word string, names []string) {
	if len(names) > 0 {
		w.line("%s%s: [%s]", indent, word, strings.Join(names, ", "))
	}
}

// times writes what the state does as time passes.
func (w *writer) times(indent string) {
	if w.may(After, 3) {
		w.line("%safter:", indent)
		for range 1 + w.IntN(2) {
			w.line("%s  %s: [%s]", indent, w.lasting(), strings.Join(w.transitions(transition{}), ", "))
		}
	}
	if w.may(EventTimeout, 5) {
		w.line("%sevent_timeout:\n%s  %s: [%s]", indent, indent, w.lasting(), strings.Join(w.transitions(transition{}), ", "))
	}
}

// automatic writes what the state does by itself: eventless transitions, which always have a guard and an action so
// that they end, what follows a final child, and invokes.
func (w *writer) automatic(s *state, indent string) {
	if w.may(Always, 4) {
		w.line("%salways: %s", indent, w.transition(transition{guarded: true, acting: true, resting: true}))
	}
	if s.ends() {
		w.line("%sonDone: %s", indent, w.transition(transition{guarded: true, acting: true, random: true, resting: true}))
	}
	if w.may(Invoke, 5) {
		w.line("%sinvoke: {src: fetch, onDone: %s, onError: %s}", indent, w.transition(transition{payload: true, first: len(Events)}), w.transition(transition{}))
	} else if w.may(Invoke, 5) {
		w.line("%sinvoke: {src: play, onDone: %s}", indent, w.transition(transition{}))
	}
}
