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
	var refused error
	res, crashed := h.invoke(func(_ *Callback[S, D], x Turn[S, D]) (res Result[S, D]) {
		res.state, res.data, refused = migrate(x.State, x.Data)
		return res
	}, Turn[S, D]{State: h.state, Data: h.data})
	if crashed != nil {
		return crashed
	}
	if refused != nil {
		return refused
	}
	h.state, h.data = res.state, res.data
	h.callbacks[len(h.callbacks)-1] = c
	return nil
}
