package engine

import (
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// finishStep updates the queues and timers after one event, in the order of gen_statem (R021,
// R037): postpone the event, retry postponed events after a state change, stop event and state
// time-outs, do the timer operations, insert events.
func (e *Engine) finishStep(ev Event) {
	r := e.ext
	if r.postpone {
		r.postponed = append(r.postponed, ev)
	}
	var retried []Event
	if r.changed {
		retried, r.postponed = r.postponed, nil
	}
	if !r.keep {
		e.cancelKind(KindEventTimeout)
	}
	if r.changed {
		e.cancel(Timer{Kind: KindStateTimeout})
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

// shrink releases the memory of empty queues and timers.
func (e *Engine) shrink() {
	r := e.ext
	r.hibernate, r.inserts, r.ops = false, nil, nil
	if len(r.queue)+len(r.postponed)+len(r.zeroTimeouts) == 0 && !e.hasTimer() {
		r.queue, r.postponed, r.zeroTimeouts, e.timers = nil, nil, nil, nil
	}
}

// refreshFlags sets the flags of the queues and of the event time-out.
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

// addPostponed appends an event to those that wait for a state change.
func (e *Engine) addPostponed(ev Event) {
	r := e.ensureExt()
	r.postponed = append(r.postponed, ev)
	e.flags |= flagPostponed
}

// Settle handles the events that wait inside the machine until there are none (R003), and then ends
// the machine if it has been stopped. It must be called after a direct step that leaves the engine
// not [Engine.Direct].
func (e *Engine) Settle(m Stepper) {
	r := e.ensureExt()
	if len(r.inserts) > 0 { // of a direct step: nothing was in the queue before it
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
	r.retries = 0
	e.refreshFlags()
}

// nextEvent removes and returns the next event that waits inside: the queue first, then one zero
// time-out (R003).
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
		e.traced(fsm.StepTimerFired, z.key.String())
		return z.key.event(z.content), true
	}
	return Event{}, false
}

// terminate calls Terminate once, and then fails every call that waits inside (R071, R073). If
// Terminate panics, terminate is called again to do the rest.
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

// reportEnd reports the end of the machine to the observers.
func (e *Engine) reportEnd() {
	if !e.Watched() {
		return
	}
	end := stepRecord{kind: fsm.StepStopped, transition: -1, from: e.stateName(), to: e.stateName(), reason: e.ext.reason}
	if e.ext.crashed {
		end.kind = fsm.StepCrashed
	}
	if crash, ok := e.ext.reason.(*fsm.PanicError); ok {
		end.event = crash.Event
	}
	e.report(&end)
}
