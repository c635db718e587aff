package runtime

import (
	"context"
	"log/slog"
	"slices"
	"time"
)

// Stepper is what an [Engine] drives: a generated machine, or a callback written by hand.
type Stepper interface {
	// Step runs one event to completion: guards, exits, actions, entries. It returns the reply of a call, [ErrPending] for
	// an event that was postponed, and an error for one that was not taken.
	Step(ev Event) (reply any, err error)
	// Terminate runs once, when the machine has ended.
	Terminate(reason error)
}

// Engine is the queue and timer part of one machine: gen_statem's event loop without goroutines and without locks. It
// belongs to whoever runs the machine. A direct event of a generated machine touches only its first fields; the rest is
// allocated when something has to wait.
type Engine struct {
	info   *Info
	clock  *Clock
	server *Server // which the machine belongs to; nil for a machine with one owner
	ext    *ext
	timers *timer // those that run, earliest deadline first, then some to be used again
	state  uint16
	flags  flags

	lastPostponed uint16 // the event that a step outside of the queues has postponed last
}

// hot says what keeps an event from being handled directly, or what wants to know of it. Zero is the fast path.
type flags uint16

const (
	flagStep         flags = 1 << iota // a whole step is being taken
	flagQueued                         // inserted or retried events, or zero time-outs, wait
	flagPostponed                      // postponed events wait for a state change
	flagEventTimeout                   // an event time-out runs; any event cancels it
	flagStopped                        // the machine has ended, or is about to
	flagSuspended                      // the server serves nothing but requests
	flagRearm                          // a timer runs that the group does not know of yet
	flagTraced                         // somebody wants to see the small things too

	// These do not forbid the fast path.

	flagWatched // somebody wants to see what becomes of events
	flagTimed   // slow steps are logged

	flagsDirect = flagWatched | flagTimed
)

// rest is what an engine needs only when something waits or somebody looks.
type ext struct {
	queue        []Event // inserted and retried events, front first
	postponed    []Event // postponed events, oldest first
	zeroTimeouts []zeroTimeout

	current   *From     // the call of the step that runs
	inserts   []Event   // of the step that runs
	ops       []timerOp // of the step that runs
	changed   bool      // the step that runs left a state
	postpone  bool      // the step that runs wants its event kept
	hibernate bool      // the step that runs is the last for long

	ended       bool // Terminate has been called
	crashed     bool // a hook has failed
	reason      error
	lastCall    *From   // the call that the machine ended over
	lastCallErr error   // what that call is told; nil for the same as everybody
	unanswered  []Event // what waited inside when the machine ended
	watch       *watch
	invokes     *invokes // nil until the first one
}

// Init makes the engine that of a machine described by info, in its given state.
func (e *Engine) Init(info *Info, clock *Clock, state int) {
	e.info, e.clock, e.state = info, clock, uint16(state)
}

// Direct reports whether an event may be handled at once, without a box: nothing waits and nothing has ended.
func (e *Engine) Direct() bool { return e.flags&^flagsDirect == 0 }

// Watched reports whether somebody observes the machine.
func (e *Engine) Watched() bool { return e.flags&flagWatched != 0 }

// State returns the number of the current state.
func (e *Engine) State() int { return int(e.state) }

// Info returns what is known about the type of the machine.
func (e *Engine) Info() *Info { return e.info }

// Now returns the time of the machine's clock.
func (e *Engine) Now() time.Duration { return e.clock.Now() }

// Commit moves the machine to state to, by the transition with this id. It counts as a state change also when the state
// was left and entered again.
func (e *Engine) Commit(to, transition int) {
	from := e.state
	e.state = uint16(to)
	if e.flags != 0 {
		e.recordTransition(from, transition, true)
	}
}

// Stay notes that an internal transition was taken: no state was left.
func (e *Engine) Stay(transition int) {
	if e.Watched() {
		e.recordTransition(e.state, transition, false)
	}
}

// took notes a transition from a state. It is short for the sake of machines whose logger does not want to know.
func (e *Engine) recordTransition(from uint16, transition int, left bool) {
	if left && e.flags&flagStep != 0 {
		e.ext.changed = true
	}
	if !e.Watched() {
		return
	}
	w := e.ext.watch
	if w.reported.has(StepAccepted) || w.handler != nil && w.handler.Enabled(context.Background(), slog.LevelDebug) {
		e.showTransition(from, transition, left)
		return
	}
	if e.flags&(flagTimed|flagTraced) != 0 {
		w.event = e.info.Transitions[transition].Event
	}
	w.skip(left)
}

// Reject returns the error of an event that the current state has no arm for.
func (e *Engine) Reject(event int) error {
	if e.Watched() {
		e.reportOutcome(StepRejected, event)
	}
	return &e.info.unhandled[e.info.cell(int(e.state), event)]
}

// Refuse returns the error of an event whose arms in the current state all have a guard that does not hold.
func (e *Engine) Refuse(event int) error {
	if e.Watched() {
		e.reportOutcome(StepRejected, event)
	}
	return &e.info.refused[e.info.cell(int(e.state), event)]
}

// Ignore drops an event on purpose. Whoever waits for its value learns that none comes.
func (e *Engine) Ignore(event int) error {
	if e.Watched() {
		e.reportOutcome(StepIgnored, event)
	}
	return e.NoReply(event)
}

// NoReply returns the error of a call that was taken without a reply, and nil where no value was promised.
func (e *Engine) NoReply(event int) error {
	return e.NoReplyIn(int(e.state), event)
}

// NoReplyIn is NoReply for an arm that has moved the machine on: state is where the event met the arm.
func (e *Engine) NoReplyIn(state, event int) error {
	if !e.info.Calls[event] {
		return nil
	}
	return &e.info.noReply[e.info.cell(state, event)]
}

// Postpone keeps the event until the next state change (R011). It returns [ErrPending], which says so.
func (e *Engine) Postpone(event int) error {
	switch {
	case e.flags&flagStep != 0:
		e.ext.postpone = true
	case e.server != nil: // the server keeps it, or sends it again in a box that can be kept
		e.lastPostponed = uint16(event)
		if e.Watched() {
			e.ext.watch.savePendingFields()
		}
		return ErrPending
	}
	if e.Watched() {
		e.reportOutcome(StepPostponed, event)
	}
	return ErrPending
}

// Raise inserts an internal event: it is handled before everything that waits, in the order raised (R020).
func (e *Engine) Raise(content any) {
	r := e.ensureExt()
	r.inserts = append(r.inserts, Event{Kind: KindInternal, Content: content})
	e.flags |= flagQueued
}

// begin queues the event that a machine written by hand begins with: the actions of its Init.
func (e *Engine) queueInit() {
	e.ensureExt().queue = []Event{{}}
	e.flags |= flagQueued
}

// Stop ends the machine after the step that runs. The first reason counts; nil is a normal end.
func (e *Engine) Stop(reason error) {
	r := e.ensureExt()
	if e.flags&flagStopped == 0 {
		e.flags |= flagStopped
		r.reason = reason
	}
}

// Stopped reports whether the machine has ended, or will after the step that runs.
func (e *Engine) Stopped() bool { return e.flags&flagStopped != 0 }

// Err returns why the machine has ended, as everybody who still comes is told; nil while it lives.
func (e *Engine) Err() error {
	if !e.Stopped() {
		return nil
	}
	return &StoppedError{Machine: e.info.Machine, Cause: e.ext.reason}
}

// crash ends the machine with reason, because a hook has failed. The call that was being handled is told so, everybody else
// gets the [StoppedError]. A crash of Terminate replaces what the machine was to end with (R082).
func (e *Engine) crash(reason, told error) {
	e.flags = e.flags&^flagStep | flagStopped
	r := e.ensureExt()
	r.reason, r.lastCallErr, r.crashed = reason, told, reason == told
	e.setLastCall(r.current)
}

// endOver makes a call the one that the machine ends over. It is answered when it is known what with.
func (e *Engine) setLastCall(from *From) {
	if r := e.ext; r.lastCall == nil {
		r.lastCall = from
	}
}

func (e *Engine) ensureExt() *ext {
	if e.ext == nil {
		e.ext = new(ext)
	}
	return e.ext
}

// Withdraw drops the internal events with this content that have been raised and not handled: a state that is left takes
// with it that it was done.
func (e *Engine) Withdraw(content any) {
	if e.ext == nil {
		return
	}
	raised := func(ev Event) bool { return ev.Kind == KindInternal && ev.Content == content }
	e.ext.inserts = slices.DeleteFunc(e.ext.inserts, raised)
	e.ext.queue = slices.DeleteFunc(e.ext.queue, raised)
}
