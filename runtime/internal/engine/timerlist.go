package engine

import (
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/timing"
)

// timeout is the content of a timer. It does not change, and several machines may share it.
type timeout struct {
	key     Timer
	content any
}

// timer is an element of the list of timers of an engine: first the running ones, in the order of
// their deadlines, then spare ones. A timer that has expired still runs until its event is handled:
// it can be cancelled and updated (R038).
type timer struct {
	timeout  *timeout // of a spare timer: what it has delivered at its deadline; nil if it was stopped
	deadline time.Duration
	next     *timer // in the list of the engine
	expiry   expiry
}

// runs reports whether t is no spare timer.
func (t *timer) runs() bool { return t.timeout != nil && t.expiry != timerDelivered }

// expiry is the progress of a timer towards its event.
type expiry uint8

const (
	timerRunning   expiry = iota
	timerExpired          // its deadline has passed
	timerAnnounced        // a message for it is in the mailbox
	timerDelivered        // its event has been handled, and it is spare
)

// armTimer starts a timer, or restarts it.
func (e *Engine) armTimer(timeout *timeout, deadline time.Duration) {
	e.cancel(timeout.key)
	if deadline == timing.Never {
		return
	}
	t := e.takeSpareTimer()
	t.timeout, t.deadline, t.expiry = timeout, deadline, timerRunning
	e.insertTimer(t)
	if timeout.key.Kind == KindEventTimeout {
		e.flags |= flagEventTimeout
	}
	if e.server != nil && deadline < e.server.wake {
		e.flags |= flagRearm
	}
	e.traced(fsm.StepTimerSet, timeout.key.String())
}

// takeSpareTimer takes a spare timer out of the list, or allocates one.
func (e *Engine) takeSpareTimer() *timer {
	for at := &e.timers; *at != nil; at = &(*at).next {
		if t := *at; !t.runs() {
			*at, t.next = t.next, nil
			return t
		}
	}
	return new(timer)
}

// insertTimer puts a running timer into the list, behind those with an earlier or equal deadline.
func (e *Engine) insertTimer(t *timer) {
	at := &e.timers
	for *at != nil && (*at).runs() && (*at).deadline <= t.deadline {
		at = &(*at).next
	}
	t.next, *at = *at, t
}

// retireTimer moves a timer to the end of the list as a spare one.
func (e *Engine) retireTimer(t *timer) {
	t.timeout = nil
	e.unlinkTimer(t)
	at := &e.timers
	for *at != nil {
		at = &(*at).next
	}
	t.next, *at = nil, t
}

// unlinkTimer takes a timer out of the list.
func (e *Engine) unlinkTimer(t *timer) {
	at := &e.timers
	for *at != t {
		at = &(*at).next
	}
	*at = t.next
}

// findTimer returns the running timer with this key; nil if there is none.
func (e *Engine) findTimer(key Timer) *timer {
	for t := e.timers; t != nil; t = t.next {
		if t.runs() && t.timeout.key == key {
			return t
		}
	}
	return nil
}

// hasTimerOfKind reports whether a timer of this kind runs, also as a zero time-out.
func (e *Engine) hasTimerOfKind(kind Kind) bool {
	for t := e.timers; t != nil; t = t.next {
		if t.runs() && t.timeout.key.Kind == kind {
			return true
		}
	}
	return slices.ContainsFunc(e.ext.zeroTimeouts, func(z zeroTimeout) bool { return z.key.Kind == kind })
}

// hasTimer reports whether any timer runs.
func (e *Engine) hasTimer() bool {
	for t := e.timers; t != nil; t = t.next {
		if t.runs() {
			return true
		}
	}
	return false
}

// dropTimer stops t. If a message for it is in the mailbox, t is not reused: the message then finds
// a timer that does not run.
func (e *Engine) dropTimer(t *timer) {
	if t.expiry != timerAnnounced {
		e.retireTimer(t)
		return
	}
	t.timeout = nil
	e.unlinkTimer(t)
}

// Deadline returns the earliest deadline of the timers that have not expired. It reads one timer,
// and those that have expired and wait for a suspended machine.
func (e *Engine) Deadline() (deadline time.Duration, ok bool) {
	for t := e.timers; t != nil && t.runs(); t = t.next {
		if t.expiry == timerRunning {
			return t.deadline, true
		}
	}
	return 0, false
}

// markExpired marks the timers that are due.
func (e *Engine) markExpired(now time.Duration) {
	for t := e.timers; t != nil; t = t.next {
		if t.timeout != nil && t.expiry == timerRunning && t.deadline <= now {
			t.expiry = timerExpired
		}
	}
}

// nextExpired returns the expired timer with the earliest deadline, of those without a message; nil
// if there is none.
func (e *Engine) nextExpired() *timer {
	var first *timer
	for t := e.timers; t != nil; t = t.next {
		if t.timeout != nil && t.expiry == timerExpired && (first == nil || t.deadline < first.deadline) {
			first = t
		}
	}
	return first
}

// message returns the message for a timer that has expired.
func (t *timer) message() *message {
	t.expiry = timerAnnounced
	return &message{timer: t}
}

// timerEvent returns the event of an expired timer. It reports false if the timer was cancelled or
// restarted since its message was sent (R038).
func (e *Engine) timerEvent(t *timer) (Event, bool) {
	if !t.runs() {
		return Event{}, false
	}
	timeout := t.timeout
	e.retireTimer(t)
	t.timeout, t.expiry = timeout, timerDelivered
	e.traced(fsm.StepTimerFired, timeout.key.String())
	return timeout.key.event(timeout.content), true
}

// Expire handles every timer that is due, for a machine without a server. It returns the next
// deadline. If none has passed, it reads one timer and changes nothing.
func (e *Engine) Expire(m Stepper) (next time.Duration, ok bool) {
	next, ok = e.Deadline()
	if !ok || next > e.clock.Now() {
		return next, ok
	}
	e.markExpired(e.clock.Now())
	for t := e.nextExpired(); t != nil; t = e.nextExpired() {
		ev, _ := e.timerEvent(t) // it runs: nextExpired returned it
		_, _ = e.runStep(m, ev)  // a time-out has no caller
		e.Settle(m)
	}
	return e.Deadline()
}
