package xstate

import (
	"bytes"
	"encoding/json"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/spec"
)

// transitions returns the transitions as XState writes them, in the order in which they are tried. A transition that chooses is
// one for each outcome.
func (w writer) transitions(transitions []*spec.Transition) []any {
	var all []any
	for _, a := range transitions {
		if a.Choose == nil {
			all = append(all, w.transition(a, guard(a)))
			continue
		}
		for _, o := range a.Choose.Outcomes {
			all = append(all, w.transition(o.Transition, chosen(a, o)))
		}
	}
	return all
}

func (w writer) transition(a *spec.Transition, guard any) *object {
	o := &object{}
	o.set("guard", guard)
	if a.To != nil {
		o.put("target", w.target(a.To))
	}
	o.set("reenter", a.Reenter)
	o.set("actions", effects(a))
	return o
}

// target names a state so that it means the same everywhere.
func (w writer) target(s *spec.State) string { return "#" + w.m.Name.Value + "." + s.Path() }

func guard(a *spec.Transition) any {
	if a.Guard == nil {
		return nil
	}
	return a.Guard.Value
}

// chosen is the guard of an outcome. That of the transition is one of its params: XState asks one guard of a transition.
func chosen(a *spec.Transition, o *spec.Outcome) *object {
	params := &object{}
	params.put("choice", a.Choose.Src.Value)
	params.put("outcome", o.Value)
	if a.Guard != nil {
		params.put("guard", a.Guard.Value)
	}
	return named("choose", params)
}

func named(typ string, params *object) *object {
	o := &object{}
	o.put("type", typ)
	o.set("params", params)
	return o
}

// effects are the actions of a transition, and what is not an action in the words of this package.
func effects(a *spec.Transition) []any {
	all := hooks(a.Actions)
	add := func(typ, param, value string) {
		params := &object{}
		params.put(param, value)
		all = append(all, named(typ, params))
	}
	for _, timers := range []struct {
		typ  string
		refs []*spec.TimerRef
	}{{"cancel_timer", a.Cancel}, {"start_timer", a.Start}, {"update_timer", a.Update}} {
		for _, t := range timers.refs {
			add(timers.typ, "timer", t.Value)
		}
	}
	for _, e := range a.Raise {
		add("raise", "event", e.Value)
	}
	switch {
	case a.Postpone:
		all = append(all, "postpone")
	case a.Later:
		all = append(all, "reply_later")
	case a.Reply != nil:
		add("reply", "value", a.Reply.Value)
	}
	return all
}

func hooks(refs []*spec.HookRef) []any { return anys(chart.HookNames(refs)) }

func anys(names []string) []any {
	all := make([]any, len(names))
	for i, n := range names {
		all[i] = n
	}
	return all
}

// object is a JSON object whose members stay in order.
type object struct{ members []member }

type member struct {
	key   string
	value any
}

// set adds a member, unless its value says nothing.
func (o *object) set(key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	case *object:
		if len(v.members) == 0 {
			return
		}
	}
	o.put(key, value)
}

// put adds a member, whatever its value.
func (o *object) put(key string, value any) { o.members = append(o.members, member{key, value}) }

// MarshalJSON writes the members in the order in which they came.
func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o.members {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, v := range []any{m.key, m.value} {
			if j > 0 {
				b.WriteByte(':')
			}
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(v); err != nil {
				return nil, err
			}
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// indented is a value as JSON with line breaks, ending in a newline.
func indented(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // objects hold only texts, numbers, lists and objects
	}
	return b.String()
}

// one is a list, or what is in it if that is one thing.
func one(list []any) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}
