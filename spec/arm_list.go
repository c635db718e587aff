package spec

import (
	"iter"
	"slices"
)

// armList is what a state tries in order on one trigger.
type armList struct {
	state *State
	event *EventRef // of `on`; nil for the rest
	place string    // in words, for messages
	arms  []*Arm

	// causes are what can bring payload: of `*` several, of a name without a declaration none. It is nil where nothing
	// ever comes: a time-out, `always`, the `onDone` of a state.
	causes func() []cause
}

// eachCause returns what can bring payload to the list; nothing where nothing comes.
func (l armList) eachCause() []cause {
	if l.causes == nil {
		return nil
	}
	return l.causes()
}

// cause is what brings payload to an arm: an event, or an end of an invoke.
type cause struct {
	event  *Event // nil for an end
	end    string // in words
	fields []*Field
}

// String is the cause in words, for messages.
func (c cause) String() string {
	if c.event != nil {
		return "event " + quote(c.event.Name)
	}
	return c.end
}

func (c cause) field(name string) *Field { return fieldOf(c.fields, name) }

func fieldOf(fields []*Field, name string) *Field {
	i := slices.IndexFunc(fields, func(f *Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return fields[i]
}

// armLists yields every list of arms, state by state in the order of the fields of [State]. Inside the arms that choose
// there are more arms: [armList.all] has them too.
func (m *Machine) armLists() iter.Seq[armList] {
	return func(yield func(armList) bool) {
		for s := range m.All() {
			if !m.armListsOf(s, yield) {
				return
			}
		}
	}
}

func (m *Machine) armListsOf(s *State, yield func(armList) bool) bool {
	for _, h := range s.On {
		if !yield(armList{state: s, event: &h.Event, place: "an event", arms: h.Arms, causes: m.causesOf(s, h)}) {
			return false
		}
	}
	for _, t := range s.timeouts() {
		if !yield(armList{state: s, place: "a time-out", arms: t.Arms}) {
			return false
		}
	}
	if len(s.Always) > 0 && !yield(armList{state: s, place: "`always`", arms: s.Always}) {
		return false
	}
	for _, v := range s.Invokes {
		done := armList{state: s, place: "an invoke", arms: v.OnDone, causes: v.cause("end", OnInvokeDone)}
		failed := armList{state: s, place: "an invoke", arms: v.OnError, causes: v.cause("failure", OnInvokeError)}
		if !yield(done) || !yield(failed) {
			return false
		}
	}
	return len(s.OnDone) == 0 || yield(armList{state: s, place: "`onDone`", arms: s.OnDone})
}

// timeouts are the times that end in the state.
func (s *State) timeouts() []*Timer {
	if s.EventTimeout == nil {
		return s.After
	}
	return append(slices.Clip(s.After), s.EventTimeout)
}

// cause is how the invoke ends.
func (v *Invocation) cause(what string, kind TriggerKind) func() []cause {
	return func() []cause {
		t := Trigger{Kind: kind, Invoke: v}
		return []cause{{end: "the " + what + " of invoke " + quote(v.Src.Value), fields: t.Payload()}}
	}
}

// causesOf are the events that a handler can get.
func (m *Machine) causesOf(s *State, h *Handler) func() []cause {
	return func() []cause {
		var events []*Event
		if h.Any() {
			events = m.anyEvents(s)
		} else if h.Event.Event != nil {
			events = []*Event{h.Event.Event}
		}
		var causes []cause
		for _, ev := range events {
			causes = append(causes, cause{event: ev, fields: ev.Payload})
		}
		return causes
	}
}

// anyEvents are the events that the `*` of a state stands for in one of the leaves.
func (m *Machine) anyEvents(s *State) []*Event {
	var events []*Event
	for _, ev := range m.Events {
		arms := s.anyArms(ev)
		if len(arms) > 0 && m.decides(s, ev, arms[0]) {
			events = append(events, ev)
		}
	}
	return events
}

// decides reports whether an arm of a state is tried for an event in one of the leaves.
func (m *Machine) decides(s *State, ev *Event, a *Arm) bool {
	tried := false
	walk([]*State{s}, func(leaf *State) bool {
		tried = len(leaf.States) == 0 && leaf.Kind != History && slices.Contains(m.Cell(leaf, ev).Arms, a)
		return !tried
	})
	return tried
}

// all are the arms of the list and those that they choose between.
func (l armList) all() []*Arm {
	if !slices.ContainsFunc(l.arms, func(a *Arm) bool { return a.Choose != nil }) {
		return l.arms
	}
	var arms []*Arm
	for _, a := range l.arms {
		arms = append(arms, a)
		if a.Choose != nil {
			for _, o := range a.Choose.Outcomes {
				if o.Arm != nil {
					arms = append(arms, o.Arm)
				}
			}
		}
	}
	return arms
}
