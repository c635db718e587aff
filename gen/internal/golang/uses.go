package golang

import (
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// use is one place of the spec that names a hook.
type use struct {
	place   string   // "exit of locked", "locked --button--> closed"
	trigger *trigger // nil for entry and exit
}

// finder collects where the spec names each hook.
type finder struct {
	plan *plan
	uses map[*spec.Hook][]use
}

func (f *finder) add(ref *spec.HookRef, u use) {
	if ref != nil && !slices.Contains(f.uses[ref.Hook], u) {
		f.uses[ref.Hook] = append(f.uses[ref.Hook], u)
	}
}

// transitions adds the hooks of transitions, which these triggers lead to.
func (f *finder) transitions(label string, all []*spec.Transition, triggers ...*trigger) {
	for _, a := range all {
		for _, t := range triggers {
			for ref := range a.Hooks() {
				f.add(ref, use{arrow(label, a), t})
			}
		}
		if a.Choose == nil {
			continue
		}
		for _, o := range a.Choose.Outcomes {
			f.transitions(label, []*spec.Transition{o.Transition}, triggers...)
		}
	}
}

func (f *finder) state(s *state) {
	for _, ref := range s.Entry {
		f.add(ref, use{place: "entry of " + s.Name})
	}
	for _, ref := range s.Exit {
		f.add(ref, use{place: "exit of " + s.Name})
	}
	for _, h := range s.On {
		if h.Any() {
			f.transitions("*", h.Transitions, f.plan.sent()...)
		} else {
			f.transitions(h.Event.Value, h.Transitions, f.plan.event(h.Event.Event))
		}
	}
	for _, v := range s.Invokes {
		f.add(&v.Src, use{place: s.Name})
	}
	for _, t := range s.waits {
		f.transitions(t.label, t.own(), t)
	}
}

// own are the transitions of the state that waits for the trigger.
func (t *trigger) own() []*spec.Transition {
	switch t.Kind {
	case spec.OnAfter, spec.OnEventTimeout:
		return t.Timer.Transitions
	case spec.OnAlways:
		return t.State.Always
	case spec.OnDone:
		return t.State.OnDone
	case spec.OnInvokeDone:
		return t.Invoke.OnDone
	case spec.OnInvokeError:
		return t.Invoke.OnError
	default:
		return nil
	}
}

// sent returns the events that callers send.
func (p *plan) sent() []*trigger {
	return slices.Collect(func(yield func(*trigger) bool) {
		for _, t := range p.triggers {
			if t.isSent() && !yield(t) {
				return
			}
		}
	})
}

// uses finds where the spec names each hook, in the order of the spec.
func (p *plan) uses() map[*spec.Hook][]use {
	f := finder{p, map[*spec.Hook][]use{}}
	for _, s := range p.states {
		f.state(s)
	}
	return f.uses
}

// arrow draws a transition on one line.
func arrow(label string, a *spec.Transition) string {
	if a.To == nil {
		return fmt.Sprintf("%s --%s", a.Source.Name, label)
	}
	return fmt.Sprintf("%s --%s--> %s", a.Source.Name, label, a.To.Leaf().Name)
}

// places returns the places of the spec that name a hook, each once.
func (h *hook) places() []string {
	var places []string
	for _, u := range h.uses {
		if !slices.Contains(places, u.place) {
			places = append(places, u.place)
		}
	}
	return places
}

// doc is the comment of a hook: where it runs, then what the spec says of it.
func (h *hook) doc() string {
	places := h.places()
	if len(places) == 0 {
		return join("\n\n", h.name+" is used nowhere.", sentence(h.Doc.Value))
	}
	where := fmt.Sprintf("%s %s %s.", h.name, h.verb(), enumerate(places))
	return join("\n\n", where, sentence(h.Doc.Value))
}

// verb returns the verb for a hook at the places that name it.
func (h *hook) verb() string {
	switch h.Kind {
	case spec.Guard:
		return "guards"
	case spec.Reply:
		return "answers"
	case spec.Choice:
		return "decides"
	case spec.Invoke:
		return "works beside the machine while it is in"
	default:
		return "runs on"
	}
}
