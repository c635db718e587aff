package runtime

import "time"

// Infinity is a time-out that never comes. Starting a timer with it cancels the timer.
const Infinity time.Duration = never

// Action is a request that a [Callback] returns with its result. The machine does the actions of a
// result in their order. Of several Postpone actions, and of several actions on one timer, only the
// last counts. The zero Action is not an action: it ends the machine with [ErrBadAction].
type Action struct {
	verb     actionVerb
	postpone bool
	failed   bool          // the reply is an error
	timer    timerVerb     // what to do with the timer
	absolute bool          // after is an instant of the clock
	after    time.Duration // the time until the timer expires
	event    Event         // what is inserted; or the call and its reply, the timer and its content, the callback
}

// actionVerb is the operation of an action. Those from actionChange on replace the callback.
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

// Reply answers a call: the event of the turn, or a call that an earlier turn kept. The reply is
// sent when its turn among the actions comes.
func Reply(to *From, value any) Action {
	return Action{verb: actionReply, event: Event{From: to, Content: value}}
}

// ReplyError answers a call with an error.
func ReplyError(to *From, err error) Action {
	return Action{verb: actionReply, failed: true, event: Event{From: to, Content: err}}
}

// Insert makes the machine handle ev after this turn, before everything that waits (R020). Every
// kind of event is allowed; a call must have its From.
func Insert(ev Event) Action { return Action{verb: actionInsert, event: ev} }

// Raise inserts an internal event. See [Insert].
func Raise(content any) Action {
	return Insert(Event{Kind: KindInternal, Content: content})
}

// Postpone sets whether the event waits for the next state change (R011).
func Postpone(yes bool) Action { return Action{verb: actionPostpone, postpone: yes} }

// Hibernate releases the memory of the machine's queues and timers if all of them are empty after
// this turn. It changes nothing else (R091). It is for a machine that is idle for a long time after
// a burst of events.
func Hibernate() Action { return Action{verb: actionHibernate} }

// ChangeCallback replaces the callback of the machine, beginning with the next call (R092).
func ChangeCallback[S comparable, D any](to *Callback[S, D]) Action {
	return Action{verb: actionChange, event: Event{Content: to}}
}

// PushCallback replaces the callback and remembers the previous one for [PopCallback].
func PushCallback[S comparable, D any](to *Callback[S, D]) Action {
	return Action{verb: actionPush, event: Event{Content: to}}
}

// PopCallback returns to the callback before the last [PushCallback]. Without one it ends the
// machine with [ErrBadAction] (R093).
func PopCallback() Action { return Action{verb: actionPop} }

// After starts the timer, or restarts it if it runs. The timer delivers content after d. With d of
// 0 it is delivered as soon as the queue of the machine is empty, before any event from outside
// (R042). A negative d ends the machine with [ErrBadAction].
func (t Timer) After(d time.Duration, content any) Action {
	return Action{verb: actionTimer, timer: timerSet, after: d, event: t.event(content)}
}

// At starts the timer for an instant of the machine's clock. An instant in the past is delivered
// behind the events that wait already (R039).
func (t Timer) At(instant time.Duration, content any) Action {
	return Action{verb: actionTimer, timer: timerSet, after: instant, absolute: true, event: t.event(content)}
}

// Update changes the content that the timer delivers, and keeps its deadline. A timer that does not
// run is started with a time of 0 (R033, R034).
func (t Timer) Update(content any) Action {
	return Action{verb: actionTimer, timer: timerUpdate, event: t.event(content)}
}

// Cancel stops the timer, also one that has expired before its event is handled (R038).
func (t Timer) Cancel() Action {
	return Action{verb: actionTimer, timer: timerCancel, event: t.event(nil)}
}

// timerOp returns the operation of a timer action.
func (a *Action) timerOp() timerOp {
	key := Timer{a.event.Kind, a.event.Name}
	return timerOp{verb: a.timer, key: key, after: a.after, absolute: a.absolute, content: a.event.Content}
}

// valid reports whether the engine can carry the operation out (R041).
func (o *timerOp) valid() bool {
	known := o.key.kind == KindEventTimeout || o.key.kind == KindStateTimeout || o.key.kind == KindNamedTimeout
	return known && (o.verb != timerSet || o.absolute || o.after >= 0)
}

// actions is the list of actions of one result, in their order. The first action is stored in
// place: most results have none or one, and need no slice.
type actions struct {
	any    bool
	first  Action // if any is set
	others []Action
}

// actionsOf copies list, which belongs to the callback.
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
