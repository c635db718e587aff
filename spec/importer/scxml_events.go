package importer

import (
	"slices"
	"strings"
)

// learnEvents finds every event that the document names, and those that its states raise when they are done.
func (x *scxml) learnEvents(root *element) {
	isDone := func(d string) bool { return d == "*" || strings.HasPrefix(d, "done") }
	for e := range root.all() {
		if e.name == "transition" && isState(e.parent) && slices.ContainsFunc(descriptors(e), isDone) {
			x.onDone = append(x.onDone, e)
		}
	}
	for e := range root.all() {
		switch e.name {
		case "raise", "send":
			x.know(e.attrs["event"], e.offset)
		case "transition":
			for _, d := range descriptors(e) {
				x.know(d, e.offset)
			}
		}
	}
	for _, event := range x.opt.Events {
		x.know(event, 0)
	}
	for e := range root.all() {
		if x.raisesDone(e) {
			x.know(doneEvent(e), e.offset)
		}
	}
	x.knowAny(root)
}

// know takes an event for one of the document. The descriptor of a transition is the name of an event, too, unless it
// is only what several begin with.
func (x *scxml) know(event string, at int64) {
	event = strings.TrimSuffix(strings.TrimSuffix(event, "*"), ".")
	prefix := event == "done" || event == "error" || event == "done.state" || event == "done.invoke"
	if state, ok := strings.CutPrefix(event, "done.state."); ok {
		e := x.ids[state]
		prefix = e != nil && !x.raisesDone(e)
	}
	if _, known := x.m.eventNames.names[event]; known || event == "" || prefix {
		return
	}
	for end := range len(event) + 1 {
		if end == len(event) || event[end] == '.' {
			x.dotted[event[:end]] = append(x.dotted[event[:end]], len(x.known))
		}
	}
	x.known = append(x.known, event)
	name := x.m.event(event)
	x.m.document(x.m.events, name, x.renamedAt(at, event, name))
}

// knowAny takes an event of its own for what `*` stands for, where the document names no event.
func (x *scxml) knowAny(root *element) {
	for e := range root.all() {
		if len(x.m.events) == 0 && e.name == "transition" && len(descriptors(e)) > 0 {
			x.know("any event", e.offset)
			x.notTaken(e.offset, "`"+e.attrs["event"]+"` becomes the event any_event, as the document names no event", "name each event")
		}
	}
}

// descriptors are what the event of a transition has to match one of. None is no event at all.
func descriptors(t *element) []string { return strings.Fields(t.attrs["event"]) }

// matches reports whether a descriptor stands for an event: itself, what goes on behind a dot, or with `*` anything.
func matches(descriptor, event string) bool {
	if descriptor == "*" {
		return true
	}
	prefix := strings.TrimSuffix(strings.TrimSuffix(descriptor, "*"), ".")
	return event == prefix || strings.HasPrefix(event, prefix+".")
}

func anyMatches(t *element, event string) bool {
	return slices.ContainsFunc(descriptors(t), func(d string) bool { return matches(d, event) })
}

func doneEvent(e *element) string { return "done.state." + e.attrs["id"] }

// raisesDone reports whether the done event of a state has to be an event of its own, as others than the state wait for
// it.
func (x *scxml) raisesDone(e *element) bool {
	return x.isDone(e) && slices.ContainsFunc(x.onDone, func(t *element) bool {
		return anyMatches(t, doneEvent(e)) && (t.parent != e || slices.Contains(descriptors(t), "*"))
	})
}

// isDone reports whether a state can be done.
func (x *scxml) isDone(e *element) bool {
	return e.name == "state" && e.attrs["id"] != "" && e.child("final") != nil
}

// transitions takes over the transitions of a state, in the order of the document for every event.
func (x *scxml) transitions(e *element, s *state) {
	all := slices.Collect(e.children("transition"))
	s.always = x.transitionsOf(all, func(t *element) bool { return len(descriptors(t)) == 0 })
	for _, event := range x.named(all) {
		s.add(x.m.event(event), x.transitionsOf(all, func(t *element) bool { return anyMatches(t, event) })...)
	}
	isAny := func(t *element) bool { return slices.Contains(descriptors(t), "*") }
	if slices.ContainsFunc(all, isAny) && len(s.on) < len(x.m.events) {
		s.add("*", x.transitionsOf(all, isAny)...)
	}
	switch {
	case x.raisesDone(e):
		s.onDone = []transition{{raise: []string{x.m.event(doneEvent(e))}}}
	case x.isDone(e):
		s.onDone = x.transitionsOf(all, func(t *element) bool { return anyMatches(t, doneEvent(e)) })
	}
}

// named are the known events that transitions stand for, without `*`.
func (x *scxml) named(all []*element) []string {
	var places []int
	for _, t := range all {
		for _, d := range descriptors(t) {
			if d != "*" {
				places = append(places, x.dotted[strings.TrimSuffix(strings.TrimSuffix(d, "*"), ".")]...)
			}
		}
	}
	slices.Sort(places)
	var events []string
	for _, at := range slices.Compact(places) {
		events = append(events, x.known[at])
	}
	return events
}

// transitionsOf are what the elements that fit become in the spec, up to the first that is always taken.
func (x *scxml) transitionsOf(all []*element, fits func(*element) bool) []transition {
	var transitions []transition
	for _, t := range all {
		if !fits(t) || t.attrs["cond"] == "false" {
			continue
		}
		a, ok := x.transition(t)
		if !ok {
			continue
		}
		if transitions = append(transitions, a); a.guard == "" {
			break
		}
	}
	return transitions
}

func (x *scxml) transition(t *element) (a transition, ok bool) {
	a = transition{guard: x.condition(t), at: t.offset}
	var to *element
	if to, a.target = x.target(t.offset, t.attrs["target"]); to == nil && t.attrs["target"] != "" {
		return a, false
	}
	inside := to != nil && to.within(t.parent)
	a.reenter = inside && !(t.attrs["type"] == "internal" && to != t.parent)
	if a.raise = x.onlyRaises(t); a.raise == nil {
		a.actions = x.actions(t)
	}
	return a, true
}

func (e *element) within(o *element) bool {
	for ; e != nil; e = e.parent {
		if e == o {
			return true
		}
	}
	return false
}
