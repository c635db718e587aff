package second

import (
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// NotSupportedError reports a word of a spec, or a use of one, that the engine does not have.
type NotSupportedError struct {
	Pos  spec.Pos
	Word string
}

func (e *NotSupportedError) Error() string {
	return fmt.Sprintf("second: %d:%d: %s: stateless does not have it, use the engine of this project", e.Pos.Line, e.Pos.Column, e.Word)
}

// supported returns what the engine cannot do, nil if there is nothing.
func supported(m *spec.Machine) error {
	if len(m.Timers) > 0 {
		return &NotSupportedError{m.Timers[0].Pos, "timers"}
	}
	for s := range m.All() {
		if err := state(s); err != nil {
			return err
		}
	}
	for a := range simulate.Transitions(m) {
		if err := transition(m, a); err != nil {
			return err
		}
	}
	return nil
}

func state(s *spec.State) error {
	word := ""
	switch {
	case s.Kind == spec.History:
		word = "type: history"
	case len(s.After) > 0:
		word = "after"
	case s.EventTimeout != nil:
		word = "event_timeout"
	case len(s.Always) > 0:
		word = "always"
	case len(s.OnDone) > 0:
		word = "onDone"
	case len(s.Invokes) > 0:
		word = "invoke"
	case len(s.Postpone) > 0:
		word = "postpone"
	default:
		return nil
	}
	return &NotSupportedError{s.Pos, word}
}

func transition(m *spec.Machine, a *spec.Transition) error {
	switch {
	case a.Choose != nil:
		return &NotSupportedError{a.Pos, "choose"}
	case len(a.Raise) > 0:
		return &NotSupportedError{a.Pos, "raise"}
	case a.Postpone:
		return &NotSupportedError{a.Pos, "postpone"}
	case a.Later:
		return &NotSupportedError{a.Pos, "reply: later"}
	}
	for _, leaf := range m.Leaves() {
		if a.Source.Contains(leaf) && !straight(leaf, a) {
			return &NotSupportedError{a.Pos, "a target that leaves more than it has to"}
		}
	}
	return nil
}

// straight reports whether the transition leaves and enters what the engine would: everything below the innermost state
// that holds both the leaf and the target, where the target itself counts as one that holds itself, but for a leaf that
// is its own target.
func straight(leaf *spec.State, a *spec.Transition) bool {
	step := spec.Plan(leaf, a)
	if !step.Changed {
		return true
	}
	var exits []*spec.State
	for s := range leaf.Ancestors() {
		if s.Contains(a.To) && s != leaf {
			break
		}
		exits = append(exits, s)
	}
	return slices.Equal(exits, step.Exits)
}
