package statem

import (
	"time"

	"github.com/fsmgen/fsmgen/runtime/internal/engine"
)

// Action is a request that a [Callback] returns with its result. The machine does the actions of a
// result in their order. Of several Postpone actions, and of several actions on one timer, only the
// last counts. The zero Action is not an action: it ends the machine with [ErrBadAction].
type Action struct {
	verb     actionVerb
	postpone bool
	failed   bool             // the reply is an error
	timer    engine.TimerVerb // what to do with the timer
	absolute bool             // after is an instant of the clock
	after    time.Duration    // the time until the timer expires
	event    Event            // what is inserted; or the call and its reply, the timer and its content, the callback
}

// actionVerb is the operation of an action. Those from actionChange on replace the callback.
type actionVerb uint8

const (
	actionReply actionVerb = iota + 1
	actionInsert
	actionPostpone
	actionTimer
	actionHibernate
	actionKeepTimer
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

// KeepEventTimer lets the event time-out run on, which the event of the step stops otherwise (R029). It
// is for an event that the state has no use for, as generated machines treat one that they reject.
func KeepEventTimer() Action { return Action{verb: actionKeepTimer} }

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

// timerOp returns the operation of a timer action.
func (a *Action) timerOp() engine.TimerOp {
	key := engine.Timer{Kind: a.event.Kind, Name: a.event.Name}
	return engine.TimerOp{Verb: a.timer, Key: key, After: a.after, Absolute: a.absolute, Content: a.event.Content}
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
