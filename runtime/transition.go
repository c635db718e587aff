package runtime

// transition is what becomes of a machine written by hand while one event is handled: the calls of the callback and their
// actions. State and data are what Terminate would see.
type transition[S comparable, D any] struct {
	h        *hand[S, D]
	turn     Turn[S, D] // of the event
	state    S
	data     D
	postpone bool
	first    bool // the event is no event: it does the actions of Init and enters the initial state
}

func (t *transition[S, D]) run() {
	var res Result[S, D]
	if err := t.handle(&res); err != nil {
		t.h.crash(err)
		return
	}
	if t.apply(&res, false) {
		t.enter(res.verdict)
	}
}

func (t *transition[S, D]) handle(res *Result[S, D]) error {
	if t.first {
		*res = *t.h.begun
		t.h.begun = nil
		return nil
	}
	return t.h.handle(&t.turn, res)
}

// enter makes the enter calls that the state, or the wish to repeat it, asks for (R053 to R064).
func (t *transition[S, D]) enter(why verdict) {
	from := t.h.state
	due := why == verdictRepeat || t.state != from || t.first
	for due && t.h.callback().Enter != nil {
		var res Result[S, D]
		if err := t.h.enter(Turn[S, D]{State: t.state, Data: t.data}, from, &res); err != nil {
			t.state, t.data = from, t.h.data // the transition has not happened (R062)
			t.h.crash(err)
			return
		}
		if !t.apply(&res, true) {
			return
		}
		due = res.verdict == verdictRepeat
	}
}

// apply takes over what the callback returned. It reports whether the machine lives on.
func (t *transition[S, D]) apply(res *Result[S, D], entering bool) bool {
	switch res.verdict {
	case verdictNext, verdictKeep, verdictRepeat:
	case verdictStop:
		t.data = res.data
		t.stop(res)
		return false
	default:
		return t.broken(ErrBadResult)
	}
	if entering && res.state != t.state {
		return t.broken(ErrBadEnterResult)
	}
	t.state, t.data = res.state, res.data
	for i := range res.actions.len() {
		if err := t.do(res.actions.at(i), entering); err != nil {
			return t.broken(err)
		}
	}
	return true
}

func (t *transition[S, D]) stop(res *Result[S, D]) {
	for i := range res.actions.len() {
		a := res.actions.at(i)
		if a.verb != actionReply {
			t.broken(ErrBadReply)
			return
		}
		t.reply(a)
	}
	t.h.engine.Stop(res.reason)
	t.h.engine.endOver(t.turn.Event.From)
}

func (t *transition[S, D]) reply(a *Action) {
	if a.failed {
		a.event.From.settle(a.event.Content, fromAnswered|fromFailed)
	} else {
		a.event.From.Reply(a.event.Content)
	}
	if t.h.engine.hot&hotTraced != 0 {
		t.h.engine.traced(StepReplied, eventName(t.turn.Event))
	}
}

func (t *transition[S, D]) broken(err error) bool {
	t.h.crash(t.h.broken(err))
	return false
}

// do does one action, or leaves it to the end of the transition.
func (t *transition[S, D]) do(a *Action, entering bool) error {
	if entering && (a.verb == actionPostpone && a.postpone || a.verb == actionInsert || a.verb >= actionChange) {
		return ErrBadEnterAction
	}
	r := t.h.engine.rest
	switch a.verb {
	case actionReply:
		t.reply(a)
	case actionInsert:
		r.inserts = append(r.inserts, a.event)
	case actionPostpone:
		t.postpone = a.postpone && !t.first
	case actionTimer:
		op := a.timerOp()
		if !op.valid() {
			return ErrBadAction
		}
		r.ops = append(r.ops, op)
	case actionHibernate:
		r.hibernate = true
	case actionChange, actionPush, actionPop:
		return t.h.swap(a)
	default:
		return ErrBadAction
	}
	return nil
}

// swap changes the current callback (R092, R093).
func (h *hand[S, D]) swap(a *Action) error {
	if a.verb == actionPop {
		if len(h.callbacks) == 1 {
			return ErrBadAction
		}
		h.callbacks = h.callbacks[:len(h.callbacks)-1]
		return nil
	}
	to, ok := a.event.Content.(*Callback[S, D])
	if !ok || to == nil {
		return ErrBadAction
	}
	if a.verb == actionPush {
		h.callbacks = append(h.callbacks, to)
		return nil
	}
	h.callbacks[len(h.callbacks)-1] = to
	return nil
}
