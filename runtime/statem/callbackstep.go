package statem

import "github.com/fsmgen/fsmgen/runtime/internal/engine"

// callbackStep is the handling of one event by a machine written by hand: the calls of the callback
// and their actions. Its state and data are what Terminate gets if the step crashes.
type callbackStep[S comparable, D any] struct {
	machine  *callbackMachine[S, D]
	turn     Turn[S, D] // the turn of the event
	state    S
	data     D
	postpone bool
	initial  bool // there is no event: the step does the actions of Init and enters the initial state
}

// run handles the event, then makes the enter calls.
func (t *callbackStep[S, D]) run() {
	var res Result[S, D]
	if err := t.handle(&res); err != nil {
		t.machine.crash(err)
		return
	}
	if t.apply(&res, false) {
		t.enter(res.verdict)
	}
}

// handle calls Handle of the callback, or takes the stored result of Init.
func (t *callbackStep[S, D]) handle(res *Result[S, D]) error {
	if t.initial {
		*res = *t.machine.initResult
		t.machine.initResult = nil
		return nil
	}
	return t.machine.callHandle(&t.turn, res)
}

// enter makes the enter calls that follow a state change or Repeat (R053 to R064). An enter call
// that returns Repeat is followed by another one.
func (t *callbackStep[S, D]) enter(why verdict) {
	from := t.machine.state
	due := why == verdictRepeat || t.state != from || t.initial
	for due && t.machine.callback().Enter != nil {
		var res Result[S, D]
		if err := t.machine.callEnter(Turn[S, D]{State: t.state, Data: t.data}, from, &res); err != nil {
			t.state, t.data = from, t.machine.data // the transition is undone (R062)
			t.machine.crash(err)
			return
		}
		if !t.apply(&res, true) {
			return
		}
		due = res.verdict == verdictRepeat
	}
}

// apply takes over the state and data of a result and does its actions. It reports whether the
// machine goes on.
func (t *callbackStep[S, D]) apply(res *Result[S, D], entering bool) bool {
	switch res.verdict {
	case verdictNext, verdictKeep, verdictRepeat:
	case verdictStop:
		t.data = res.data
		t.stop(res)
		return false
	default:
		return t.fail(ErrBadResult)
	}
	if entering && res.state != t.state {
		return t.fail(ErrBadEnterResult)
	}
	t.state, t.data = res.state, res.data
	for i := range res.actions.len() {
		if err := t.doAction(res.actions.at(i), entering); err != nil {
			return t.fail(err)
		}
	}
	return true
}

// stop sends the replies of a Stop result and ends the machine. The call of the event, if it has no
// reply among them, gets the reason of the end.
func (t *callbackStep[S, D]) stop(res *Result[S, D]) {
	for i := range res.actions.len() {
		a := res.actions.at(i)
		if a.verb != actionReply {
			t.fail(ErrBadReply)
			return
		}
		t.reply(a)
	}
	t.machine.engine.Stop(res.reason)
	t.machine.engine.SetLastCall(t.turn.Event.From)
}

// reply answers the call of an action at once.
func (t *callbackStep[S, D]) reply(a *Action) {
	if a.failed {
		err, _ := a.event.Content.(error)
		a.event.From.Fail(err)
	} else {
		a.event.From.Reply(a.event.Content)
	}
	if t.machine.engine.Traced() {
		t.machine.engine.ReportReply(eventName(t.turn.Event))
	}
}

// fail ends the machine because the callback broke a rule. It returns false for the convenience of
// apply.
func (t *callbackStep[S, D]) fail(err error) bool {
	t.machine.crash(t.machine.ruleError(err))
	return false
}

// doAction does one action, or adds it to those that the engine does at the end of the step.
func (t *callbackStep[S, D]) doAction(a *Action, entering bool) error {
	if entering && (a.verb == actionPostpone && a.postpone || a.verb == actionInsert || a.verb >= actionChange) {
		return ErrBadEnterAction
	}
	e := &t.machine.engine
	switch a.verb {
	case actionReply:
		t.reply(a)
	case actionInsert:
		e.Insert(engine.Event(a.event))
	case actionPostpone:
		t.postpone = a.postpone && !t.initial
	case actionTimer:
		if !e.SetTimer(a.timerOp()) {
			return ErrBadAction
		}
	case actionHibernate:
		e.Hibernate()
	case actionKeepTimer:
		e.KeepEventTimer()
	case actionChange, actionPush, actionPop:
		return t.machine.changeCallback(a)
	default:
		return ErrBadAction
	}
	return nil
}

// changeCallback does an action that replaces the current callback (R092, R093).
func (m *callbackMachine[S, D]) changeCallback(a *Action) error {
	if a.verb == actionPop {
		if len(m.callbacks) == 1 {
			return ErrBadAction
		}
		m.callbacks = m.callbacks[:len(m.callbacks)-1]
		return nil
	}
	to, ok := a.event.Content.(*Callback[S, D])
	if !ok || to == nil {
		return ErrBadAction
	}
	if a.verb == actionPush {
		m.callbacks = append(m.callbacks, to)
		return nil
	}
	m.callbacks[len(m.callbacks)-1] = to
	return nil
}
