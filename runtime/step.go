package runtime

// Handle runs one boxed event of a machine with one owner, and everything it makes the machine do. The reply is that of a
// call; [ErrPending] says that the event waits and that its From is answered later.
func (e *Engine) Handle(m Stepper, ev Event) (any, error) {
	if e.Stopped() {
		ev.From.Fail(e.Err())
		return nil, e.Err()
	}
	reply, err := e.step(m, ev)
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
		e.park(Event{Kind: KindCast, Content: content})
	}
	e.Settle(m)
}

// short reports whether the Step of an event is all there is to it: no queue and no timer waits that the event could change
// but by what the step itself does. A machine written by hand leaves the timers to the engine, and slow steps are timed.
func (e *Engine) short() bool {
	return e.hot&^(hotWatched|hotArm) == 0 && e.info.stateName == nil && !e.info.Defers
}

// settled reports whether [Engine.Settle] has nothing to do.
func (e *Engine) settled() bool { return e.hot&^(hotDirect|hotArm) == 0 }

// handle runs one event of a machine with a server to completion, and leaves what it makes wait for later.
func (e *Engine) handle(m Stepper, ev Event) {
	e.publish()
	if !e.short() {
		_, _ = e.step(m, ev) // who waits for the reply has it already
		return
	}
	reply, err := m.Step(ev)
	if err == ErrPending {
		e.keep(ev)
		return
	}
	e.answer(ev.From, reply, err)
}

// keep parks an event that a short step has postponed.
func (e *Engine) keep(ev Event) {
	if e.Watched() {
		e.rest.watch.takeBack()
		e.watched(StepPostponed, int(e.postponed))
	}
	e.park(ev)
}

// serve runs one message.
func (e *Engine) serve(m Stepper, message any) {
	letter, ok := message.(*letter)
	switch {
	case !ok:
		e.handle(m, Event{Kind: KindCast, Content: message})
	case letter.system != nil:
		e.publish()
		letter.system()
	case letter.expired != nil:
		if ev, ok := e.delivered(letter.expired); ok {
			e.handle(m, ev)
		}
	case letter.event.Kind == KindInvoke:
		i := letter.event.Content.(*Invocation)
		if ev, ok := e.concluded(i); ok {
			e.handle(m, ev)
		} else {
			e.server.discardLater(i)
		}
	case letter.event.From.begin():
		e.handle(m, letter.event)
	}
}

// step is the transition of gen_statem (R002): the callback with its actions, then the queues and timers.
func (e *Engine) step(m Stepper, ev Event) (any, error) {
	r := e.more()
	r.current, r.inserts, r.ops = ev.From, r.inserts[:0], r.ops[:0]
	r.changed, r.postpone, r.hibernate = false, false, false
	e.hot |= hotStep
	if e.hot&hotTimed != 0 {
		e.stepBegins()
	}
	reply, err := m.Step(ev)
	if e.hot&hotTimed != 0 {
		e.stepEnds()
	}
	e.hot &^= hotStep
	r.current = nil
	e.answer(ev.From, reply, err)
	e.transition(ev)
	return reply, err
}

func (e *Engine) answer(from *From, reply any, err error) {
	if from == nil {
		e.unheard(err)
		return
	}
	if err == ErrPending || err == ErrLater {
		return
	}
	e.publish()
	if err != nil {
		from.Fail(err)
	} else {
		from.Reply(reply)
	}
	if e.hot&hotTraced != 0 {
		e.traced(StepReplied, e.rest.watch.event)
	}
}

// publish makes [Server.StateID] return the state that the last complete step left. It runs before anything that may ask for
// it: an answer, a request, and the hooks of the next step. While a goroutine serves several messages, the word is not
// stored in between.
func (e *Engine) publish() {
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
func (e *Engine) transition(ev Event) {
	r := e.rest
	if r.postpone {
		r.parked = append(r.parked, ev)
	}
	var retried []Event
	if r.changed {
		retried, r.parked = r.parked, nil
	}
	e.cancelKind(KindEventTimeout)
	if r.changed {
		e.cancel(StateTimer())
	}
	e.applyOps(r.ops)
	if len(r.inserts)+len(retried) > 0 {
		queue := make([]Event, 0, len(r.inserts)+len(retried)+len(r.queue))
		queue = append(append(append(queue, r.inserts...), retried...), r.queue...)
		r.queue, r.inserts = queue, r.inserts[:0]
	}
	if r.hibernate {
		e.shrink()
	}
	e.launch()
	e.warm()
}

// shrink gives back the memory of queues and timers that are empty.
func (e *Engine) shrink() {
	r := e.rest
	r.hibernate, r.inserts, r.ops = false, nil, nil
	if len(r.queue)+len(r.parked)+len(r.zero) == 0 && !e.timed() {
		r.queue, r.parked, r.zero, e.timers = nil, nil, nil, nil
	}
}

// warm makes the flags say what waits.
func (e *Engine) warm() {
	r := e.rest
	e.hot &^= hotQueue | hotParked | hotEvent
	if len(r.queue)+len(r.zero) > 0 {
		e.hot |= hotQueue
	}
	if len(r.parked) > 0 {
		e.hot |= hotParked
	}
	if e.runs(KindEventTimeout) {
		e.hot |= hotEvent
	}
}

func (e *Engine) park(ev Event) {
	r := e.more()
	r.parked = append(r.parked, ev)
	e.hot |= hotParked
}

// Settle handles what waits inside the machine until nothing does (R003), then ends it if it is to end. A direct step that
// left the engine not [Engine.Direct] needs it.
func (e *Engine) Settle(m Stepper) {
	r := e.more()
	if len(r.inserts) > 0 { // of a direct step: nothing was queued before it
		r.queue, r.inserts = append(r.inserts, r.queue...), nil
	}
	e.launch()
	for !e.Stopped() {
		ev, ok := e.next()
		if !ok {
			break
		}
		e.publish()
		e.step(m, ev)
	}
	if e.Stopped() {
		e.end(m)
	}
	e.warm()
}

// next takes the next event that waits inside: the queue first, then one zero time-out (R003).
func (e *Engine) next() (Event, bool) {
	r := e.rest
	if len(r.queue) > 0 {
		ev := r.queue[0]
		r.queue[0] = Event{}
		r.queue = r.queue[1:]
		return ev, true
	}
	if len(r.zero) > 0 {
		z := r.zero[0]
		r.zero = r.zero[1:]
		e.traced(StepTimerFired, z.key.String())
		return z.key.event(z.content), true
	}
	return Event{}, false
}

// end calls Terminate once, and then fails every call that waits inside (R071, R073). If Terminate panics, end is called
// again to do the rest.
func (e *Engine) end(m Stepper) {
	r := e.rest
	if !r.ended {
		r.ended = true
		r.waiting = append(r.queue, r.parked...)
		r.queue, r.parked, r.zero, r.inserts, e.timers = nil, nil, nil, nil, nil
		if r.invokes != nil {
			r.invokes.close()
		}
		e.noteEnd()
		e.publish()
		m.Terminate(r.reason)
	}
	if r.told != nil {
		r.last.Fail(r.told)
	}
	r.last.Fail(e.Err())
	waiting := r.waiting
	r.waiting = nil
	for _, ev := range waiting {
		ev.From.Fail(e.Err())
	}
}

// noteEnd reports that the machine has ended.
func (e *Engine) noteEnd() {
	if !e.Watched() {
		return
	}
	end := sight{kind: StepStopped, transition: -1, from: e.stateName(), to: e.stateName(), reason: e.rest.reason}
	if e.rest.crashed {
		end.kind = StepCrashed
	}
	e.report(&end)
}
