package pool

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
)

// panicking is a log whose handler panics with each record.
type panicking struct{ slog.Handler }

func (panicking) Enabled(context.Context, slog.Level) bool      { return true }
func (h panicking) WithGroup(string) slog.Handler               { return h }
func (h panicking) WithAttrs([]slog.Attr) slog.Handler          { return h }
func (panicking) Handle(_ context.Context, r slog.Record) error { panic("no disk: " + r.Message) }

func TestLogger_HandlerThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{start: func(context.Context, uint64) error { return errors.New("no") }}
		_, err := Start(t.Context(), Config{Source: f, Logger: slog.New(panicking{slog.DiscardHandler})})
		if start, ok := errors.AsType[*StartError](err); !ok || start.Err.Error() != "no" {
			t.Errorf("Start = %v; want why the worker did not start", err)
		}
	})
}
