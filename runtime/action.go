package runtime

import "time"

// Infinity is a time-out that never comes: to start a timer with it is to cancel it.
const Infinity time.Duration = never

// Action is something that a [Callback] wants done with its result. Actions are done in order. Of Postpone, and of those
// about one timer, only the last counts. The zero Action is none, and ends the machine with [ErrBadAction].
type Action struct {
	verb     actionVerb
	postpone bool
	failed   bool          // the reply is an error
	timer    timerVerb     // what is done with the timer
	absolute bool          // after is an instant of the clock
	after    time.Duration // until the timer expires
	event    Event         // what is inserted; or the call and its reply, the timer and what it delivers, the callback
}

type actionVerb uint8

const (
	actionReply actionVerb = iota + 1
	actionInsert
	actionPostpone
	actionTimer
	actionHibernate
	actionChange
	actionPush
	actionPop
)

// Reply answers a call, which is that of the turn's event or one that was kept from an earlier turn. It is sent when its
// turn among the actions comes.
func Reply(to *From, value any) Action {
	return Action{verb: actionReply, event: Event{From: to, Content: value}}
}

// ReplyError answers a call with an error.
func ReplyError(to *From, err error) Action {
	return Action{verb: actionReply, failed: true, event: Event{From: to, Content: err}}
}

// Insert has the machine handle ev after this turn, before everything that waits (R020). Any kind of event will do; a call
// must have its From.
func Insert(ev Event) Action { return Action{verb: actionInsert, event: ev} }

// Raise is Insert of an internal event.
func Raise(content any) Action {
	return Insert(Event{Kind: KindInternal, Content: content})
}

// Postpone says whether the event is kept until the state changes (R011).
func Postpone(yes bool) Action { return Action{verb: actionPostpone, postpone: yes} }

// Hibernate gives back the memory that the machine has grown for its queues and timers, if all are empty after this turn. It
// changes nothing else (R091). It is for machines that sleep long after a burst.
func Hibernate() Action { return Action{verb: actionHibernate} }

// ChangeCallback makes another callback the machine's, from the next call on (R092).
func ChangeCallback[S comparable, D any](to *Callback[S, D]) Action {
	return Action{verb: actionChange, event: Event{Content: to}}
}

// PushCallback is [ChangeCallback] that remembers the callback before, for [PopCallback].
func PushCallback[S comparable, D any](to *Callback[S, D]) Action {
	return Action{verb: actionPush, event: Event{Content: to}}
}

// PopCallback goes back to the callback before the last [PushCallback]. Without one it ends the machine with
// [ErrBadAction] (R093).
func PopCallback() Action { return Action{verb: actionPop} }

// After starts the timer, anew if it runs: it delivers content after d. With 0 that is as soon as the queue of the machine
// is empty, before anything from outside (R042). A negative d ends the machine with [ErrBadAction].
func (t Timer) After(d time.Duration, content any) Action {
	return Action{verb: actionTimer, timer: timerSet, after: d, event: t.event(content)}
}

// At is After with an instant of the machine's clock. One that has passed is delivered behind what waits already (R039).
func (t Timer) At(instant time.Duration, content any) Action {
	return Action{verb: actionTimer, timer: timerSet, after: instant, absolute: true, event: t.event(content)}
}

// Update changes what the timer delivers, not when. A timer that does not run is started with no time (R033, R034).
func (t Timer) Update(content any) Action {
	return Action{verb: actionTimer, timer: timerUpdate, event: t.event(content)}
}

// Cancel stops the timer, also if it has expired and is not delivered yet (R038).
func (t Timer) Cancel() Action {
	return Action{verb: actionTimer, timer: timerCancel, event: t.event(nil)}
}

// timerOp returns what a timer action does.
func (a *Action) timerOp() timerOp {
	key := Timer{a.event.Kind, a.event.Name}
	return timerOp{verb: a.timer, key: key, after: a.after, absolute: a.absolute, content: a.event.Content}
}

// valid reports whether a timer action can be carried out (R041).
func (o *timerOp) valid() bool {
	known := o.key.kind == KindEventTimeout || o.key.kind == KindStateTimeout || o.key.kind == KindNamedTimeout
	return known && (o.verb != timerSet || o.absolute || o.after >= 0)
}

// actions are those of one result, in their order. Most results have none or one, which takes no memory of its own.
type actions struct {
	any    bool
	first  Action   // if there is any
	others []Action // the others
}

func actionsOf(list []Action) actions {
	if len(list) == 0 {
		return actions{}
	}
	return actions{any: true, first: list[0], others: append([]Action(nil), list[1:]...)}
}

func (a *actions) len() int {
	if !a.any {
		return 0
	}
	return 1 + len(a.others)
}

func (a *actions) at(i int) *Action {
	if i == 0 {
		return &a.first
	}
	return &a.others[i-1]
}
