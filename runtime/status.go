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

func (h *hand[S, D]) status() Status[S, D] {
	s := Status[S, D]{State: h.state, Data: h.data, Callbacks: slices.Clone(h.callbacks)}
	slices.Reverse(s.Callbacks)
	if r := h.engine.rest; r != nil {
		s.Postponed = slices.Clone(r.parked)
	}
	s.Timeouts = h.engine.timeouts()
	return s
}

func (e *Engine) timeouts() []Timeout {
	var out []Timeout
	for t := e.timers; t != nil; t = t.next {
		if t.what != nil {
			out = append(out, Timeout{Timer: t.what.key, Content: t.what.content, Deadline: t.deadline})
		}
	}
	if e.rest == nil {
		return out
	}
	for _, z := range e.rest.zero {
		out = append(out, Timeout{Timer: z.key, Content: z.content, Deadline: e.clock.Now()})
	}
	return out
}

// changeCode replaces the current callback and migrates state and data to it.
func (h *hand[S, D]) changeCode(c *Callback[S, D], migrate func(S, D) (S, D, error)) error {
	state, data, err := h.migrate(migrate)
	if err != nil {
		return err
	}
	h.state, h.data = state, data
	h.callbacks[len(h.callbacks)-1] = c
	return nil
}

func (h *hand[S, D]) migrate(f func(S, D) (S, D, error)) (state S, data D, err error) {
	defer h.contain(&err)
	return f(h.state, h.data)
}
