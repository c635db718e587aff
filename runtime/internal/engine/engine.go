package engine

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
	"github.com/fsmgen/fsmgen/runtime/internal/timing"
)

// Stepper is a machine as an [Engine] drives it: a generated machine, or the adapter of a
// [Callback].
type Stepper interface {
	// Step runs one event to completion: guards, exits, actions, entries. It returns the reply of a
	// call, [fsm.ErrPending] for an event that was postponed, and another error for an event that was
	// not handled.
	Step(ev Event) (reply any, err error)
	// Terminate runs once, after the last event of the machine.
	Terminate(reason error)
}

// Engine is the part of a machine that holds its state, queues and timers: the event loop of
// gen_statem without goroutines and locks. It belongs to the goroutine that runs the machine. A
// direct event of a generated machine uses only the fields of this struct. ext is allocated when
// something has to wait.
type Engine struct {
	info   *Type
	clock  *timing.Clock
	server *Server // nil for a machine without a server
	ext    *ext
	timers *timer // those that run, earliest deadline first, then spare ones
	state  uint16
	flags  flags

	lastPostponed uint16 // number of the event that a short step has postponed last
}

// flags is the set of conditions that keep an event from being handled directly, or that must be
// checked after one. Zero is the fast path.
type flags uint16

const (
	flagStep         flags = 1 << iota // a step of the long path runs
	flagQueued                         // inserted or retried events, or zero time-outs, wait
	flagPostponed                      // postponed events wait for a state change
	flagEventTimeout                   // an event time-out runs; any event that is not rejected cancels it
	flagStopped                        // the machine has ended, or ends after this step
	flagSuspended                      // the server serves only requests
	flagRearm                          // the group must be told of an earlier deadline
	flagTraced                         // an observer wants timers or replies reported

	// The flags from here on do not forbid the fast path.

	flagWatched // an observer, a history or a logger gets steps
	flagTimed   // slow steps are logged

	flagsDirect = flagWatched | flagTimed
)

// ext is the part of an engine that is allocated when an event waits, a timer action is deferred,
// or steps are reported.
type ext struct {
	queue        []Event // inserted and retried events, front first
	postponed    []Event // postponed events, oldest first
	zeroTimeouts []zeroTimeout

	current   *reply.From // the call of the current step
	inserts   []Event     // events that the current step inserts
	ops       []TimerOp   // timer operations of the current step
	changed   bool        // the current step has left a state
	postpone  bool        // the current step postpones its event
	hibernate bool        // the current step asks for hibernation
	keep      bool        // the current step leaves the event time-out running
	retries   int         // calls of Retry since the queue was empty

	ended       bool // Terminate has been called
	crashed     bool // a hook has failed
	reason      error
	lastCall    *reply.From // the call that is answered with the reason of the end
	lastCallErr error       // the error for that call; nil for the [fsm.StoppedError]
	unanswered  []Event     // the events that waited inside when the machine ended
	watch       *watch
	invokes     *invokes // nil until the first one
}

// ErrUnfinished is the error of a direct step until the step is complete. See [Server.Leave].
var ErrUnfinished = errors.New("fsm: unfinished step")

// Init initializes the engine of a machine of a type, in the given state. [Engine.OpenBare] or
// [Server.Open] comes next.
func (e *Engine) Init(info *Type, state int) { e.info, e.state = info, uint16(state) }

// OpenBare prepares the engine of a machine without a server. The owner calls it before the first
// event.
func (e *Engine) OpenBare(c fsm.BareConfig) {
	if c.Clock == nil {
		e.clock = timing.New()
	} else {
		e.clock = &c.Clock.Clock
	}
	if c.Name == "" {
		c.Name = e.info.Machine
	}
	e.Watch(c.Name, c.Observer, c.History, nil)
}

// Direct reports whether an event may be handled directly, without a box: no event waits and the
// machine has not ended.
func (e *Engine) Direct() bool { return e.flags&^flagsDirect == 0 }

// Watched reports whether steps are reported to an observer, a history or a logger.
func (e *Engine) Watched() bool { return e.flags&flagWatched != 0 }

// State returns the number of the current state.
func (e *Engine) State() int { return int(e.state) }

// Info returns the description of the machine type.
func (e *Engine) Info() *fsm.Info { return &e.info.Info }

// Now returns the time of the machine's clock.
func (e *Engine) Now() time.Duration { return e.clock.Now() }

// Commit moves the machine to state to by the transition with this id. It is a state change also if
// to is the current state: the state was left and entered again.
func (e *Engine) Commit(to, transition int) {
	from := e.state
	e.state = uint16(to)
	if e.flags != 0 {
		e.recordTransition(from, transition, true)
	}
}

// Stay reports an internal transition: no state was left.
func (e *Engine) Stay(transition int) {
	if e.Watched() {
		e.recordTransition(e.state, transition, false)
	}
}

// recordTransition marks the step as a state change and reports the transition. It checks first
// whether any receiver wants the report: a logger is often set to a level that drops it.
func (e *Engine) recordTransition(from uint16, transition int, left bool) {
	if left && e.flags&flagStep != 0 {
		e.ext.changed = true
	}
	if !e.Watched() {
		return
	}
	w := e.ext.watch
	if w.reported.has(fsm.StepAccepted) || w.handler != nil && w.handler.Enabled(context.Background(), slog.LevelDebug) {
		e.showTransition(from, transition, left)
		w.failure = nil
		return
	}
	w.failure = nil
	if e.flags&(flagTimed|flagTraced) != 0 {
		w.event = e.info.Transitions[transition].Event
	}
	e.skip(left)
}

// Reject returns the error of an event for which the current state has no transition.
func (e *Engine) Reject(event int) error {
	if e.Watched() {
		e.reportOutcome(fsm.StepRejected, event)
	}
	e.keepEventTimeout()
	return &e.info.unhandled[e.info.cell(int(e.state), event)]
}

// Refuse returns the error of an event if all its transitions in the current state have a guard
// that is false.
func (e *Engine) Refuse(event int) error {
	if e.Watched() {
		e.reportOutcome(fsm.StepRejected, event)
	}
	e.keepEventTimeout()
	return &e.info.refused[e.info.cell(int(e.state), event)]
}

// keepEventTimeout makes the current step leave the event time-out running: its event is rejected, which changes nothing.
// A direct step has no event time-out to stop.
func (e *Engine) keepEventTimeout() {
	if e.flags&flagStep != 0 {
		e.ext.keep = true
	}
}

// Ignore drops an event that the state ignores. The error is that of NoReply.
func (e *Engine) Ignore(event int) error {
	if e.Watched() {
		e.reportOutcome(fsm.StepIgnored, event)
	}
	return e.NoReply(event)
}

// NoReply returns a [fsm.NoReplyError] for a call that was handled without a reply, and nil for an
// event without a reply type.
func (e *Engine) NoReply(event int) error {
	return e.NoReplyIn(int(e.state), event)
}

// NoReplyIn is NoReply after a transition: state is the state in which the event was handled.
func (e *Engine) NoReplyIn(state, event int) error {
	if !e.info.Calls[event] {
		return nil
	}
	return &e.info.noReply[e.info.cell(state, event)]
}

// ReplyFailed returns the error for the caller of an event whose reply hook has returned err. It is called before the
// machine leaves the state that handles the event.
func (e *Engine) ReplyFailed(event int, err error) error {
	return &fsm.ReplyError{Machine: e.info.Machine, State: e.info.States[e.state], Event: e.info.Events[event], Err: err}
}

// Postpone makes the event wait for the next state change (R011). It returns [fsm.ErrPending].
func (e *Engine) Postpone(event int) error {
	switch {
	case e.flags&flagStep != 0:
		e.ext.postpone = true
	case e.server != nil: // a short step: the caller of Step keeps the event, or sends it again in a box
		e.lastPostponed = uint16(event)
		if e.Watched() {
			e.ext.watch.savePendingFields()
		}
		return fsm.ErrPending
	}
	if e.Watched() {
		e.reportOutcome(fsm.StepPostponed, event)
	}
	return fsm.ErrPending
}

// Retry makes the machine handle the event again after the current step, which has changed the state
// (R011, R012). It returns [fsm.ErrPending]. A machine that only ever retries ends with a
// [fsm.RetryError].
func (e *Engine) Retry(event int) error {
	r := e.ext
	r.postpone = true
	if r.retries++; r.retries > fsm.EventlessLimit {
		e.Stop(&fsm.RetryError{Machine: e.info.Machine, State: e.info.States[e.state], Event: e.info.Events[event]})
	}
	return fsm.ErrPending
}

// Raise inserts an internal event. The machine handles it before all events that wait, in the order
// of the Raise calls (R020).
func (e *Engine) Raise(content any) {
	r := e.ensureExt()
	r.inserts = append(r.inserts, Event{Kind: KindInternal, Content: content})
	e.flags |= flagQueued
}

// Stop ends the machine after the current step. The first reason counts; nil is a normal end.
func (e *Engine) Stop(reason error) {
	r := e.ensureExt()
	if e.flags&flagStopped == 0 {
		e.flags |= flagStopped
		r.reason = reason
	}
}

// Stopped reports whether the machine has ended, or will end after the current step.
func (e *Engine) Stopped() bool { return e.flags&flagStopped != 0 }

// Err returns nil while the machine runs. After the end it returns the [fsm.StoppedError] that later
// events fail with.
func (e *Engine) Err() error {
	if !e.Stopped() {
		return nil
	}
	return &fsm.StoppedError{Machine: e.info.Machine, Cause: e.ext.reason}
}

// Crash ends the machine with reason after a hook has failed. The call of the current step gets the
// error told; all other callers get the [fsm.StoppedError]. A crash of Terminate replaces the reason of
// the end (R082).
func (e *Engine) Crash(reason, told error) {
	e.flags = e.flags&^flagStep | flagStopped
	r := e.ensureExt()
	r.reason, r.lastCallErr, r.crashed = reason, told, reason == told
	e.SetLastCall(r.current)
}

// NewPanicError records the stack of the goroutine. It is called while the panic with v unwinds.
func NewPanicError(machine string, v any) *fsm.PanicError {
	return &fsm.PanicError{Machine: machine, Value: v, Stack: debug.Stack()}
}

// SetLastCall stores the call that ended the machine. It is answered after Terminate, when the
// reason is final.
func (e *Engine) SetLastCall(from *reply.From) {
	if r := e.ext; r.lastCall == nil {
		r.lastCall = from
	}
}

// ensureExt returns ext, which it allocates at the first use.
func (e *Engine) ensureExt() *ext {
	if e.ext == nil {
		e.ext = new(ext)
	}
	return e.ext
}

// Withdraw drops the internal events with this content that have been raised and not handled yet.
// Generated code calls it when a composite state is left and its completion event may still wait.
func (e *Engine) Withdraw(content any) {
	if e.ext == nil {
		return
	}
	raised := func(ev Event) bool { return ev.Kind == KindInternal && ev.Content == content }
	e.ext.inserts = slices.DeleteFunc(e.ext.inserts, raised)
	e.ext.queue = slices.DeleteFunc(e.ext.queue, raised)
}
