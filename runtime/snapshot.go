package runtime

import (
	"slices"
	"time"
)

// ArmedTimer is a timer that runs, as a snapshot keeps it: it means the same in another process, and on another day.
type ArmedTimer struct {
	Name     string    `json:"name"` // of [Info.Timers]
	Deadline time.Time `json:"deadline"`
}

// ArmedTimers returns the timers of [Info.Timers] that run, in the order of their numbers. One that has expired and is not
// delivered still runs.
func (e *Engine) ArmedTimers() []ArmedTimer {
	var armed []ArmedTimer
	for number := range e.info.timeouts {
		key := e.info.timeouts[number].key
		if t := e.findTimer(key); t != nil {
			armed = append(armed, ArmedTimer{e.info.Timers[number].Name, e.clock.wall(t.deadline)})
		} else if e.zeroIndex(key) >= 0 {
			armed = append(armed, ArmedTimer{e.info.Timers[number].Name, e.clock.wall(e.clock.Now())})
		}
	}
	return armed
}

// RestoreTimer starts the timer with this number so that it expires at deadline; at once, but behind what waits already, if
// that has passed.
func (e *Engine) RestoreTimer(number int, deadline time.Time) {
	e.ensureExt()
	e.armTimer(&e.info.timeouts[number], e.clock.instant(deadline))
}

// RestoreTimers starts timers as [Engine.ArmedTimers] gave them. If the machine has none of one of the names, it starts none
// and returns an [UnknownTimerError].
func (e *Engine) RestoreTimers(armed []ArmedTimer) error {
	for _, a := range armed {
		if _, ok := e.info.TimerNumber(a.Name); !ok {
			return &UnknownTimerError{Machine: e.info.Machine, Name: a.Name}
		}
	}
	for _, a := range armed {
		number, _ := e.info.TimerNumber(a.Name)
		e.RestoreTimer(number, a.Deadline)
	}
	return nil
}

// TimerNumber returns the number of the timer with this name.
func (i *Info) TimerNumber(name string) (number int, ok bool) {
	number = slices.IndexFunc(i.Timers, func(t TimerInfo) bool { return t.Name == name })
	return number, number >= 0
}

// Postponed returns the events that wait for a state change, oldest first.
func (e *Engine) Postponed() []Event {
	if e.ext == nil {
		return nil
	}
	return slices.Clone(e.ext.postponed)
}

// RestorePostponed makes events wait for the next state change, in this order, behind those that do.
func (e *Engine) RestorePostponed(events ...Event) {
	for _, ev := range events {
		e.addPostponed(ev)
	}
}
