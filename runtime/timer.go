package runtime

import (
	"slices"
	"time"
)

// Timer is one of the timers of a machine: there is one event time-out, one state time-out, and one of each name. Its
// methods are what the callback of a machine written by hand asks for.
type Timer struct {
	kind Kind
	name string
}

// EventTimer is the timer that any event stops (R029).
func EventTimer() Timer { return Timer{kind: KindEventTimeout} }

// StateTimer is the timer that a state change stops (R026).
func StateTimer() Timer { return Timer{kind: KindStateTimeout} }

// NamedTimer is the timer with this name, which only the machine stops (R031).
func NamedTimer(name string) Timer { return Timer{kind: KindNamedTimeout, name: name} }

// Kind is what the events of the timer are.
func (t Timer) Kind() Kind { return t.kind }

// Name is empty unless the timer is a named one.
func (t Timer) Name() string { return t.name }

// String is the name of the timer, or what kind of timer it is if it has none.
func (t Timer) String() string {
	if t.kind == KindNamedTimeout || t.name != "" {
		return t.name
	}
	return t.kind.String()
}

func (t Timer) event(content any) Event {
	return Event{Kind: t.kind, Name: t.name, Content: content}
}

// zeroTimeout is a time-out of no time: it comes after the queue and before the mailbox (R042).
type zeroTimeout struct {
	key     Timer
	content any
}

type timerVerb uint8

const (
	timerSet timerVerb = iota + 1
	timerCancel
	timerUpdate
)

// timerOp is a timer action of a step. Of several with one key only the last has any effect (R036).
type timerOp struct {
	verb     timerVerb
	key      Timer
	after    time.Duration // for timerSet
	absolute bool          // after is an instant of the clock
	content  any
	what     *timeout // in the place of key and content, where it is shared
}

// StartTimer starts the timer of [Info.Timers] with this number, anew if it runs. It takes effect at once; that of an event
// time-out at the end of the step, whose own event would stop it otherwise (R037).
func (e *Engine) StartTimer(number int, d time.Duration) {
	what := &e.info.timeouts[number]
	if what.key.kind == KindEventTimeout && e.later(timerOp{verb: timerSet, key: what.key, after: max(d, 0), content: what.content, what: what}) {
		return
	}
	if d > 0 {
		e.run(what, e.in(d))
		return
	}
	e.more()
	e.cancel(what.key)
	e.startZero(what.key, what.content)
}

// StopTimer stops the timer with this number, also if it has expired and is not delivered. It takes effect at once.
func (e *Engine) StopTimer(number int) {
	key := e.info.timeouts[number].key
	e.cancel(key)
	if key.kind == KindEventTimeout {
		e.later(timerOp{verb: timerCancel, key: key})
	}
}

// UpdateTimer changes what the timer with this number delivers, not when. One that does not run is delivered as soon as the
// queue of the machine is empty (R033, R034). It takes effect at once.
func (e *Engine) UpdateTimer(number int, content any) {
	e.more()
	e.update(e.info.timeouts[number].key, content)
}

// later leaves a timer action to the end of the step, if a whole one is being taken.
func (e *Engine) later(op timerOp) bool {
	if e.hot&hotStep == 0 {
		return false
	}
	e.rest.ops = append(e.rest.ops, op)
	return true
}

// in returns the instant after d; never if the clock does not get that far.
func (e *Engine) in(d time.Duration) time.Duration {
	now := e.clock.Now()
	if now+d < now {
		return never
	}
	return now + d
}

func (e *Engine) applyOps(ops []timerOp) {
	for i, op := range ops {
		void := slices.ContainsFunc(ops[i+1:], func(later timerOp) bool { return later.key == op.key })
		if !void {
			e.apply(op)
		}
	}
}

func (e *Engine) apply(op timerOp) {
	switch {
	case op.verb == timerCancel || op.verb == timerSet && op.after == Infinity:
		e.cancel(op.key)
	case op.verb == timerUpdate:
		e.update(op.key, op.content)
	case op.after == 0:
		e.cancel(op.key)
		e.startZero(op.key, op.content)
	case op.what != nil:
		e.run(op.what, e.in(op.after))
	case op.absolute:
		e.start(op.key, op.after, op.content)
	default:
		e.start(op.key, e.in(op.after), op.content)
	}
}

func (e *Engine) start(key Timer, deadline time.Duration, content any) {
	e.run(&timeout{key, content}, deadline)
}

func (e *Engine) startZero(key Timer, content any) {
	e.rest.zero = append(e.rest.zero, zeroTimeout{key, content})
	e.hot |= hotQueue
	e.traced(StepTimerSet, key.String())
}

// update changes what a timer delivers, not when; one that does not run becomes a zero time-out (R033, R034).
func (e *Engine) update(key Timer, content any) {
	if t := e.find(key); t != nil {
		t.what = &timeout{key, content}
		return
	}
	if i := e.zeroIndex(key); i >= 0 {
		e.rest.zero[i].content = content
		return
	}
	e.startZero(key, content)
}

// cancelKind stops all timers of a kind.
func (e *Engine) cancelKind(kind Kind) {
	for t := e.timers; t != nil; {
		next := t.next
		if t.what != nil && t.what.key.kind == kind {
			e.cancel(t.what.key)
		}
		t = next
	}
	if e.rest == nil || len(e.rest.zero) == 0 {
		return
	}
	for _, z := range slices.Clone(e.rest.zero) {
		if z.key.kind == kind {
			e.cancel(z.key)
		}
	}
}

func (e *Engine) cancel(key Timer) {
	if e.hot&hotTraced != 0 && e.running(key) {
		e.traced(StepTimerCancelled, key.String())
	}
	if t := e.find(key); t != nil {
		e.forget(t)
	}
	if i := e.zeroIndex(key); i >= 0 {
		e.rest.zero = slices.Delete(e.rest.zero, i, i+1)
	}
}

func (e *Engine) running(key Timer) bool { return e.find(key) != nil || e.zeroIndex(key) >= 0 }

func (e *Engine) zeroIndex(key Timer) int {
	if e.rest == nil {
		return -1
	}
	return slices.IndexFunc(e.rest.zero, func(z zeroTimeout) bool { return z.key == key })
}
