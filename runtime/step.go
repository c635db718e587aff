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

// transition settles what one event did to the queues and the timers, in gen_statem's order (R021, R037).
func (e *Engine) finishStep(ev Event) {
	r := e.ext
	if r.postpone {
		r.postponed = append(r.postponed, ev)
	}
	var retried []Event
	if r.changed {
		retried, r.postponed = r.postponed, nil
	}
	e.cancelKind(KindEventTimeout)
	if r.changed {
		e.cancel(StateTimer())
	}
	e.applyTimerOps(r.ops)
	if len(r.inserts)+len(retried) > 0 {
		queue := make([]Event, 0, len(r.inserts)+len(retried)+len(r.queue))
		queue = append(append(append(queue, r.inserts...), retried...), r.queue...)
		r.queue, r.inserts = queue, r.inserts[:0]
	}
	if r.hibernate {
		e.shrink()
	}
	e.launch()
	e.refreshFlags()
}

// shrink gives back the memory of queues and timers that are empty.
func (e *Engine) shrink() {
	r := e.ext
	r.hibernate, r.inserts, r.ops = false, nil, nil
	if len(r.queue)+len(r.postponed)+len(r.zeroTimeouts) == 0 && !e.hasTimer() {
		r.queue, r.postponed, r.zeroTimeouts, e.timers = nil, nil, nil, nil
	}
}

// warm makes the flags say what waits.
func (e *Engine) refreshFlags() {
	r := e.ext
	e.flags &^= flagQueued | flagPostponed | flagEventTimeout
	if len(r.queue)+len(r.zeroTimeouts) > 0 {
		e.flags |= flagQueued
	}
	if len(r.postponed) > 0 {
		e.flags |= flagPostponed
	}
	if e.hasTimerOfKind(KindEventTimeout) {
		e.flags |= flagEventTimeout
	}
}

func (e *Engine) addPostponed(ev Event) {
	r := e.ensureExt()
	r.postponed = append(r.postponed, ev)
	e.flags |= flagPostponed
}

// Settle handles what waits inside the machine until nothing does (R003), then ends it if it is to end. A direct step that
// left the engine not [Engine.Direct] needs it.
func (e *Engine) Settle(m Stepper) {
	r := e.ensureExt()
	if len(r.inserts) > 0 { // of a direct step: nothing was queued before it
		r.queue, r.inserts = append(r.inserts, r.queue...), nil
	}
	e.launch()
	for !e.Stopped() {
		ev, ok := e.nextEvent()
		if !ok {
			break
		}
		e.publishState()
		e.runStep(m, ev)
	}
	if e.Stopped() {
		e.terminate(m)
	}
	e.refreshFlags()
}

// next takes the next event that waits inside: the queue first, then one zero time-out (R003).
func (e *Engine) nextEvent() (Event, bool) {
	r := e.ext
	if len(r.queue) > 0 {
		ev := r.queue[0]
		r.queue[0] = Event{}
		r.queue = r.queue[1:]
		return ev, true
	}
	if len(r.zeroTimeouts) > 0 {
		z := r.zeroTimeouts[0]
		r.zeroTimeouts = r.zeroTimeouts[1:]
		e.traced(StepTimerFired, z.key.String())
		return z.key.event(z.content), true
	}
	return Event{}, false
}

// end calls Terminate once, and then fails every call that waits inside (R071, R073). If Terminate panics, end is called
// again to do the rest.
func (e *Engine) terminate(m Stepper) {
	r := e.ext
	if !r.ended {
		r.ended = true
		r.unanswered = append(r.queue, r.postponed...)
		r.queue, r.postponed, r.zeroTimeouts, r.inserts, e.timers = nil, nil, nil, nil, nil
		if r.invokes != nil {
			r.invokes.close()
		}
		e.reportEnd()
		e.publishState()
		m.Terminate(r.reason)
	}
	if r.lastCallErr != nil {
		r.lastCall.Fail(r.lastCallErr)
	}
	r.lastCall.Fail(e.Err())
	waiting := r.unanswered
	r.unanswered = nil
	for _, ev := range waiting {
		ev.From.Fail(e.Err())
	}
}

// noteEnd reports that the machine has ended.
func (e *Engine) reportEnd() {
	if !e.Watched() {
		return
	}
	end := stepRecord{kind: StepStopped, transition: -1, from: e.stateName(), to: e.stateName(), reason: e.ext.reason}
	if e.ext.crashed {
		end.kind = StepCrashed
	}
	e.report(&end)
}
