package statem

import (
	"slices"
	"time"
)

// Status is a description of a machine written by hand, between two events (R103).
type Status[S comparable, D any] struct {
	State     S
	Data      D
	Postponed []Event   // oldest first
	Timeouts  []Timeout // in no particular order
	Suspended bool
	Callbacks []*Callback[S, D] // the current one first
}

// Timeout is a timer that runs, in a [Status].
type Timeout struct {
	Timer    Timer
	Content  any
	Deadline time.Duration // on the machine's clock
}

// status returns the description of the machine. The server or Core adds Suspended.
func (m *callbackMachine[S, D]) status() Status[S, D] {
	s := Status[S, D]{State: m.state, Data: m.data, Callbacks: slices.Clone(m.callbacks)}
	slices.Reverse(s.Callbacks)
	for _, ev := range m.engine.Postponed() {
		s.Postponed = append(s.Postponed, Event(ev))
	}
	for _, t := range m.engine.Timeouts() {
		s.Timeouts = append(s.Timeouts, Timeout{Timer: Timer{t.Timer}, Content: t.Content, Deadline: t.Deadline})
	}
	return s
}

// changeCode replaces the current callback and converts state and data for it.
func (m *callbackMachine[S, D]) changeCode(c *Callback[S, D], migrate func(S, D) (S, D, error)) error {
	state, data, err := m.migrate(migrate)
	if err != nil {
		return err
	}
	m.state, m.data = state, data
	m.callbacks[len(m.callbacks)-1] = c
	return nil
}

// migrate calls f and turns its panic into an error.
func (m *callbackMachine[S, D]) migrate(f func(S, D) (S, D, error)) (state S, data D, err error) {
	defer m.recoverInto(&err)
	return f(m.state, m.data)
}
