package check

import (
	"iter"
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// transitionList is the list of transitions that a state tries in order for one trigger.
type transitionList struct {
	state       *model.State
	event       *decl.EventRef // of `on`; nil for the rest
	place       string         // in words, for messages
	transitions []*model.Transition

	// causes are what can bring payload: of `*` several, of a name without a declaration none. It is nil where nothing
	// ever comes: a time-out, `always`, the `onDone` of a state.
	causes func() []cause
}

// eachCause returns what can bring payload to the list; nothing where nothing comes.
func (l transitionList) eachCause() []cause {
	if l.causes == nil {
		return nil
	}
	return l.causes()
}

// cause is an event, or the end of an invoke, that leads to a transition with its payload.
type cause struct {
	event  *decl.Event // nil for an end
	end    string      // in words
	fields []*decl.Field
}

// String is the cause in words, for messages.
func (c cause) String() string {
	if c.event != nil {
		return "event " + wording.Quote(c.event.Name)
	}
	return c.end
}

func (c cause) field(name string) *decl.Field { return fieldOf(c.fields, name) }

func fieldOf(fields []*decl.Field, name string) *decl.Field {
	i := slices.IndexFunc(fields, func(f *decl.Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return fields[i]
}

// transitionLists yields every list of transitions, state by state in the order of the fields of [State]. Inside the
// transitions that choose there are more transitions: [transitionList.all] has them too.
func transitionLists(m *model.Machine) iter.Seq[transitionList] {
	return func(yield func(transitionList) bool) {
		for s := range m.All() {
			if !transitionListsOf(m, s, yield) {
				return
			}
		}
	}
}

func transitionListsOf(m *model.Machine, s *model.State, yield func(transitionList) bool) bool {
	for _, h := range s.On {
		if !yield(transitionList{state: s, event: &h.Event, place: "an event", transitions: h.Transitions, causes: causesOf(m, s, h)}) {
			return false
		}
	}
	for _, t := range timeouts(s) {
		if !yield(transitionList{state: s, place: "a time-out", transitions: t.Transitions}) {
			return false
		}
	}
	if len(s.Always) > 0 && !yield(transitionList{state: s, place: "`always`", transitions: s.Always}) {
		return false
	}
	for _, v := range s.Invokes {
		done := transitionList{state: s, place: "an invoke", transitions: v.OnDone, causes: endCauses(v, "end", model.OnInvokeDone)}
		failed := transitionList{state: s, place: "an invoke", transitions: v.OnError, causes: endCauses(v, "failure", model.OnInvokeError)}
		if !yield(done) || !yield(failed) {
			return false
		}
	}
	return len(s.OnDone) == 0 || yield(transitionList{state: s, place: "`onDone`", transitions: s.OnDone})
}

// timeouts returns the times of `after` and `every` of a state, and its event time-out.
func timeouts(s *model.State) []*model.Timer {
	if s.EventTimeout == nil {
		return s.Times()
	}
	return append(s.Times(), s.EventTimeout)
}

// endCauses returns the cause of the transitions of one end of an invoke.
func endCauses(v *model.Invocation, what string, kind model.TriggerKind) func() []cause {
	return func() []cause {
		t := model.Trigger{Kind: kind, Invoke: v}
		return []cause{{end: "the " + what + " of invoke " + wording.Quote(v.Src.Value), fields: t.Payload()}}
	}
}

// causesOf are the events that a handler can get.
func causesOf(m *model.Machine, s *model.State, h *model.Handler) func() []cause {
	return func() []cause {
		var events []*decl.Event
		if h.Any() {
			events = anyEvents(m, s)
		} else if h.Event.Event != nil {
			events = []*decl.Event{h.Event.Event}
		}
		var causes []cause
		for _, ev := range events {
			causes = append(causes, cause{event: ev, fields: ev.Payload})
		}
		return causes
	}
}

// anyEvents are the events that the `*` of a state stands for in one of the leaves.
func anyEvents(m *model.Machine, s *model.State) []*decl.Event {
	var events []*decl.Event
	for _, ev := range m.Events {
		transitions := s.WildcardTransitions(ev)
		if len(transitions) > 0 && decides(m, s, ev, transitions[0]) {
			events = append(events, ev)
		}
	}
	return events
}

// decides reports whether a transition of a state is tried for an event in one of the leaves.
func decides(m *model.Machine, s *model.State, ev *decl.Event, a *model.Transition) bool {
	tried := false
	model.Walk([]*model.State{s}, func(leaf *model.State) bool {
		tried = len(leaf.States) == 0 && leaf.Kind != model.History && slices.Contains(m.Cell(leaf, ev).Transitions, a)
		return !tried
	})
	return tried
}

// all are the transitions of the list and those that they choose between.
func (l transitionList) all() []*model.Transition {
	if !slices.ContainsFunc(l.transitions, func(a *model.Transition) bool { return a.Choose != nil }) {
		return l.transitions
	}
	var transitions []*model.Transition
	for _, a := range l.transitions {
		transitions = append(transitions, a)
		if a.Choose != nil {
			for _, o := range a.Choose.Outcomes {
				if o.Transition != nil {
					transitions = append(transitions, o.Transition)
				}
			}
		}
	}
	return transitions
}
