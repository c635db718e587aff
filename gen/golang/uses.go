package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// use is one place of the spec that names a hook.
type use struct {
	place string      // "exit of locked", "locked --button--> closed"
	event *spec.Event // nil for entry, exit and time-outs
}

// uses finds where the spec names each hook, in the order of the spec.
func (p *plan) uses() map[*spec.Hook][]use {
	uses := map[*spec.Hook][]use{}
	add := func(ref *spec.HookRef, u use) {
		if ref != nil && !slices.Contains(uses[ref.Hook], u) {
			uses[ref.Hook] = append(uses[ref.Hook], u)
		}
	}
	arms := func(label string, ev *spec.Event, all []*spec.Arm) {
		for _, a := range all {
			for ref := range a.Hooks() {
				add(ref, use{arrow(label, a), ev})
			}
		}
	}
	for _, s := range p.states {
		for _, ref := range s.Entry {
			add(ref, use{place: "entry of " + s.Name})
		}
		for _, ref := range s.Exit {
			add(ref, use{place: "exit of " + s.Name})
		}
		for _, h := range s.On {
			arms(h.Event.Value, h.Event.Event, h.Arms)
		}
		for _, t := range s.After {
			arms("after "+t.Value, nil, t.Arms)
		}
	}
	return uses
}

// arrow draws a transition on one line.
func arrow(label string, a *spec.Arm) string {
	if a.To == nil {
		return fmt.Sprintf("%s --%s", a.Source.Name, label)
	}
	return fmt.Sprintf("%s --%s--> %s", a.Source.Name, label, a.To.Leaf().Name)
}

// events returns the events that lead to a hook.
func (h *hook) events() []*spec.Event {
	var events []*spec.Event
	for _, u := range h.uses {
		if u.event != nil {
			events = append(events, u.event)
		}
	}
	return events
}

// doc is the comment of a hook: where it runs, then what the spec says of it.
func (h *hook) doc() string {
	if len(h.uses) == 0 {
		return join("\n\n", h.name+" is used nowhere.", sentence(h.Doc.Value))
	}
	places := make([]string, 0, len(h.uses))
	for _, u := range h.uses {
		places = append(places, u.place)
	}
	where := fmt.Sprintf("%s %s %s.", h.name, h.verb(), enumerate(places))
	if len(where) > indentWidth {
		where = fmt.Sprintf("%s %s:\n  - %s", h.name, h.verb(), strings.Join(places, "\n  - "))
	}
	return join("\n\n", where, sentence(h.Doc.Value))
}

// verb is what a hook does at the places that name it.
func (h *hook) verb() string {
	switch h.Kind {
	case spec.Guard:
		return "guards"
	case spec.Reply:
		return "answers"
	default:
		return "runs on"
	}
}
