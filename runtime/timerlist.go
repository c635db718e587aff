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

// timer is a timer that runs, or did and can be used again. An engine keeps those that run in the order of their deadlines,
// then those that do not. One that has expired but is not delivered still runs: it can be
// cancelled and updated (R038).
type timer struct {
	timeout  *timeout // nil: it does not run
	deadline time.Duration
	next     *timer // in the list of the engine
	expiry   expiry
}

type expiry uint8

const (
	timerRunning   expiry = iota
	timerExpired          // its time has come
	timerAnnounced        // a message says so, and is on its way
)

// run starts what, anew if it runs.
func (e *Engine) armTimer(timeout *timeout, deadline time.Duration) {
	e.cancel(timeout.key)
	if deadline == never {
		return
	}
	t := e.takeSpareTimer()
	t.timeout, t.deadline, t.expiry = timeout, deadline, timerRunning
	e.insertTimer(t)
	if timeout.key.kind == KindEventTimeout {
		e.flags |= flagEventTimeout
	}
	if e.server != nil && deadline < e.server.wake {
		e.flags |= flagRearm
	}
	e.traced(StepTimerSet, timeout.key.String())
}

// unused takes a timer that does not run out of the list, or makes one.
func (e *Engine) takeSpareTimer() *timer {
	for at := &e.timers; *at != nil; at = &(*at).next {
		if t := *at; t.timeout == nil {
			*at, t.next = t.next, nil
			return t
		}
	}
	return new(timer)
}

// insert puts a timer that runs into the list, behind those that are due before it or with it.
func (e *Engine) insertTimer(t *timer) {
	at := &e.timers
	for *at != nil && (*at).timeout != nil && (*at).deadline <= t.deadline {
		at = &(*at).next
	}
	t.next, *at = *at, t
}

// retire moves a timer that no longer runs to the end of the list, where the next one to start finds it.
func (e *Engine) retireTimer(t *timer) {
	t.timeout = nil
	e.unlinkTimer(t)
	at := &e.timers
	for *at != nil {
		at = &(*at).next
	}
	t.next, *at = nil, t
}

// remove takes a timer out of the list.
func (e *Engine) unlinkTimer(t *timer) {
	at := &e.timers
	for *at != t {
		at = &(*at).next
	}
	*at = t.next
}

func (e *Engine) findTimer(key Timer) *timer {
	for t := e.timers; t != nil; t = t.next {
		if t.timeout != nil && t.timeout.key == key {
			return t
		}
	}
	return nil
}

// runs reports whether a timer of this kind runs, or is a time-out of no time.
func (e *Engine) hasTimerOfKind(kind Kind) bool {
	for t := e.timers; t != nil; t = t.next {
		if t.timeout != nil && t.timeout.key.kind == kind {
			return true
		}
	}
	return slices.ContainsFunc(e.ext.zeroTimeouts, func(z zeroTimeout) bool { return z.key.kind == kind })
}

// timed reports whether any timer runs.
func (e *Engine) hasTimer() bool {
	for t := e.timers; t != nil; t = t.next {
		if t.timeout != nil {
			return true
		}
	}
	return false
}

// forget makes t a timer that does not run. If a message says that it has expired, that finds nothing.
func (e *Engine) dropTimer(t *timer) {
	if t.expiry != timerAnnounced {
		e.retireTimer(t)
		return
	}
	t.timeout = nil
	e.unlinkTimer(t)
}

// Deadline returns when the earliest timer that has not expired does. It looks at one timer, and besides at those that have
// expired and wait for a suspended machine.
func (e *Engine) Deadline() (deadline time.Duration, ok bool) {
	for t := e.timers; t != nil && t.timeout != nil; t = t.next {
		if t.expiry == timerRunning {
			return t.deadline, true
		}
	}
	return 0, false
}

// expire lets the timers expire whose time has come.
func (e *Engine) markExpired(now time.Duration) {
	for t := e.timers; t != nil; t = t.next {
		if t.timeout != nil && t.expiry == timerRunning && t.deadline <= now {
			t.expiry = timerExpired
		}
	}
}

// expired returns the timer that has expired earliest, of those that no message announces; nil if there is none.
func (e *Engine) nextExpired() *timer {
	var first *timer
	for t := e.timers; t != nil; t = t.next {
		if t.timeout != nil && t.expiry == timerExpired && (first == nil || t.deadline < first.deadline) {
			first = t
		}
	}
	return first
}

// announce returns the message of a timer that has expired.
func (t *timer) message() *message {
	t.expiry = timerAnnounced
	return &message{timer: t}
}

// delivered turns an expired timer into its event, unless it was cancelled or started anew since its message was sent (R038).
func (e *Engine) timerEvent(t *timer) (Event, bool) {
	timeout := t.timeout
	if timeout == nil {
		return Event{}, false
	}
	e.retireTimer(t)
	e.traced(StepTimerFired, timeout.key.String())
	return timeout.key.event(timeout.content), true
}

// Expire handles every timer whose time has come, for a machine with one owner. It returns when the next one is due. While
// none is due, it looks at one timer and changes nothing.
func (e *Engine) Expire(m Stepper) (next time.Duration, ok bool) {
	next, ok = e.Deadline()
	if !ok || next > e.clock.Now() {
		return next, ok
	}
	e.markExpired(e.clock.Now())
	for t := e.nextExpired(); t != nil; t = e.nextExpired() {
		ev, _ := e.timerEvent(t) // it runs
		_, _ = e.runStep(m, ev)  // nobody waits for a time-out
		e.Settle(m)
	}
	return e.Deadline()
}
