package engine

import (
	"context"
	"log/slog"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

const defaultSlowHook = 10 * time.Millisecond

// timeSteps makes the engine log steps that take longer than limit; 0 means the default. Without a
// logger that takes warnings, it does not time steps: reading the clock would cost and have no use.
func (e *Engine) timeSteps(limit time.Duration) {
	if limit == 0 {
		limit = defaultSlowHook
	}
	if limit < 0 || e.ext == nil || e.ext.watch == nil {
		return
	}
	if w := e.ext.watch; w.logger != nil && w.logger.Enabled(context.Background(), slog.LevelWarn) {
		w.slow = limit
		e.flags |= flagTimed
	}
}

// stepBegins stores the start of a step that is timed.
func (e *Engine) stepBegins() { e.ext.watch.stepBegan = e.clock.Now() }

// stepEnds logs a step that took longer than the limit.
func (e *Engine) stepEnds() {
	w := e.ext.watch
	took := e.clock.Now() - w.stepBegan
	if took <= w.slow || w.logger == nil {
		return
	}
	ok := runSafely(func() {
		w.logger.LogAttrs(context.Background(), slog.LevelWarn, "fsm: slow hook: what waits is to be an invoke",
			slog.String("machine", w.name), slog.String("event", w.event), slog.Duration("took", took))
	})
	if !ok {
		w.removeLogger()
	}
}

// deliver passes a step to the logger, the observer and the tracer. One that panics is removed.
func (w *watch) deliver(info *fsm.Info, step *fsm.Step) {
	if w.logger != nil && eventKinds.has(step.Kind) && !runSafely(func() { w.log(step) }) {
		w.removeLogger()
	}
	if w.observed.has(step.Kind) && !runSafely(func() { w.observer.Observe(info, *step) }) {
		w.observed = 0
		slog.Error("fsm: observer removed: it panicked", "machine", w.name)
	}
	if w.tracer != nil && !runSafely(func() { w.tracer.Observe(info, *step) }) {
		w.tracer = nil
		slog.Error("fsm: tracer removed: it panicked", "machine", w.name)
	}
}

// runSafely runs f and reports whether it returned without a panic.
func runSafely(f func()) (ok bool) {
	defer func() { ok = recover() == nil && ok }()
	f()
	return true
}

// level returns the log level of a kind of step.
func level(kind fsm.StepKind) slog.Level {
	switch kind {
	case fsm.StepRejected:
		return slog.LevelWarn
	case fsm.StepCrashed:
		return slog.LevelError
	default:
		return slog.LevelDebug
	}
}

// logs reports whether the logger takes steps of a kind.
func (w *watch) logs(kind fsm.StepKind) bool {
	return w.handler != nil && eventKinds.has(kind) && w.handler.Enabled(context.Background(), level(kind))
}

// log writes a step to the logger.
func (w *watch) log(step *fsm.Step) {
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
	if crash, ok := step.Reason.(*fsm.PanicError); ok {
		attrs = append(attrs, slog.String("hook", crash.Hook), slog.String("stack", string(crash.Stack)))
	}
	for _, f := range step.Fields {
		attrs = append(attrs, slog.Any(f.Name, f.Value))
	}
	w.logger.LogAttrs(context.Background(), level(step.Kind), "fsm", attrs...)
}

// removeLogger removes a logger that panicked, and reports that to the default logger.
func (w *watch) removeLogger() {
	w.logger, w.handler = nil, nil
	slog.Error("fsm: logger removed: it panicked", "machine", w.name)
}
