package engine

import (
	"errors"
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/timing"
)

// ArmedTimers returns the timers of [Info.Timers] that run, in the order of their numbers. A timer
// that has expired still runs until its event is handled.
func (e *Engine) ArmedTimers() []fsm.ArmedTimer {
	var armed []fsm.ArmedTimer
	for number := range e.info.timeouts {
		key := e.info.timeouts[number].key
		if t := e.findTimer(key); t != nil {
			armed = append(armed, fsm.ArmedTimer{Name: e.info.Timers[number], Deadline: timing.Wall(e.clock, t.deadline)})
		} else if e.zeroIndex(key) >= 0 {
			armed = append(armed, fsm.ArmedTimer{Name: e.info.Timers[number], Deadline: timing.Wall(e.clock, e.clock.Now())})
		}
	}
	return armed
}

// RestoreTimer starts the timer with this number for a deadline. A deadline in the past is
// delivered at once, behind the events that wait already.
func (e *Engine) RestoreTimer(number int, deadline time.Time) {
	e.ensureExt()
	e.armTimer(&e.info.timeouts[number], timing.Instant(e.clock, deadline))
}

// TimerNumber returns the number of the timer with this name.
func (t *Type) TimerNumber(name string) (number int, ok bool) {
	number = slices.Index(t.Timers, name)
	return number, number >= 0
}

// Postponed returns the events that wait for a state change, oldest first.
func (e *Engine) Postponed() []Event {
	if e.ext == nil {
		return nil
	}
	return slices.Clone(e.ext.postponed)
}

// RestorePostponed adds events, in this order, to those that wait for the next state change.
func (e *Engine) RestorePostponed(events ...Event) {
	for _, ev := range events {
		e.addPostponed(ev)
	}
}

// maxFailure is how much of the reason of an end a snapshot keeps, in bytes.
const maxFailure = 1000

// Failure returns why the machine has ended, as a text for a snapshot. It is empty while the machine
// runs, and after a normal end.
func (e *Engine) Failure() string {
	if !e.Stopped() || e.ext.reason == nil {
		return ""
	}
	text := e.ext.reason.Error()
	if text == "" {
		text = "unknown"
	}
	return text[:min(len(text), maxFailure)]
}

// RestoreEnd makes the machine one that has ended already. Terminate is not called again.
func (e *Engine) RestoreEnd(failure string) {
	var reason error
	if failure != "" {
		reason = errors.New(failure)
	}
	e.Stop(reason)
	e.ext.ended = true
}

// Since returns when the current state was entered. It is zero if that is not known: only a machine
// with an observer, a history or a logger reads the clock at each change of its state, and one that
// was restored from a snapshot which has the time.
func (e *Engine) Since() time.Time {
	if e.ext == nil || e.ext.watch == nil || !e.ext.watch.sinceKnown {
		return time.Time{}
	}
	return e.ext.watch.since.Round(0)
}

// RestoreSince says when the current state was entered; zero if that is not known.
func (e *Engine) RestoreSince(since time.Time) {
	if since.IsZero() {
		if e.ext != nil && e.ext.watch != nil {
			e.ext.watch.sinceKnown = false
		}
		return
	}
	w := e.ensureWatch()
	w.since, w.sinceKnown, w.keepsSince = since, true, true
	e.refreshInterest()
}
