package runtime

// Handle runs one boxed event of a machine with one owner, and everything it makes the machine do. The reply is that of a
// call; [ErrPending] says that the event waits and that its From is answered later.
func (e *Engine) Handle(m Stepper, ev Event) (any, error) {
	if e.Stopped() {
		ev.From.Fail(e.Err())
		return nil, e.Err()
	}
	reply, err := e.runStep(m, ev)
	e.Settle(m)
	return reply, err
}

// Take runs one event that may not be handled directly. Generated methods of events without a reply type use it.
func (e *Engine) Take(m Stepper, content any) error {
	_, err := e.Handle(m, Event{Kind: KindCast, Content: content})
	return err
}

// Take runs one event that may not be handled directly, and returns its reply.
func Take[R any](e *Engine, m Stepper, content any) (R, error) {
	value, err := e.Handle(m, Event{Kind: KindCast, Content: content})
	reply, _ := value.(R) // nil where err says why there is none
	return reply, err
}

// Complete finishes a direct step that left something to do: an event that it postponed is kept, then see [Engine.Settle].
func (e *Engine) Complete(m Stepper, content any, err error) {
	if err == ErrPending {
		e.addPostponed(Event{Kind: KindCast, Content: content})
	}
	e.Settle(m)
}

// short reports whether the Step of an event is all there is to it: no queue and no timer waits that the event could change
// but by what the step itself does. A machine written by hand leaves the timers to the engine, and slow steps are timed.
func (e *Engine) takesShortPath() bool {
	return e.flags&^(flagWatched|flagRearm) == 0 && e.info.stateName == nil && !e.info.Defers
}

// settled reports whether [Engine.Settle] has nothing to do.
func (e *Engine) isSettled() bool { return e.flags&^(flagsDirect|flagRearm) == 0 }

// handle runs one event of a machine with a server to completion, and leaves what it makes wait for later.
func (e *Engine) runEvent(m Stepper, ev Event) {
	e.publishState()
	if !e.takesShortPath() {
		_, _ = e.runStep(m, ev) // who waits for the reply has it already
		return
	}
	reply, err := m.Step(ev)
	if err == ErrPending {
		e.postponeShort(ev)
		return
	}
	e.answer(ev.From, reply, err)
}

// keep parks an event that a short step has postponed.
func (e *Engine) postponeShort(ev Event) {
	if e.Watched() {
		e.ext.watch.restorePendingFields()
		e.reportOutcome(StepPostponed, int(e.lastPostponed))
	}
	e.addPostponed(ev)
}

// serve runs one message.
func (e *Engine) runMessage(m Stepper, item any) {
	msg, ok := item.(*message)
	switch {
	case !ok:
		e.runEvent(m, Event{Kind: KindCast, Content: item})
	case msg.request != nil:
		e.publishState()
		msg.request()
	case msg.timer != nil:
		if ev, ok := e.timerEvent(msg.timer); ok {
			e.runEvent(m, ev)
		}
	case msg.event.Kind == KindInvoke:
		i := msg.event.Content.(*Invocation)
		if ev, ok := e.invokeEvent(i); ok {
			e.runEvent(m, ev)
		} else {
			e.server.discardLater(i)
		}
	case msg.event.From.markBegun():
		e.runEvent(m, msg.event)
	}
}

// step is the transition of gen_statem (R002): the callback with its actions, then the queues and timers.
func (e *Engine) runStep(m Stepper, ev Event) (any, error) {
	r := e.ensureExt()
	r.current, r.inserts, r.ops = ev.From, r.inserts[:0], r.ops[:0]
	r.changed, r.postpone, r.hibernate = false, false, false
	e.flags |= flagStep
	if e.flags&flagTimed != 0 {
		e.stepBegins()
	}
	reply, err := m.Step(ev)
	if e.flags&flagTimed != 0 {
		e.stepEnds()
	}
	e.flags &^= flagStep
	r.current = nil
	e.answer(ev.From, reply, err)
	e.finishStep(ev)
	return reply, err
}

func (e *Engine) answer(from *From, reply any, err error) {
	if from == nil {
		e.countUnhandled(err)
		return
	}
	if err == ErrPending || err == ErrLater {
		return
	}
	e.publishState()
	if err != nil {
		from.Fail(err)
	} else {
		from.Reply(reply)
	}
	if e.flags&flagTraced != 0 {
		e.traced(StepReplied, e.ext.watch.event)
	}
}

// publish makes [Server.StateID] return the state that the last complete step left. It runs before anything that may ask for
// it: an answer, a request, and the hooks of the next step. While a goroutine serves several messages, the word is not
// stored in between.
func (e *Engine) publishState() {
	if e.server == nil {
		return
	}
	word := &e.server.word
	for {
		w := word.Load()
		if w>>wordShift == uint64(e.state) || word.CompareAndSwap(w, w&wordFlags|uint64(e.state)<<wordShift) {
			return
		}
	}
}
