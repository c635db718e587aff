package engine

import (
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/timing"
)

// Timer is the key of a timer of a machine: there is one event time-out, one state time-out, and
// one timer of each name.
type Timer struct {
	Kind Kind
	Name string // empty unless it is a named one
}

// String returns the name of the timer, or its kind if it has no name.
func (t Timer) String() string {
	if t.Kind == KindNamedTimeout || t.Name != "" {
		return t.Name
	}
	return t.Kind.String()
}

// event returns the event that the timer delivers.
func (t Timer) event(content any) Event {
	return Event{Kind: t.Kind, Name: t.Name, Content: content}
}

// zeroTimeout is a time-out with a time of 0. It is handled after the queue and before the mailbox
// (R042).
type zeroTimeout struct {
	key     Timer
	content any
}

// TimerVerb is the operation of a [TimerOp].
type TimerVerb uint8

// The operations on a timer.
const (
	TimerSet TimerVerb = iota + 1
	TimerCancel
	TimerUpdate
)

// TimerOp is an operation on a timer in a step. Of several with one key only the last has an effect
// (R036).
type TimerOp struct {
	Verb     TimerVerb
	Key      Timer
	After    time.Duration // for TimerSet
	Absolute bool          // After is an instant of the clock
	Content  any

	timeout *timeout // replaces Key and Content if it is shared
}

// valid reports whether the engine can carry the operation out (R041).
func (o *TimerOp) valid() bool {
	known := o.Key.Kind == KindEventTimeout || o.Key.Kind == KindStateTimeout || o.Key.Kind == KindNamedTimeout
	return known && (o.Verb != TimerSet || o.Absolute || o.After >= 0)
}

// StartTimer starts the timer with this index in [Info.Timers], or restarts it. It takes effect at
// once. An event time-out starts at the end of the step: the event of the step would stop it
// otherwise (R037).
func (e *Engine) StartTimer(number int, d time.Duration) {
	timeout := &e.info.timeouts[number]
	if timeout.key.Kind == KindEventTimeout && e.deferTimerOp(TimerOp{Verb: TimerSet, Key: timeout.key, After: max(d, 0), Content: timeout.content, timeout: timeout}) {
		return
	}
	if d > 0 {
		e.armTimer(timeout, e.deadlineIn(d))
		return
	}
	e.ensureExt()
	e.cancel(timeout.key)
	e.startZero(timeout.key, timeout.content)
}

// StartPeriodic starts the periodic timer with this number, or restarts it: its first period begins
// now. A period of zero or less stops it.
func (e *Engine) StartPeriodic(number int, period time.Duration) {
	if period <= 0 {
		e.StopTimer(number)
		return
	}
	e.StartTimer(number, period)
}

// RepeatTimer starts the next period of the periodic timer whose event is being handled. The new
// deadline is a whole number of periods after the one that has passed, and the first that is still
// to come: a late event does not delay the next ones, and periods that have passed meanwhile are
// skipped. For example, a timer with a period of 5s that was due at 10s and whose event is handled
// at 21s is due again at 25s. A timer that runs is left alone: its event was postponed, and comes
// a second time.
func (e *Engine) RepeatTimer(number int, period time.Duration) {
	timeout := &e.info.timeouts[number]
	if period <= 0 || e.isRunning(timeout.key) {
		return
	}
	e.armTimer(timeout, e.deadlineIn(period-e.lateness(timeout.key)%period))
}

// lateness returns the time since the deadline at which a timer was delivered last; zero if that is
// not known.
func (e *Engine) lateness(key Timer) time.Duration {
	for t := e.timers; t != nil; t = t.next {
		if t.expiry == timerDelivered && t.timeout.key == key {
			t.timeout, t.expiry = nil, timerRunning
			return max(e.clock.Now()-t.deadline, 0)
		}
	}
	return 0
}

// StopTimer stops the timer with this number, also if it has expired and its event is not handled
// yet. It takes effect at once.
func (e *Engine) StopTimer(number int) {
	key := e.info.timeouts[number].key
	e.cancel(key)
	if key.Kind == KindEventTimeout {
		e.deferTimerOp(TimerOp{Verb: TimerCancel, Key: key})
	}
}

// UpdateTimer changes the content that the timer with this number delivers, and keeps its deadline.
// A timer that does not run is delivered as soon as the queue of the machine is empty (R033, R034).
// It takes effect at once.
func (e *Engine) UpdateTimer(number int, content any) {
	e.ensureExt()
	e.updateContent(e.info.timeouts[number].key, content)
}

// deferTimerOp adds an operation to the current step, which does it at its end. It reports false
// outside of the long path.
func (e *Engine) deferTimerOp(op TimerOp) bool {
	if e.flags&flagStep == 0 {
		return false
	}
	e.ext.ops = append(e.ext.ops, op)
	return true
}

// deadlineIn returns the instant after d; never if the sum overflows.
func (e *Engine) deadlineIn(d time.Duration) time.Duration {
	now := e.clock.Now()
	if now+d < now {
		return timing.Never
	}
	return now + d
}

// applyTimerOps does the operations of a step. An operation is void if a later one has the same
// key.
func (e *Engine) applyTimerOps(ops []TimerOp) {
	for i, op := range ops {
		void := slices.ContainsFunc(ops[i+1:], func(later TimerOp) bool { return later.Key == op.Key })
		if !void {
			e.applyTimerOp(op)
		}
	}
}

// applyTimerOp does one operation.
func (e *Engine) applyTimerOp(op TimerOp) {
	switch {
	case op.Verb == TimerCancel || op.Verb == TimerSet && op.After == timing.Never:
		e.cancel(op.Key)
	case op.Verb == TimerUpdate:
		e.updateContent(op.Key, op.Content)
	case op.After == 0:
		e.cancel(op.Key)
		e.startZero(op.Key, op.Content)
	case op.timeout != nil:
		e.armTimer(op.timeout, e.deadlineIn(op.After))
	case op.Absolute:
		e.armContent(op.Key, op.After, op.Content)
	default:
		e.armContent(op.Key, e.deadlineIn(op.After), op.Content)
	}
}

// armContent arms a timer that is not shared.
func (e *Engine) armContent(key Timer, deadline time.Duration, content any) {
	e.armTimer(&timeout{key, content}, deadline)
}

// startZero appends a zero time-out.
func (e *Engine) startZero(key Timer, content any) {
	e.ext.zeroTimeouts = append(e.ext.zeroTimeouts, zeroTimeout{key, content})
	e.flags |= flagQueued
	e.traced(fsm.StepTimerSet, key.String())
}

// updateContent changes the content of a timer and keeps its deadline. A timer that does not run
// becomes a zero time-out (R033, R034).
func (e *Engine) updateContent(key Timer, content any) {
	if t := e.findTimer(key); t != nil {
		t.timeout = &timeout{key, content}
		return
	}
	if i := e.zeroIndex(key); i >= 0 {
		e.ext.zeroTimeouts[i].content = content
		return
	}
	e.startZero(key, content)
}

// cancelKind stops all timers of a kind.
func (e *Engine) cancelKind(kind Kind) {
	for t := e.timers; t != nil; {
		next := t.next
		if t.runs() && t.timeout.key.Kind == kind {
			e.cancel(t.timeout.key)
		}
		t = next
	}
	if e.ext == nil || len(e.ext.zeroTimeouts) == 0 {
		return
	}
	for _, z := range slices.Clone(e.ext.zeroTimeouts) {
		if z.key.Kind == kind {
			e.cancel(z.key)
		}
	}
}

// cancel stops the timer, which may be a zero time-out.
func (e *Engine) cancel(key Timer) {
	if e.flags&flagTraced != 0 && e.isRunning(key) {
		e.traced(fsm.StepTimerCancelled, key.String())
	}
	if t := e.findTimer(key); t != nil {
		e.dropTimer(t)
	}
	if i := e.zeroIndex(key); i >= 0 {
		e.ext.zeroTimeouts = slices.Delete(e.ext.zeroTimeouts, i, i+1)
	}
}

// isRunning reports whether the timer runs, also as a zero time-out.
func (e *Engine) isRunning(key Timer) bool { return e.findTimer(key) != nil || e.zeroIndex(key) >= 0 }

// zeroIndex returns the index of a zero time-out, or -1.
func (e *Engine) zeroIndex(key Timer) int {
	if e.ext == nil {
		return -1
	}
	return slices.IndexFunc(e.ext.zeroTimeouts, func(z zeroTimeout) bool { return z.key == key })
}
