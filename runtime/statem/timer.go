package statem

import (
	"time"

	"github.com/fsmgen/fsmgen/runtime/internal/engine"
	"github.com/fsmgen/fsmgen/runtime/internal/timing"
)

// Infinity is a time-out that never comes. Starting a timer with it cancels the timer.
const Infinity time.Duration = timing.Never

// Timer is the key of a timer of a machine: there is one event time-out, one state time-out, and
// one timer of each name. Its methods make the actions of a callback.
type Timer struct {
	key engine.Timer
}

// EventTimer returns the timer that any event stops (R029).
func EventTimer() Timer { return Timer{engine.Timer{Kind: KindEventTimeout}} }

// StateTimer returns the timer that a state change stops (R026).
func StateTimer() Timer { return Timer{engine.Timer{Kind: KindStateTimeout}} }

// NamedTimer returns the timer with this name, which only the machine stops (R031).
func NamedTimer(name string) Timer { return Timer{engine.Timer{Kind: KindNamedTimeout, Name: name}} }

// Kind returns the kind of the events of the timer.
func (t Timer) Kind() Kind { return t.key.Kind }

// Name returns the name of the timer; empty unless it is a named one.
func (t Timer) Name() string { return t.key.Name }

// String returns the name of the timer, or its kind if it has no name.
func (t Timer) String() string { return t.key.String() }

// After starts the timer, or restarts it if it runs. The timer delivers content after d. With d of
// 0 it is delivered as soon as the queue of the machine is empty, before any event from outside
// (R042). A negative d ends the machine with [ErrBadAction].
func (t Timer) After(d time.Duration, content any) Action {
	return Action{verb: actionTimer, timer: engine.TimerSet, after: d, event: t.event(content)}
}

// At starts the timer for an instant of the machine's clock. An instant in the past is delivered
// behind the events that wait already (R039).
func (t Timer) At(instant time.Duration, content any) Action {
	return Action{verb: actionTimer, timer: engine.TimerSet, after: instant, absolute: true, event: t.event(content)}
}

// Update changes the content that the timer delivers, and keeps its deadline. A timer that does not
// run is started with a time of 0 (R033, R034).
func (t Timer) Update(content any) Action {
	return Action{verb: actionTimer, timer: engine.TimerUpdate, event: t.event(content)}
}

// Cancel stops the timer, also one that has expired before its event is handled (R038).
func (t Timer) Cancel() Action {
	return Action{verb: actionTimer, timer: engine.TimerCancel, event: t.event(nil)}
}

// event returns the event of the timer with this content.
func (t Timer) event(content any) Event {
	return Event{Kind: t.key.Kind, Name: t.key.Name, Content: content}
}
