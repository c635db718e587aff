package runtime

import (
	"context"
	"log/slog"
	"time"
)

// watch is what an engine keeps for those who look at it.
type watch struct {
	name     string
	observer Observer
	wants    kinds // of the observer
	tracer   Observer
	history  *History
	logger   *slog.Logger
	slow     time.Duration // a step that takes longer is logged; 0 if none is
	begun    time.Duration // when the step that is timed has begun
	since    time.Time     // when the current state was entered; zero if nobody looked
	fields   []Field       // recorded by the cell that runs
	event    string        // what the last step was about
}

// kinds is a set of step kinds.
type kinds uint16

const (
	kindsOfEvents kinds = 1<<(StepCrashed+1) - 1
	kindsAll      kinds = 1<<stepKinds - 1
)

func (k kinds) has(kind StepKind) bool { return k&(1<<kind) != 0 }

// Watch makes the engine report its steps. It is called before the machine runs.
func (e *Engine) Watch(name string, o Observer, h *History, logger *slog.Logger) {
	if o == nil && h == nil && logger == nil {
		return
	}
	w := e.watch()
	w.name, w.observer, w.history, w.logger = name, o, h, logger
	w.wants = wanted(o)
	e.look()
}

// watch returns what is kept for those who look, for one that begins to.
func (e *Engine) watch() *watch {
	r := e.more()
	if r.watch == nil {
		r.watch = &watch{name: e.info.Machine, since: e.clock.time()}
	}
	return r.watch
}

func wanted(o Observer) kinds {
	choice, selective := o.(Selective)
	switch {
	case o == nil:
		return 0
	case !selective:
		return kindsOfEvents
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
func (e *Engine) look() {
	w := e.rest.watch
	all := w.wants
	if w.tracer != nil {
		all = kindsAll
	}
	e.hot &^= hotWatched | hotTraced
	if all != 0 || w.history != nil || w.logger != nil {
		e.hot |= hotWatched
	}
	if all&^kindsOfEvents != 0 {
		e.hot |= hotTraced
	}
}

// Record keeps payload fields for the step that is being taken.
func (e *Engine) Record(fields ...Field) { e.rest.watch.fields = fields }

// watched reports one step of a generated machine. The event is named by its transition where there is one.
func (e *Engine) watched(kind StepKind, from uint16, transition, event int) {
	w := e.rest.watch
	left := transition >= 0 && !e.info.Transitions[transition].Internal
	if !w.shows(kind) && w.slow == 0 {
		w.miss(left)
		return
	}
	step := Step{Kind: kind, Transition: transition, From: e.info.States[from], To: e.info.States[e.state]}
	switch {
	case transition >= 0:
		step.Event = e.info.Transitions[transition].Event
	case event >= 0:
		step.Event = e.info.Events[event]
	}
	e.report(&step, left)
}

// report completes a step, in which a state was left or not, and shows it to everybody who looks.
func (e *Engine) report(step *Step, left bool) {
	r := e.rest
	w := r.watch
	w.event = step.Event
	if !w.shows(step.Kind) {
		w.miss(left)
		return
	}
	step.Machine, step.At, step.Fields = w.name, e.clock.time(), w.fields
	step.Queued, step.Postponed = len(r.queue)+len(r.zero), len(r.parked)
	if e.server != nil {
		step.Mailbox = e.server.waiting()
	}
	w.fields = nil
	if left {
		if !w.since.IsZero() {
			step.InState = step.At.Sub(w.since)
		}
		w.since = step.At
	}
	w.show(e.info, step)
}

// shows reports whether somebody wants to see steps of a kind.
func (w *watch) shows(kind StepKind) bool {
	event := kindsOfEvents.has(kind)
	return w.tracer != nil || w.wants.has(kind) || w.history != nil && event || w.logger != nil && event && w.logs(kind)
}

// miss is for a step that nobody wants to see. What it says of the time in state is not known then.
func (w *watch) miss(left bool) {
	w.fields = nil
	if left {
		w.since = time.Time{}
	}
}

// show shows a step to everybody who looks. Whoever panics over it is removed: watching a machine cannot end it.
func (w *watch) show(info *Info, step *Step) {
	event := kindsOfEvents.has(step.Kind)
	if w.history != nil && event {
		w.history.add(step)
	}
	if w.logger != nil && event && !contained(func() { w.log(step) }) {
		w.removeLogger()
	}
	if w.wants.has(step.Kind) && !contained(func() { w.observer.Observe(info, *step) }) {
		w.wants = 0
		slog.Error("fsm: observer removed: it panicked", "machine", w.name)
	}
	if w.tracer != nil && !contained(func() { w.tracer.Observe(info, *step) }) {
		w.tracer = nil
		slog.Error("fsm: tracer removed: it panicked", "machine", w.name)
	}
}

func (w *watch) removeLogger() {
	w.logger = nil
	slog.Error("fsm: logger removed: it panicked", "machine", w.name)
}

// contained runs f and reports whether it did not panic.
func contained(f func()) (ok bool) {
	defer func() { ok = recover() == nil && ok }()
	f()
	return true
}

// level is how important a step is to a log.
func level(kind StepKind) slog.Level {
	switch kind {
	case StepRejected:
		return slog.LevelWarn
	case StepCrashed:
		return slog.LevelError
	default:
		return slog.LevelDebug
	}
}

func (w *watch) logs(kind StepKind) bool {
	return w.logger.Enabled(context.Background(), level(kind))
}

func (w *watch) log(step *Step) {
	if !w.logs(step.Kind) {
		return
	}
	attrs := []slog.Attr{
		slog.String("machine", step.Machine), slog.String("kind", step.Kind.String()),
		slog.String("event", step.Event), slog.String("from", step.From), slog.String("to", step.To),
		slog.Duration("in_state", step.InState),
	}
	if step.Reason != nil {
		attrs = append(attrs, slog.Any("reason", step.Reason))
	}
	for _, f := range step.Fields {
		attrs = append(attrs, slog.Any(f.Name, f.Value))
	}
	w.logger.LogAttrs(context.Background(), level(step.Kind), "fsm", attrs...)
}
