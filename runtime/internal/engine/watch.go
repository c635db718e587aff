package engine

import (
	"context"
	"log/slog"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/record"
	"github.com/fsmgen/fsmgen/runtime/internal/timing"
)

// watch is the state of the reports of an engine: the receivers of its steps and what they need.
type watch struct {
	name          string
	observer      fsm.Observer
	observed      kinds // the kinds that the observer wants
	tracer        fsm.Observer
	history       *fsm.History
	logger        *slog.Logger
	handler       slog.Handler  // the handler of the logger
	reported      kinds         // the kinds that observer, history or tracer want, whatever the level of the logger
	slow          time.Duration // the limit for a step that is not logged; 0 if steps are not timed
	stepBegan     time.Duration // the start of a step that is timed
	event         string        // the name of the last event
	failure       error         // why work of an invoke has failed, until the step of its event is reported
	since         time.Time     // when the current state was entered, valid with sinceKnown
	wallReadAt    time.Time     // when the wall clock was read last
	sinceKnown    bool
	keepsSince    bool              // since is kept also for steps that are not reported
	fields        []record.Recorded // of the current step; the memory is reused
	pendingFields []record.Recorded // of an event that was postponed and may be sent again
}

// kinds is a set of step kinds.
type kinds uint16

const (
	eventKinds kinds = 1<<(fsm.StepCrashed+1) - 1
	allKinds   kinds = 1<<(fsm.StepReplied+1) - 1
)

func (k kinds) has(kind fsm.StepKind) bool { return k&(1<<kind) != 0 }

// Watch makes the engine report its steps. It is called before the first event.
func (e *Engine) Watch(name string, o fsm.Observer, h *fsm.History, logger *slog.Logger) {
	if o == nil && h == nil && logger == nil {
		return
	}
	w := e.ensureWatch()
	w.name, w.observer, w.history = name, o, h
	if logger != nil {
		w.logger, w.handler = logger, logger.Handler()
	}
	w.since, w.sinceKnown = e.wallTime(), true
	w.observed = wantedKinds(o)
	e.refreshInterest()
}

// ensureWatch returns the watch, which it allocates at the first use.
func (e *Engine) ensureWatch() *watch {
	r := e.ensureExt()
	if r.watch == nil {
		r.watch = &watch{name: e.info.Machine}
	}
	return r.watch
}

// wantedKinds returns the kinds of step that an observer wants.
func wantedKinds(o fsm.Observer) kinds {
	choice, selective := o.(fsm.Selective)
	switch {
	case o == nil:
		return 0
	case !selective:
		return eventKinds
	}
	var all kinds
	for k := fsm.StepAccepted; k <= fsm.StepReplied; k++ {
		if choice.Wants(k) {
			all |= 1 << k
		}
	}
	return all
}

// refreshInterest sets the flags for the kinds of step that any receiver wants.
func (e *Engine) refreshInterest() {
	w := e.ext.watch
	w.reported = w.observed
	if w.history != nil {
		w.reported |= eventKinds
	}
	if w.tracer != nil {
		w.reported = allKinds
	}
	e.flags &^= flagWatched | flagTraced
	if w.reported != 0 || w.logger != nil || w.keepsSince {
		e.flags |= flagWatched
	}
	if w.reported&^eventKinds != 0 {
		e.flags |= flagTraced
	}
}

// Record stores payload fields for the report of the current step.
func (e *Engine) Record(fields ...record.Recorded) {
	w := e.ext.watch
	w.fields = append(w.fields[:0], fields...)
}

// showTransition reports a transition of a generated machine. from is the state that was left,
// which may be inside that of the transition.
func (e *Engine) showTransition(from uint16, transition int, left bool) {
	t := &e.info.Transitions[transition]
	e.ext.watch.event = t.Event
	to := e.info.States[e.state] // not t.To, which may be a history
	e.show(&stepRecord{
		kind: fsm.StepAccepted, transition: transition, from: e.info.States[from], event: t.Event, to: to, left: left,
	})
}

// reportOutcome reports the result of an event of a generated machine that is not a transition.
func (e *Engine) reportOutcome(kind fsm.StepKind, event int) {
	state := e.info.States[e.state]
	e.report(&stepRecord{kind: kind, transition: -1, from: state, event: e.info.Events[event], to: state})
}

// stepRecord is the part of a report that the engine knows at once.
type stepRecord struct {
	kind            fsm.StepKind
	left            bool // the state was left
	transition      int
	from, event, to string
	reason          error
}

// report reports one step if a receiver wants it.
func (e *Engine) report(s *stepRecord) {
	w := e.ext.watch
	if eventKinds.has(s.kind) {
		w.event = s.event
	}
	if w.reported.has(s.kind) || w.logs(s.kind) {
		e.show(s)
	} else {
		e.skip(s.left)
	}
	if eventKinds.has(s.kind) {
		w.failure = nil
	}
}

// recordFailure stores why the work of an invoke has failed, for the report of its event.
func (e *Engine) recordFailure(ev Event) {
	if outcome, ok := ev.Content.(Outcome); ok && e.Watched() {
		e.ext.watch.failure = outcome.Err
	}
}

// forgetFailure drops what recordFailure stored for an event that has not been reported.
func (e *Engine) forgetFailure() {
	if e.Watched() {
		e.ext.watch.failure = nil
	}
}

// savePendingFields and restorePendingFields set the recorded fields of a postponed event aside, so
// that the report of another event does not have them.
func (w *watch) savePendingFields() { w.pendingFields, w.fields = w.fields, w.pendingFields[:0] }

func (w *watch) restorePendingFields() { w.pendingFields, w.fields = w.fields[:0], w.pendingFields }

// skip drops the recorded fields of a step that is not reported. If the step left a state, the time
// of the new state is unknown, unless it is kept.
func (e *Engine) skip(left bool) {
	w := e.ext.watch
	w.fields = w.fields[:0]
	switch {
	case left && w.keepsSince:
		w.since, w.sinceKnown = e.wallTime(), true
	case left && w.sinceKnown:
		w.sinceKnown = false
	}
}

// show passes a step to its receivers. A receiver that panics is removed: it cannot end the
// machine.
func (e *Engine) show(s *stepRecord) {
	w := e.ext.watch
	now, inState := e.wallTime(), time.Duration(0)
	if s.left {
		if w.sinceKnown {
			inState = now.Sub(w.since)
		}
		w.since, w.sinceKnown = now, true
	}
	if w.history != nil && eventKinds.has(s.kind) {
		w.history.Append(w.fields, func(step *fsm.Step) { e.fillStep(step, s, now, inState) })
	}
	if w.logger != nil || w.observed != 0 || w.tracer != nil {
		step := new(fsm.Step)
		e.fillStep(step, s, now, inState)
		step.Fields = record.Box[fsm.Field](w.fields)
		w.deliver(&e.info.Info, step)
	}
	w.fields = w.fields[:0]
}

// wallTimeMaxAge is how long a wall-clock time is extended by the monotonic clock. That is faster
// than reading the wall clock, but does not see when the wall clock is set.
const wallTimeMaxAge = time.Second

// wallTime returns the time of a step. For a machine without a server it is the wall-clock time at
// which the clock was made plus the time of the clock: steps of machines that share a clock have
// comparable times.
func (e *Engine) wallTime() time.Time {
	if e.server == nil {
		return timing.Base(e.clock).Add(e.clock.Now())
	}
	return e.ext.watch.now()
}

// now returns the wall-clock time.
func (w *watch) now() time.Time {
	if passed := time.Since(w.wallReadAt); passed < wallTimeMaxAge {
		return w.wallReadAt.Add(passed)
	}
	w.wallReadAt = time.Now()
	return w.wallReadAt
}

// fillStep fills step except for its fields.
func (e *Engine) fillStep(step *fsm.Step, s *stepRecord, now time.Time, inState time.Duration) {
	r := e.ext
	step.Machine, step.Kind, step.Transition, step.Reason = r.watch.name, s.kind, s.transition, s.reason
	if s.reason == nil && eventKinds.has(s.kind) {
		step.Reason = r.watch.failure
	}
	step.From, step.Event, step.To = s.from, s.event, s.to
	step.At, step.InState = now, inState
	step.Queued, step.Postponed = len(r.queue)+len(r.zeroTimeouts), len(r.postponed)
	step.Mailbox = 0
	if e.server != nil && (e.server.word.Load()&wordQueued != 0 || e.flags&flagSuspended != 0) {
		step.Mailbox = e.server.Stats().Waiting
	}
}

// Trace passes every step of a live machine to o, details included, until the machine ends or Trace
// is called again; nil ends it. It begins and ends between two events. While it is on, every event
// takes the long path: see [fsm.Selective].
func (s *Server) Trace(ctx context.Context, o fsm.Observer) error {
	return s.Request(ctx, func() {
		s.engine.ensureWatch().tracer = o
		s.engine.refreshInterest()
	})
}

// traced reports a detail if a receiver wants details.
func (e *Engine) traced(kind fsm.StepKind, event string) {
	if e.flags&flagTraced == 0 {
		return
	}
	state := e.stateName()
	e.report(&stepRecord{kind: kind, transition: -1, from: state, event: event, to: state})
}

// stateName returns the name of the current state.
func (e *Engine) stateName() string {
	if e.info.stateName != nil {
		return e.info.stateName()
	}
	return e.info.States[e.state]
}
