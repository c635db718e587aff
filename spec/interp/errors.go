package interp

import (
	"fmt"
	"slices"
	"strings"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// EventError reports an event that cannot be sent, or not with this payload.
type EventError struct {
	Event   string
	Problem string
	Want    []string // what is allowed instead; may be empty
}

func (e *EventError) Error() string {
	return "interp: event " + e.Event + " " + e.Problem + wanted(e.Want)
}

// ParamError reports a value for a param that the spec does not have.
type ParamError struct {
	Param string
}

func (e *ParamError) Error() string {
	return fmt.Sprintf("interp: param %s: is not declared", e.Param)
}

// OutcomeError reports an answer to a choice that is none of its outcomes. It ends the machine.
type OutcomeError struct {
	Choice, Outcome string
	Want            []string
}

func (e *OutcomeError) Error() string {
	return fmt.Sprintf("interp: choice %s: %q is not an outcome%s", e.Choice, e.Outcome, wanted(e.Want))
}

// InvokeError reports the end of an invoke that is not on.
type InvokeError struct {
	Invoke string
	Want   []string // those that are
}

func (e *InvokeError) Error() string {
	return "interp: invoke " + e.Invoke + " is not on" + wanted(e.Want)
}

// EventlessError ends a machine whose eventless transitions find no end, as it does one of generated code.
type EventlessError = fsm.EventlessError

func wanted(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ": want one of " + strings.Join(names, ", ")
}

func unknownFields(ev *spec.Event, payload Values) error {
	for name := range payload {
		if !slices.ContainsFunc(ev.Payload, func(f *spec.Field) bool { return f.Name == name }) {
			return &EventError{Event: ev.Name, Problem: "has no payload field " + name, Want: names(ev.Payload)}
		}
	}
	return nil
}

func names(fields []*spec.Field) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// sendable are the names of the events that somebody can send.
func (m *Machine) sendable() []string {
	var names []string
	for _, ev := range m.spec.Events {
		names = append(names, ev.Name)
	}
	return names
}
