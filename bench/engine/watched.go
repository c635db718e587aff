package engine

import (
	"context"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/metric/noop"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/engine/gatefsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/otelfsm"
)

// blind is an observer that looks at nothing.
type blind struct{}

func (blind) Observe(*fsm.Info, fsm.Step) {}

// uninterested is an observer that wants nothing, as an adapter does whose backend is off.
type uninterested struct{ blind }

func (uninterested) Wants(fsm.StepKind) bool { return false }

// Watched is one transition of a machine with an observer. The goals are some nanoseconds more than the ten without one: one,
// three for a logger that is off, ten for OpenTelemetry without an SDK, and a look at the clock and fifteen for a history.
func Watched() compare.Loops {
	watched := func(c fsm.Config) func(n int) error {
		return func(n int) error { return pings(1, n, c) }
	}
	return compare.Loops{
		Title: "closed -> closed of a server with an observer: one transition",
		Limit: compare.Loop{Name: "no observer", Run: watched(fsm.Config{})},
		Others: []compare.Loop{
			{Name: "observer that wants nothing", Goal: 1.1, Run: watched(fsm.Config{Observer: uninterested{}})},
			{Name: "slog, disabled", Goal: 1.3, Run: watched(fsm.Config{Logger: slog.New(slog.DiscardHandler)})},
			{Name: "OpenTelemetry, without an SDK", Goal: 2, Run: func(n int) error {
				o, err := otelfsm.New(noop.Meter{}, gatefsm.Info())
				if err != nil {
					return err
				}
				return pings(1, n, fsm.Config{Observer: o})
			}},
			{Name: "slog, for warnings", Run: watched(fsm.Config{Logger: warnings()})},
			{Name: "slog, for warnings, slow hooks unwatched", Run: watched(fsm.Config{Logger: warnings(), SlowHook: -1})},
			{Name: "history of 32 steps", Goal: 7, Run: watched(fsm.Config{History: fsm.NewHistory(32)})},
			{Name: "observer that does nothing", Run: watched(fsm.Config{Observer: blind{}})},
			{Name: "no observer, and a look at the clock", Run: func(n int) error {
				s, err := start(fsm.Config{})
				if err != nil {
					return err
				}
				return repeat(n, func() error {
					if time.Now().IsZero() {
						return errUnexpected
					}
					return s.Ping(context.Background())
				})
			}},
		},
	}
}

func warnings() *slog.Logger {
	return slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
