package engine

import (
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
