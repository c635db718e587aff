package otelfsm

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// The attributes of metrics and span events.
const (
	keyMachine = attribute.Key("fsm.machine")
	keyState   = attribute.Key("fsm.state")
	keyFrom    = attribute.Key("fsm.state.from")
	keyEvent   = attribute.Key("fsm.event")
	keyTo      = attribute.Key("fsm.state.to")
	keyReason  = attribute.Key("fsm.reason")
)

// vocabulary is the set of attributes for the steps of one machine type. For a type that has not been prepared it is nil.
type vocabulary struct {
	transitions map[arrow]transition
	events      map[cell][]metric.AddOption
}

// arrow is a transition from one state: one that the spec gives to a state around it has an arrow from each state inside.
type arrow struct {
	id   int
	from string
}

// transition is what a transition is measured with.
type transition struct {
	add    []metric.AddOption
	record []metric.RecordOption // with the state that is left
	leaves bool                  // whether one is
}

// cell is an event in a state.
type cell struct{ state, event string }

func newVocabulary(info *fsm.Info) *vocabulary {
	v := &vocabulary{
		transitions: map[arrow]transition{},
		events:      make(map[cell][]metric.AddOption, len(info.States)*len(info.Events)),
	}
	for id, t := range info.Transitions {
		for _, from := range inside(info, t.From) {
			to := t.To
			if t.Internal {
				to = from
			}
			v.transitions[arrow{id, from}] = newTransition(info.Machine, from, t.Event, to, !t.Internal)
		}
	}
	for _, state := range info.States {
		for _, event := range info.Events {
			v.events[cell{state, event}] = eventOptions(info.Machine, state, event)
		}
	}
	return v
}

// inside returns a state and those inside.
func inside(info *fsm.Info, name string) []string {
	of := slices.Index(info.States, name)
	var names []string
	for state, other := range info.States {
		if info.IsIn(state, of) {
			names = append(names, other)
		}
	}
	return names
}

func newTransition(machine, from, event, to string, leaves bool) transition {
	return transition{
		add:    []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(transitionAttributes(machine, from, event, to)...))},
		record: []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(keyMachine.String(machine), keyState.String(from)))},
		leaves: leaves,
	}
}

func transitionAttributes(machine, from, event, to string) []attribute.KeyValue {
	return []attribute.KeyValue{keyMachine.String(machine), keyFrom.String(from), keyEvent.String(event), keyTo.String(to)}
}

func eventAttributes(machine, state, event string) []attribute.KeyValue {
	return []attribute.KeyValue{keyMachine.String(machine), keyState.String(state), keyEvent.String(event)}
}

func eventOptions(machine, state, event string) []metric.AddOption {
	return []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(eventAttributes(machine, state, event)...))}
}

// transition returns what an accepted step is measured with.
func (v *vocabulary) transition(info *fsm.Info, step *fsm.Step) transition {
	if v != nil {
		if t, ok := v.transitions[arrow{step.Transition, step.From}]; ok {
			return t
		}
	}
	leaves := step.From != step.To
	if step.Transition >= 0 {
		leaves = !info.Transitions[step.Transition].Internal
	}
	return newTransition(info.Machine, step.From, step.Event, step.To, leaves)
}

// event returns what a step without a transition is measured with.
func (v *vocabulary) event(info *fsm.Info, step *fsm.Step) []metric.AddOption {
	if v != nil {
		if options, ok := v.events[cell{step.From, step.Event}]; ok {
			return options
		}
	}
	return eventOptions(info.Machine, step.From, step.Event)
}
