package runtime

import (
	"context"
	"log/slog"
	"time"
)

const defaultSlowHook = 10 * time.Millisecond

// time makes the engine log steps that take longer than limit, 0 for the default. Where nobody reads warnings it need not
// look at the clock.
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

func (e *Engine) stepBegins() { e.ext.watch.stepBegan = e.clock.Now() }

// stepEnds logs a step that was slow.
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
