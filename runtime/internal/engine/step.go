package engine

import (
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
)

// Kind is the origin of an event.
type Kind uint8

// The kinds of event (R001). An enter call is not an event.
const (
	KindCast         Kind = iota + 1 // sent without waiting for a reply
	KindCall                         // sent by a caller that waits for the reply
	KindInfo                         // any other message; only hand-written machines see it
	KindInternal                     // inserted by the machine itself
	KindEventTimeout                 // no event happened for some time
	KindStateTimeout                 // the state lasted for some time
	KindNamedTimeout                 // of a timer with a name, which survives state changes
	KindInvoke                       // the result of an invoke; its content is an [Outcome]
)

func (k Kind) String() string {
	switch k {
	case KindCast:
		return "cast"
	case KindCall:
		return "call"
	case KindInfo:
		return "info"
	case KindInternal:
		return "internal"
	case KindEventTimeout:
		return "timeout"
	case KindStateTimeout:
		return "state_timeout"
	case KindNamedTimeout:
		return "named_timeout"
	case KindInvoke:
		return "invoke"
	default:
		return "Kind(invalid)"
	}
}

// Event is one event of a machine, with its payload boxed. The typed methods of generated machines
// box an event only if it has to wait.
type Event struct {
	Kind    Kind
	Name    string // of the timer, if it has one
	Content any
	From    *reply.From // only for KindCall
}

// Awaited reports whether a caller still waits for the reply. It does not if the event is a cast, if the
// call has been answered, and after the caller has given up.
func (ev Event) Awaited() bool { return ev.From != nil && !reply.IsAnswered(ev.From) }

// Handle runs one boxed event of a machine without a server, and all events that follow from it.
// The reply is that of a call. [fsm.ErrPending] says that the event waits and that its From is answered
// later.
func (e *Engine) Handle(m Stepper, ev Event) (any, error) {
	if e.Stopped() {
		ev.From.Fail(e.Err())
		return nil, e.Err()
	}
	reply, err := e.runStep(m, ev)
	e.Settle(m)
	return reply, err
}

// Take runs one event that cannot be handled directly. Generated methods of events without a reply
// type use it.
func (e *Engine) Take(m Stepper, content any) error {
	_, err := e.Handle(m, Event{Kind: KindCast, Content: content})
	return err
}

// Complete finishes a direct step that left something to do: it adds the event to the postponed
// ones if the step postponed it, and calls [Engine.Settle].
func (e *Engine) Complete(m Stepper, content any, err error) {
	if err == fsm.ErrPending {
		e.addPostponed(Event{Kind: KindCast, Content: content})
	}
	e.Settle(m)
}

// takesShortPath reports whether an event needs nothing but one call of Step: no queue or timer
// waits that the event could change. It is false for a machine written by hand: the engine does its
// timer operations after the step. It is also false for a machine that keeps the From of calls or retries
// events, and while slow steps are logged.
//
// An example, one cast by the flags of the engine:
//
//	watched               short: Step commits, reports the transition and returns nil; nothing else is touched
//	watched|eventTimeout  long: runStep stops the event time-out after Step, unless the event was rejected (R029)
//	postponed             long: runStep retries the postponed events if Step has changed the state
//
// A short step that postpones its event returns [fsm.ErrPending]; postponeShort then adds the event to
// the queue that the long path works with.
func (e *Engine) takesShortPath() bool {
	return e.flags&^(flagWatched|flagRearm) == 0 && e.info.stateName == nil && !e.info.defers && !e.info.retries
}

// isSettled reports whether [Engine.Settle] has nothing to do.
func (e *Engine) isSettled() bool { return e.flags&^(flagsDirect|flagRearm) == 0 }

// runEvent runs one event of a machine with a server. Events that follow from it wait for Settle.
func (e *Engine) runEvent(m Stepper, ev Event) {
	e.publishState()
	if !e.takesShortPath() {
		_, _ = e.runStep(m, ev) // runStep has answered the call
		return
	}
	if ev.Kind == KindInvoke {
		e.recordFailure(ev)
	}
	reply, err := m.Step(ev)
	if err == fsm.ErrPending {
		e.postponeShort(ev)
		return
	}
	if ev.Kind == KindInvoke {
		e.forgetFailure()
	}
	e.answer(ev.From, reply, err)
}

// postponeShort adds an event that a short step has postponed to the postponed ones, and reports
// that.
func (e *Engine) postponeShort(ev Event) {
	if e.Watched() {
		e.ext.watch.restorePendingFields()
		e.reportOutcome(fsm.StepPostponed, int(e.lastPostponed))
	}
	e.addPostponed(ev)
}

// runMessage serves one item of the inbox.
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
	case reply.MarkBegun(msg.event.From):
		e.runEvent(m, msg.event)
	}
}

// runStep runs one event on the long path, which is a transition of gen_statem (R002): the step,
// the answer, then the queues and timers.
func (e *Engine) runStep(m Stepper, ev Event) (any, error) {
	r := e.ensureExt()
	r.current, r.inserts, r.ops = ev.From, r.inserts[:0], r.ops[:0]
	r.changed, r.postpone, r.hibernate, r.keep = false, false, false, false
	e.flags |= flagStep
	if ev.Kind == KindInvoke {
		e.recordFailure(ev)
	}
	if e.flags&flagTimed != 0 {
		e.stepBegins()
	}
	reply, err := m.Step(ev)
	if ev.Kind == KindInvoke {
		e.forgetFailure()
	}
	if e.flags&flagTimed != 0 {
		e.stepEnds()
	}
	e.flags &^= flagStep
	r.current = nil
	e.answer(ev.From, reply, err)
	e.finishStep(ev)
	return reply, err
}

// answer sends the result of a step to the caller of the event, if there is one.
func (e *Engine) answer(from *reply.From, reply any, err error) {
	if from == nil {
		e.countUnhandled(err)
		return
	}
	if err == fsm.ErrPending || err == fsm.ErrLater {
		return
	}
	e.publishState()
	if err != nil {
		from.Fail(err)
	} else {
		from.Reply(reply)
	}
	if e.flags&flagTraced != 0 {
		e.traced(fsm.StepReplied, e.ext.watch.event)
	}
}

// publishState makes [Server.StateID] return the state after the last complete step. It runs before
// a goroutine can expect the state: before an answer, a request, and the hooks of the next step.
// Between messages that one goroutine serves, the word is not stored.
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
