package runtime

import (
	"slices"
	"time"
)

// timeout is what a timer delivers. It does not change, and may be that of many machines.
type timeout struct {
	key     Timer
	content any
}

// timer is a timer that runs, or did and can be used again. One that has expired but is not delivered still runs: it can be
// cancelled and updated (R038).
type timer struct {
	what     *timeout // nil: it does not run
	deadline time.Duration
	next     *timer
	expiry   expiry
}

type expiry uint8

const (
	ticking   expiry = iota
	overdue          // its time has come
	announced        // a message says so, and is on its way
)

// run starts what, anew if it runs.
func (e *Engine) run(what *timeout, deadline time.Duration) {
	e.cancel(what.key)
	if deadline == never {
		return
	}
	t := e.unused()
	t.what, t.deadline, t.expiry = what, deadline, ticking
	if what.key.kind == KindEventTimeout {
		e.hot |= hotEvent
	}
	if e.server != nil && deadline < e.server.wake {
		e.hot |= hotArm
	}
	e.traced(StepTimerSet, what.key.String())
}

// unused returns a timer that does not run.
func (e *Engine) unused() *timer {
	at := &e.timers
	for ; *at != nil; at = &(*at).next {
		if (*at).what == nil {
			return *at
		}
	}
	*at = new(timer)
	return *at
}

func (e *Engine) find(key Timer) *timer {
	for t := e.timers; t != nil; t = t.next {
		if t.what != nil && t.what.key == key {
			return t
		}
	}
	return nil
}

// runs reports whether a timer of this kind runs, or is a time-out of no time.
func (e *Engine) runs(kind Kind) bool {
	for t := e.timers; t != nil; t = t.next {
		if t.what != nil && t.what.key.kind == kind {
			return true
		}
	}
	return slices.ContainsFunc(e.rest.zero, func(z zeroTimeout) bool { return z.key.kind == kind })
}

// timed reports whether any timer runs.
func (e *Engine) timed() bool {
	for t := e.timers; t != nil; t = t.next {
		if t.what != nil {
			return true
		}
	}
	return false
}

// forget makes t a timer that does not run. If a message says that it has expired, that finds nothing.
func (e *Engine) forget(t *timer) {
	t.what = nil
	if t.expiry != announced {
		return
	}
	at := &e.timers
	for *at != t {
		at = &(*at).next
	}
	*at = t.next
}

// Deadline returns when the earliest timer that has not expired does.
func (e *Engine) Deadline() (deadline time.Duration, ok bool) {
	for t := e.timers; t != nil; t = t.next {
		if t.what != nil && t.expiry == ticking && (!ok || t.deadline < deadline) {
			deadline, ok = t.deadline, true
		}
	}
	return deadline, ok
}

// expire lets the timers expire whose time has come.
func (e *Engine) expire(now time.Duration) {
	for t := e.timers; t != nil; t = t.next {
		if t.what != nil && t.expiry == ticking && t.deadline <= now {
			t.expiry = overdue
		}
	}
}

// expired returns the timer that has expired earliest, of those that no message announces; nil if there is none.
func (e *Engine) expired() *timer {
	var first *timer
	for t := e.timers; t != nil; t = t.next {
		if t.what != nil && t.expiry == overdue && (first == nil || t.deadline < first.deadline) {
			first = t
		}
	}
	return first
}

// announce returns the message of a timer that has expired.
func (t *timer) announce() *letter {
	t.expiry = announced
	return &letter{expired: t}
}

// delivered turns an expired timer into its event, unless it was cancelled or started anew since its message was sent (R038).
func (e *Engine) delivered(t *timer) (Event, bool) {
	what := t.what
	if what == nil {
		return Event{}, false
	}
	t.what = nil
	e.traced(StepTimerFired, what.key.String())
	return what.key.event(what.content), true
}

// Expire handles every timer whose time has come, for a machine with one owner. It returns when the next one is due.
func (e *Engine) Expire(m Stepper) (next time.Duration, ok bool) {
	e.expire(e.clock.Now())
	for t := e.expired(); t != nil; t = e.expired() {
		ev, _ := e.delivered(t) // it runs
		_, _ = e.step(m, ev)    // nobody waits for a time-out
		e.Settle(m)
	}
	return e.Deadline()
}
