package runtime

import (
	"context"
	"log/slog"
	"time"
)

// watch is what an engine keeps for those who look at it.
type watch struct {
	name          string
	observer      Observer
	observed      kinds // of the observer
	tracer        Observer
	history       *History
	logger        *slog.Logger
	handler       slog.Handler  // of the logger
	reported      kinds         // that somebody wants to see, whatever the logger says
	slow          time.Duration // a step that takes longer is logged; 0 if none is
	stepBegan     time.Duration // when the step that is timed has begun
	event         string        // what the last event was called
	since         time.Time     // when the current state was entered, if known
	wallReadAt    time.Time     // when the calendar was looked at last
	sinceKnown    bool
	fields        []Recorded // by the cell that runs; the memory is used again
	pendingFields []Recorded // for an event that was postponed, and may be sent again
}

// kinds is a set of step kinds.
type kinds uint16

const (
	eventKinds kinds = 1<<(StepCrashed+1) - 1
	allKinds   kinds = 1<<stepKinds - 1
)

func (k kinds) has(kind StepKind) bool { return k&(1<<kind) != 0 }

// Watch makes the engine report its steps. It is called before the machine runs.
func (e *Engine) Watch(name string, o Observer, h *History, logger *slog.Logger) {
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

// watch returns what is kept for those who look, for one that begins to.
func (e *Engine) ensureWatch() *watch {
	r := e.ensureExt()
	if r.watch == nil {
		r.watch = &watch{name: e.info.Machine}
	}
	return r.watch
}

func wantedKinds(o Observer) kinds {
	choice, selective := o.(Selective)
	switch {
	case o == nil:
		return 0
	case !selective:
		return eventKinds
	}
	var all kinds
	for k := StepAccepted; k < stepKinds; k++ {
		if choice.Wants(k) {
			all |= 1 << k
		}
	}
	return all
}

// look makes the flags say what those who look want to see.
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
	if w.reported != 0 || w.logger != nil {
		e.flags |= flagWatched
	}
	if w.reported&^eventKinds != 0 {
		e.flags |= flagTraced
	}
}

// Record keeps payload fields for the step that is being taken.
func (e *Engine) Record(fields ...Recorded) {
	w := e.ext.watch
	w.fields = append(w.fields[:0], fields...)
}

// showTaken shows a transition of a generated machine from a state, which may be inside that of the transition.
func (e *Engine) showTransition(from uint16, transition int, left bool) {
	t := &e.info.Transitions[transition]
	e.ext.watch.event = t.Event
	to := e.info.States[e.state] // not t.To, which may be a history
	e.show(&stepRecord{
		kind: StepAccepted, transition: transition, from: e.info.States[from], event: t.Event, to: to, left: left,
	})
}

// watched reports what else has become of an event of a generated machine.
func (e *Engine) reportOutcome(kind StepKind, event int) {
	state := e.info.States[e.state]
	e.report(&stepRecord{kind: kind, transition: -1, from: state, event: e.info.Events[event], to: state})
}

// sight is what is to be seen of a step.
type stepRecord struct {
	kind            StepKind
	left            bool // the state was left
	transition      int
	from, event, to string
	reason          error
}

// report reports one step of any machine.
func (e *Engine) report(s *stepRecord) {
	w := e.ext.watch
	if eventKinds.has(s.kind) {
		w.event = s.event
	}
	if w.reported.has(s.kind) || w.logs(s.kind) {
		e.show(s)
	} else {
		w.skip(s.left)
	}
}

// putAside and takeBack keep what was recorded for an event that was postponed from being shown with another one.
func (w *watch) savePendingFields() { w.pendingFields, w.fields = w.fields, w.pendingFields[:0] }

func (w *watch) restorePendingFields() { w.pendingFields, w.fields = w.fields[:0], w.pendingFields }

// miss is for a step that nobody wants to see. When it was is not known later.
func (w *watch) skip(left bool) {
	w.fields = w.fields[:0]
	if left && w.sinceKnown {
		w.sinceKnown = false
	}
}

// show shows a step to everybody who looks. Whoever panics over it is removed: watching a machine cannot end it.
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
		w.history.mu.Lock()
		kept := w.history.next()
		kept.recorded = append(kept.recorded[:0], w.fields...)
		e.fillStep(&kept.step, s, now, inState)
		w.history.mu.Unlock()
	}
	if w.logger != nil || w.observed != 0 || w.tracer != nil {
		step := new(Step)
		e.fillStep(step, s, now, inState)
		step.Fields = boxFields(w.fields)
		w.deliver(e.info, step)
	}
	w.fields = w.fields[:0]
}

// calendarAge is for how long the time of a calendar is reckoned with the monotonic clock, which is faster to look at, and
// does not know when the calendar is set.
const wallTimeMaxAge = time.Second

// calendar returns what a calendar shows. For a machine without a server that is what it showed when the clock was made,
// plus the time of the clock: the steps of machines that share a clock then have comparable times.
func (e *Engine) wallTime() time.Time {
	if e.server == nil {
		return e.clock.base.Add(e.clock.Now())
	}
	return e.ext.watch.now()
}

// now returns what the calendar of the process shows.
func (w *watch) now() time.Time {
	if passed := time.Since(w.wallReadAt); passed < wallTimeMaxAge {
		return w.wallReadAt.Add(passed)
	}
	w.wallReadAt = time.Now()
	return w.wallReadAt
}

// complete makes step what is to be seen, but for its fields.
func (e *Engine) fillStep(step *Step, s *stepRecord, now time.Time, inState time.Duration) {
	r := e.ext
	step.Machine, step.Kind, step.Transition, step.Reason = r.watch.name, s.kind, s.transition, s.reason
	step.From, step.Event, step.To = s.from, s.event, s.to
	step.At, step.InState = now, inState
	step.Queued, step.Postponed = len(r.queue)+len(r.zeroTimeouts), len(r.postponed)
	step.Mailbox = 0
	if e.server != nil && (e.server.word.Load()&wordQueued != 0 || e.flags&flagSuspended != 0) {
		step.Mailbox = e.server.Stats().Waiting
	}
}

// Trace shows o every step of a machine that lives, the small ones too, until it ends or Trace is called again; nil ends it.
// It begins and ends between two events. Meanwhile every event takes longer: see [Selective].
func (s *Server) Trace(ctx context.Context, o Observer) error {
	return s.request(ctx, func() {
		s.engine.ensureWatch().tracer = o
		s.engine.refreshInterest()
	})
}

// traced reports one of the small things, if somebody wants to see them.
func (e *Engine) traced(kind StepKind, event string) {
	if e.flags&flagTraced == 0 {
		return
	}
	state := e.stateName()
	e.report(&stepRecord{kind: kind, transition: -1, from: state, event: event, to: state})
}

func (e *Engine) stateName() string {
	if e.info.stateName != nil {
		return e.info.stateName()
	}
	return e.info.States[e.state]
}
