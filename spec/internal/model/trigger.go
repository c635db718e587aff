package model

import (
	"iter"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// TriggerKind says what makes a machine look at transitions.
type TriggerKind uint8

// The kinds of trigger.
const (
	OnEvent        TriggerKind = iota + 1 // an event, or a named timer that delivers one
	OnAfter                               // the `after` of a state
	OnEvery                               // the `every` of a state
	OnEventTimeout                        // the `event_timeout` of a state
	OnAlways                              // nothing: the `always` of a state, after a step
	OnDone                                // a compound state is in a final child
	OnInvokeDone                          // an invoke has returned
	OnInvokeError                         // an invoke has failed
)

// Trigger is an event, a time or an end that transitions wait for. Two triggers are the same if they are equal.
type Trigger struct {
	Kind   TriggerKind
	Event  *decl.Event // of OnEvent
	State  *State      // the state that declares it; nil for OnEvent
	Timer  *Timer      // of OnAfter, OnEvery and OnEventTimeout
	Invoke *Invocation // of OnInvokeDone and OnInvokeError
}

// Triggers yields everything that the machine can react to: its events, its named timers, then state by state what the
// states wait for, each where there are transitions for it.
func (m *Machine) Triggers() iter.Seq[Trigger] {
	return func(yield func(Trigger) bool) {
		for ev := range m.AllEvents() {
			if !yield(Trigger{Kind: OnEvent, Event: ev}) {
				return
			}
		}
		for s := range m.All() {
			for _, t := range s.triggers() {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// AllEvents yields the events of the machine and then those that its named timers deliver.
func (m *Machine) AllEvents() iter.Seq[*decl.Event] {
	return func(yield func(*decl.Event) bool) {
		for _, ev := range m.Events {
			if !yield(ev) {
				return
			}
		}
		for _, t := range m.Timers {
			if !yield(t.Event) {
				return
			}
		}
	}
}

// triggers returns the triggers of the state that are not events.
func (s *State) triggers() []Trigger {
	var triggers []Trigger
	for _, t := range s.Times() {
		triggers = append(triggers, t.Trigger(s))
	}
	if s.EventTimeout != nil {
		triggers = append(triggers, Trigger{Kind: OnEventTimeout, State: s, Timer: s.EventTimeout})
	}
	if len(s.Always) > 0 {
		triggers = append(triggers, Trigger{Kind: OnAlways, State: s})
	}
	if len(s.OnDone) > 0 {
		triggers = append(triggers, Trigger{Kind: OnDone, State: s})
	}
	for _, v := range s.Invokes {
		triggers = append(triggers, Trigger{Kind: OnInvokeDone, State: s, Invoke: v})
		triggers = append(triggers, Trigger{Kind: OnInvokeError, State: s, Invoke: v})
	}
	return triggers
}

// Trigger returns the trigger of an `after` or an `every` of a state.
func (t *Timer) Trigger(s *State) Trigger {
	if t.Every {
		return Trigger{Kind: OnEvery, State: s, Timer: t}
	}
	return Trigger{Kind: OnAfter, State: s, Timer: t}
}

// IsPeriodic reports whether the trigger comes from a timer that starts its next period when it is delivered.
func (t Trigger) IsPeriodic() bool {
	return t.Kind == OnEvery || t.Kind == OnEvent && t.Event.Timer != nil && t.Event.Timer.Every
}

// Failure is the payload that comes with the failure of an invoke.
var Failure = []*decl.Field{{Name: "error", Type: syntax.Text{Value: "error"}, Doc: syntax.Text{Value: "Why it failed."}}}

// Payload returns the fields that come with the trigger: those of the event, the result of the invoke that is done, or
// the `error` of one that failed. It is nil for every other trigger.
func (t Trigger) Payload() []*decl.Field {
	switch {
	case t.Kind == OnEvent && t.Event != nil:
		return t.Event.Payload
	case t.Kind == OnInvokeDone && t.Invoke != nil && t.Invoke.Src.Hook != nil:
		return t.Invoke.Src.Hook.Result
	case t.Kind == OnInvokeError:
		return Failure
	default:
		return nil
	}
}
