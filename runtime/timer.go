package runtime

import (
	"cmp"
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

func (t Timer) event(content any) Event {
	return Event{Kind: t.kind, Name: t.name, Content: content}
}

// timer is a running timer. One that has expired but is not delivered still runs: it can be cancelled and updated (R038).
type timer struct {
	key      Timer
	deadline time.Duration
	content  any
	seq      uint64
	expired  bool
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
}

// StartTimer starts the named timer, anew if it runs, and delivers content as its event after d. It takes effect at once.
func (e *Engine) StartTimer(name string, d time.Duration, content any) {
	e.more()
	e.apply(timerOp{verb: timerSet, key: NamedTimer(name), after: d, content: content})
}

// StopTimer stops the named timer, also one that has expired and is not delivered. It takes effect at once.
func (e *Engine) StopTimer(name string) {
	if e.rest != nil {
		e.cancel(NamedTimer(name))
	}
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
	case op.absolute:
		e.start(op.key, op.after, op.content)
	default:
		e.start(op.key, e.clock.Now()+op.after, op.content)
	}
}

func (e *Engine) start(key Timer, deadline time.Duration, content any) {
	e.cancel(key)
	r := e.rest
	r.seq++
	r.timers = append(r.timers, timer{key: key, deadline: deadline, content: content, seq: r.seq})
	e.hot |= hotQueue // whoever wakes the machine must learn of it
}

func (e *Engine) startZero(key Timer, content any) {
	e.rest.zero = append(e.rest.zero, zeroTimeout{key, content})
	e.hot |= hotQueue
}

// update changes what a timer delivers, not when; one that does not run becomes a zero time-out (R033, R034).
func (e *Engine) update(key Timer, content any) {
	r := e.rest
	if i := r.timerIndex(key); i >= 0 {
		r.timers[i].content = content
		return
	}
	if i := r.zeroIndex(key); i >= 0 {
		r.zero[i].content = content
		return
	}
	e.startZero(key, content)
}

func (e *Engine) cancel(key Timer) {
	r := e.rest
	if i := r.timerIndex(key); i >= 0 {
		r.timers = slices.Delete(r.timers, i, i+1)
	}
	if i := r.zeroIndex(key); i >= 0 {
		r.zero = slices.Delete(r.zero, i, i+1)
	}
}

func (e *Engine) running(key Timer) bool {
	return e.rest.timerIndex(key) >= 0 || e.rest.zeroIndex(key) >= 0
}

func (r *rest) timerIndex(key Timer) int {
	return slices.IndexFunc(r.timers, func(t timer) bool { return t.key == key })
}

func (r *rest) zeroIndex(key Timer) int {
	return slices.IndexFunc(r.zero, func(z zeroTimeout) bool { return z.key == key })
}

// Deadline returns when the earliest timer that has not expired does.
func (e *Engine) Deadline() (deadline time.Duration, ok bool) {
	if e.rest == nil {
		return 0, false
	}
	for _, t := range e.rest.timers {
		if !t.expired && (!ok || t.deadline < deadline) {
			deadline, ok = t.deadline, true
		}
	}
	return deadline, ok
}

// expire marks the timers whose time has come and returns their messages, earliest first.
func (e *Engine) expire(now time.Duration) []mail {
	if e.rest == nil {
		return nil
	}
	var due []*timer
	for i := range e.rest.timers {
		if t := &e.rest.timers[i]; !t.expired && t.deadline <= now {
			due = append(due, t)
		}
	}
	slices.SortStableFunc(due, func(a, b *timer) int { return cmp.Compare(a.deadline, b.deadline) })
	out := make([]mail, len(due))
	for i, t := range due {
		t.expired = true
		out[i] = mail{event: t.key.event(nil), expiry: t.seq}
	}
	return out
}

// delivered turns the message of an expired timer into its event, unless the timer was cancelled or started anew (R038).
func (e *Engine) delivered(m mail) (Event, bool) {
	key := Timer{m.event.Kind, m.event.Name}
	i := e.rest.timerIndex(key)
	if i < 0 || e.rest.timers[i].seq != m.expiry {
		return Event{}, false
	}
	content := e.rest.timers[i].content
	e.rest.timers = slices.Delete(e.rest.timers, i, i+1)
	return key.event(content), true
}

// Expire handles every timer whose time has come, for a machine with one owner. It returns when the next one is due.
func (e *Engine) Expire(m Stepper) (next time.Duration, ok bool) {
	for _, due := range e.expire(e.clock.Now()) {
		if ev, ok := e.delivered(due); ok {
			_, _ = e.step(m, ev) // nobody waits for a time-out
			e.Settle(m)
		}
	}
	return e.Deadline()
}
