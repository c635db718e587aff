package runtime

import (
	"context"
	"log/slog"
	"time"
)

// StepKind says what became of an event.
type StepKind uint8

// What can become of an event.
const (
	StepAccepted  StepKind = iota + 1 // a transition was taken, internal ones included
	StepRejected                      // the state had no arm for it, or no guard held
	StepPostponed                     // it waits for a state change
	StepIgnored                       // it was dropped on purpose
	StepStopped                       // the machine ended
)

func (k StepKind) String() string {
	switch k {
	case StepAccepted:
		return "accepted"
	case StepRejected:
		return "rejected"
	case StepPostponed:
		return "postponed"
	case StepIgnored:
		return "ignored"
	case StepStopped:
		return "stopped"
	default:
		return "StepKind(invalid)"
	}
}

// Field is a payload field that the spec wants recorded.
type Field struct {
	Name  string
	Value any
}

// Step is what an observer and the history learn of one event.
type Step struct {
	Machine    string // the name of the instance
	Kind       StepKind
	Transition int // index into Info.Transitions; -1 unless accepted
	From       string
	Event      string
	To         string // equals From unless a transition was taken
	At         time.Time
	InState    time.Duration // how long the state that was left had lasted; 0 where none was left
	Fields     []Field       // not to be changed
}

// Observer gets every step of a machine, after its commit, on the goroutine that runs the machine. It must not block and
// must not call the machine. One that panics is removed, and that is logged.
type Observer interface {
	Observe(info *Info, step Step)
}

// watch is what an engine keeps for those who look at it.
type watch struct {
	name     string
	observer Observer
	history  *History
	logger   *slog.Logger
	since    time.Time // when the current state was entered
	fields   []Field   // recorded by the cell that runs
}

// Watch makes the engine report its steps. It is called before the machine runs.
func (e *Engine) Watch(name string, o Observer, h *History, logger *slog.Logger) {
	if o == nil && h == nil && logger == nil {
		return
	}
	e.more().watch = &watch{name: name, observer: o, history: h, logger: logger, since: e.clock.time()}
	e.hot |= hotWatched
}

// Record keeps payload fields for the step that is being taken.
func (e *Engine) Record(fields ...Field) { e.rest.watch.fields = fields }

// watched reports one step of a generated machine. The event is named by its transition where there is one.
func (e *Engine) watched(kind StepKind, from uint16, transition, event int) {
	step := Step{Kind: kind, Transition: transition, From: e.info.States[from], To: e.info.States[e.state]}
	switch {
	case transition >= 0:
		step.Event = e.info.Transitions[transition].Event
	case event >= 0:
		step.Event = e.info.Events[event]
	}
	e.report(step, transition >= 0 && !e.info.Transitions[transition].Internal)
}

// report completes a step, in which a state was left or not, and shows it to everybody who looks.
func (e *Engine) report(step Step, left bool) {
	w := e.rest.watch
	step.Machine, step.At, step.Fields = w.name, e.clock.time(), w.fields
	w.fields = nil
	if left {
		step.InState = step.At.Sub(w.since)
		w.since = step.At
	}
	w.show(e.info, step)
}

// show shows a step to everybody who looks. Whoever panics over it is removed: watching a machine cannot end it.
func (w *watch) show(info *Info, step Step) {
	if w.history != nil {
		w.history.add(step)
	}
	if w.logger != nil && !contained(func() { w.log(step) }) {
		w.logger = nil
		slog.Error("fsm: logger removed: it panicked", "machine", w.name)
	}
	if w.observer != nil && !contained(func() { w.observer.Observe(info, step) }) {
		w.observer = nil
		slog.Error("fsm: observer removed: it panicked", "machine", w.name)
	}
}

// contained runs f and reports whether it did not panic.
func contained(f func()) (ok bool) {
	defer func() { ok = recover() == nil && ok }()
	f()
	return true
}

func (w *watch) log(step Step) {
	level := slog.LevelDebug
	if step.Kind == StepRejected {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("machine", step.Machine), slog.String("kind", step.Kind.String()),
		slog.String("event", step.Event), slog.String("from", step.From), slog.String("to", step.To),
		slog.Duration("in_state", step.InState),
	}
	for _, f := range step.Fields {
		attrs = append(attrs, slog.Any(f.Name, f.Value))
	}
	w.logger.LogAttrs(context.Background(), level, "fsm", attrs...)
}
