package runtime

import (
	"slices"
	"time"
)

// Status is what there is to know about a machine written by hand, between two events (R103).
type Status[S comparable, D any] struct {
	State     S
	Data      D
	Postponed []Event   // oldest first
	Timeouts  []Timeout // in no particular order
	Suspended bool
	Callbacks []*Callback[S, D] // the current one first
}

// Timeout is a timer that runs.
type Timeout struct {
	Timer    Timer
	Content  any
	Deadline time.Duration // on the machine's clock
}

func (m *callbackMachine[S, D]) status() Status[S, D] {
	s := Status[S, D]{State: m.state, Data: m.data, Callbacks: slices.Clone(m.callbacks)}
	slices.Reverse(s.Callbacks)
	if r := m.engine.ext; r != nil {
		s.Postponed = slices.Clone(r.postponed)
	}
	s.Timeouts = m.engine.timeouts()
	return s
}

func (e *Engine) timeouts() []Timeout {
	var out []Timeout
	for t := e.timers; t != nil; t = t.next {
		if t.timeout != nil {
			out = append(out, Timeout{Timer: t.timeout.key, Content: t.timeout.content, Deadline: t.deadline})
		}
	}
	if e.ext == nil {
		return out
	}
	for _, z := range e.ext.zeroTimeouts {
		out = append(out, Timeout{Timer: z.key, Content: z.content, Deadline: e.clock.Now()})
	}
	return out
}

// changeCode replaces the current callback and migrates state and data to it.
func (m *callbackMachine[S, D]) changeCode(c *Callback[S, D], migrate func(S, D) (S, D, error)) error {
	state, data, err := m.migrate(migrate)
	if err != nil {
		return err
	}
	m.state, m.data = state, data
	m.callbacks[len(m.callbacks)-1] = c
	return nil
}

func (m *callbackMachine[S, D]) migrate(f func(S, D) (S, D, error)) (state S, data D, err error) {
	defer m.recoverInto(&err)
	return f(m.state, m.data)
}
