// Package xstate writes a machine as the JSON that XState v5 takes: createMachine(JSON).provide({...}).
//
// Hooks are named implementations: actions, guards, actors. A condition is a guard whose type is its text; an outcome
// of a choice is a guard of type `choose` with params; a time-out that a param sets is a delay of that name. What
// XState has only as code are actions with params: `raise`, `reply`, `reply_later`, `start_timer`, `cancel_timer`,
// `update_timer`. So is `postpone`, which it does not have at all.
//
// XState has no words for event time-outs, named timers, params and the payloads of events. They are in `meta` of their
// state or of the machine, and it is up to the reader to carry them out.
package xstate

import (
	"slices"
	"strconv"

	"github.com/fsmgen/fsmgen/spec"
)

// JSON is the config of m, indented, ending in a newline. The machine must be without errors, as [spec.Load] finds them.
// The same machine gives the same bytes.
func JSON(m *spec.Machine) string {
	w := writer{m}
	root := &object{}
	root.put("id", m.Name.Value)
	root.set("description", m.Doc.Value)
	root.set("context", context(m))
	root.set("meta", w.meta())
	root.set("initial", m.Initial.Value)
	root.put("states", w.states(m.States))
	return indented(root)
}

// writer writes the parts of a machine.
type writer struct{ m *spec.Machine }

// context is the data of a new machine.
func context(m *spec.Machine) *object {
	o := &object{}
	for _, f := range m.Data {
		o.put(f.Name, value(f.Type.Value, f.Default.Value))
	}
	return o
}

// value is a value of the spec in JSON: what it is for the types that JSON has, a text for others, null for no value.
func value(typ, text string) any {
	switch typ {
	case "bool":
		return text == "true"
	case "string":
		return text
	}
	if text == "" {
		if n, ok := zero[typ]; ok {
			return n
		}
		return nil
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && typ != "duration" {
		return n
	}
	return text
}

var zero = map[string]any{
	"int": 0, "int8": 0, "int16": 0, "int32": 0, "int64": 0, "uint": 0, "uint8": 0, "uint16": 0, "uint32": 0, "uint64": 0,
	"byte": 0, "rune": 0, "float32": 0, "float64": 0, "time.Duration": 0,
}

// meta returns the properties of the machine that XState has no words for.
func (w writer) meta() *object {
	o := &object{}
	events := &object{}
	for _, e := range w.m.Events {
		payload := &object{}
		for _, f := range e.Payload {
			payload.put(f.Name, f.Type.Value)
		}
		event := &object{}
		event.set("description", e.Doc.Value)
		event.set("payload", payload)
		event.set("reply", e.Call.Value)
		events.set(e.Name, event)
	}
	o.set("events", events)
	timers := &object{}
	for _, t := range w.m.Timers {
		timer := &object{}
		timer.put(map[bool]string{true: "every", false: "after"}[t.Every], t.Value)
		timers.put(t.Name, timer)
	}
	o.set("timers", timers)
	params := &object{}
	for _, p := range w.m.Params {
		params.put(p.Name, value(p.Type.Value, p.Default.Value))
	}
	o.set("params", params)
	return o
}

func (w writer) states(states []*spec.State) *object {
	o := &object{}
	for _, s := range states {
		o.put(s.Name, w.state(s))
	}
	return o
}

func (w writer) state(s *spec.State) *object {
	o := &object{}
	switch {
	case s.Kind == spec.Final:
		o.put("type", "final")
	case s.Kind == spec.History:
		o.put("type", "history")
		o.put("history", map[bool]string{true: "deep", false: "shallow"}[s.Deep])
		o.put("target", w.target(s.DefaultState))
	}
	o.set("description", s.Doc.Value)
	o.set("initial", s.Initial.Value)
	o.set("entry", hooks(s.Entry))
	o.set("exit", hooks(s.Exit))
	o.set("invoke", w.invokes(s))
	o.set("after", w.after(s))
	o.set("always", w.transitions(s.Always))
	o.set("on", w.on(s))
	o.set("onDone", w.transitions(s.OnDone))
	o.set("meta", w.stateMeta(s))
	if len(s.States) > 0 {
		o.put("states", w.states(s.States))
	}
	return o
}

// stateMeta returns the properties of a state that XState has no words for.
func (w writer) stateMeta(s *spec.State) *object {
	o := &object{}
	every := &object{}
	for _, t := range s.Every {
		every.put(t.Value, w.transitions(t.Transitions))
	}
	o.set("every", every)
	if t := s.EventTimeout; t != nil {
		timeout := &object{}
		timeout.put(t.Value, w.transitions(t.Transitions))
		o.put("event_timeout", timeout)
	}
	return o
}

func (w writer) invokes(s *spec.State) []any {
	var all []any
	for i, v := range s.Invokes {
		o := &object{}
		o.put("src", v.Src.Value)
		o.put("id", s.Name+"."+v.Src.Value+map[bool]string{false: "." + strconv.Itoa(i)}[i == 0])
		o.set("onDone", w.transitions(v.OnDone))
		o.set("onError", w.transitions(v.OnError))
		all = append(all, o)
	}
	return all
}

// after has whole milliseconds as numbers, and what is not as the names of delays.
func (w writer) after(s *spec.State) *object {
	o := &object{}
	for _, t := range s.After {
		key := t.Value
		if ms := t.Duration.Milliseconds(); t.Duration > 0 && t.Duration.Nanoseconds()%1e6 == 0 {
			key = strconv.FormatInt(ms, 10)
		}
		o.put(key, w.transitions(t.Transitions))
	}
	return o
}

// on has what is ignored as transitions that do nothing, and what is postponed as ones that do nothing but `postpone`.
func (w writer) on(s *spec.State) *object {
	o := &object{}
	for _, h := range s.On {
		transitions := w.transitions(h.Transitions)
		if last := h.Transitions[len(h.Transitions)-1]; last.Guard != nil {
			transitions = append(transitions, rest(s, h.Event.Event)...)
		}
		o.put(h.Event.Value, one(transitions))
	}
	for _, e := range slices.Concat(s.Postpone, s.Ignore) {
		if !handles(s, e.Event) {
			o.put(e.Value, one(rest(s, e.Event)))
		}
	}
	return o
}

// rest returns the reaction of a state to an event that none of its transitions takes; nothing if its parent decides.
func rest(s *spec.State, ev *spec.Event) []any {
	is := func(e *spec.EventRef) bool { return e.Event == ev }
	switch {
	case ev == nil:
		return nil
	case slices.ContainsFunc(s.Postpone, is):
		o := &object{}
		o.put("actions", "postpone")
		return []any{o}
	case slices.ContainsFunc(s.Ignore, is):
		return []any{&object{}}
	default:
		return nil
	}
}

func handles(s *spec.State, ev *spec.Event) bool {
	return slices.ContainsFunc(s.On, func(h *spec.Handler) bool { return h.Event.Event == ev && !h.Any() })
}
