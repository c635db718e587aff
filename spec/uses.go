package spec

import (
	"iter"
	"slices"
)

// armList is what a state tries in order on one event, or on one time-out, which has no event.
type armList struct {
	state *State
	event *EventRef // nil for a time-out
	arms  []*Arm
}

// armLists yields every list of arms in the order of the spec.
func (m *Machine) armLists() iter.Seq[armList] {
	return func(yield func(armList) bool) {
		for s := range m.All() {
			for _, h := range s.On {
				if !yield(armList{s, &h.Event, h.Arms}) {
					return
				}
			}
			for _, t := range s.After {
				if !yield(armList{s, nil, t.Arms}) {
					return
				}
			}
		}
	}
}

// hookUse is one place that names a hook.
type hookUse struct {
	ref   *HookRef
	kind  HookKind  // what the place wants
	event *EventRef // nil for entry, exit and time-outs
	place string    // in words, for messages
}

// hookUses yields every place that names a hook, state by state: entry, exit, then the arms.
func (m *Machine) hookUses() iter.Seq[hookUse] {
	return func(yield func(hookUse) bool) {
		for s := range m.All() {
			for _, r := range s.Entry {
				if !yield(hookUse{r, Action, nil, "an entry"}) {
					return
				}
			}
			for _, r := range s.Exit {
				if !yield(hookUse{r, Action, nil, "an exit"}) {
					return
				}
			}
		}
		for list := range m.armLists() {
			for _, a := range list.arms {
				if !list.hooksOf(a, yield) {
					return
				}
			}
		}
	}
}

func (l armList) hooksOf(a *Arm, yield func(hookUse) bool) bool {
	place := "a time-out"
	if l.event != nil {
		place = "an event"
	}
	if a.Guard != nil {
		for r := range a.Guard.Guards() {
			if !yield(hookUse{r, Guard, l.event, place}) {
				return false
			}
		}
	}
	for _, r := range a.Actions {
		if !yield(hookUse{r, Action, l.event, place}) {
			return false
		}
	}
	return a.Reply == nil || yield(hookUse{a.Reply, Reply, l.event, place})
}

// eventUses yields every place that names an event.
func (m *Machine) eventUses() iter.Seq[*EventRef] {
	return func(yield func(*EventRef) bool) {
		for s := range m.All() {
			for _, h := range s.On {
				if !yield(&h.Event) {
					return
				}
			}
			for _, r := range slices.Concat(s.Postpone, s.Ignore) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// eventHooks yields the uses of hooks that are declared, each with the event that reaches it.
func (m *Machine) eventHooks() iter.Seq2[hookUse, *Event] {
	return func(yield func(hookUse, *Event) bool) {
		for use := range m.hookUses() {
			if use.ref.Hook != nil && use.event != nil && use.event.Event != nil && !yield(use, use.event.Event) {
				return
			}
		}
	}
}
