package engine

import (
	"context"
	"io"
	"log/slog"
	"sync"
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

// Timeout is a state with a time-out that is entered and left again.
func Timeout() compare.Loops {
	return compare.Loops{
		Title: "a state time-out that is set and cancelled: two events",
		Limit: compare.Loop{Name: handLocked + ", AfterFunc and Stop", Run: timeoutLocked},
		Others: []compare.Loop{
			{Name: generatedServer, Goal: 0.5, Run: timeoutServer},
		},
	}
}

func timeoutLocked(n int) error {
	var mu sync.Mutex
	g := newGate()
	var closing *time.Timer
	open := func() error {
		mu.Lock()
		defer mu.Unlock()
		closing = time.AfterFunc(10*time.Second, func() {
			mu.Lock()
			defer mu.Unlock()
			_ = g.Close() // it is closed already, perhaps
		})
		return g.Open()
	}
	shut := func() error {
		mu.Lock()
		defer mu.Unlock()
		closing.Stop()
		return g.Close()
	}
	for range n {
		if open() != nil || shut() != nil {
			return errUnexpected
		}
	}
	return nil
}

func timeoutServer(n int) error {
	s, err := start(fsm.Config{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for range n {
		if s.Open(ctx) != nil || s.Close(ctx) != nil {
			return errUnexpected
		}
	}
	return s.Control().Stop(ctx, nil)
}
