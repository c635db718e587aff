package pool

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// A machine crashes when one of its hooks panics, which is a mistake of this package. Nobody may hang for it.

func TestAWorkerWhoseMachineCrashesIsReplaced(t *testing.T) {
	crash := errors.New("a hook panicked")
	for _, tt := range []struct {
		name string
		busy bool
	}{{"ready", false}, {"busy", true}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{})
				defer closePool(t, p)
				if _, err := p.Execute(t.Context(), "count", nil, Session("s")); err != nil {
					t.Fatal(err)
				}
				if tt.busy {
					checkout(t, p)
				}
				if err := p.all()[0].fsm.Runtime().Stop(t.Context(), crash); err != nil {
					t.Fatal(err)
				}
				r, err := p.Execute(t.Context(), "count", nil, Session("s"))
				if err != nil || !r.Rebound {
					t.Errorf("Execute = %+v, %v; want another worker, and to be told so", r, err)
				}
				synctest.Wait()
				if s := p.Stats(); s.Phase != "running" || s.Workers["ready"] != 1 || s.Removed != 1 {
					t.Errorf("Stats = %+v; want a running pool with one worker for the one it lost", s)
				}
			})
		})
	}
}

func TestAWorkerWhoseMachineCrashesInItsStartIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{start: func(ctx context.Context, worker uint64) error {
			if worker > 1 {
				return nil
			}
			return hang(ctx, worker)
		}}
		p := beginFake(t, f, Config{})
		defer closePool(t, p)
		synctest.Wait()
		if err := p.all()[0].fsm.Runtime().Stop(t.Context(), errors.New("a hook panicked")); err != nil {
			t.Fatal(err)
		}
		if _, err := p.await(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := stateOf(t, p, 2); got != workerfsm.StateReady {
			t.Errorf("the second worker is %v; want ready", got)
		}
	})
}

func TestAPoolWhoseMachineCrashesTellsEverybodyAndLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crash := errors.New("a hook panicked")
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		l := checkout(t, p)
		var clients sync.WaitGroup
		clients.Go(func() {
			if _, err := l.Execute(t.Context(), "wait", nil); !is[*LostError](err) {
				t.Errorf("Execute = %v; want a lost worker", err)
			}
		})
		synctest.Wait()
		if err := p.fsm.Runtime().Stop(t.Context(), crash); err != nil {
			t.Fatal(err)
		}
		clients.Wait()
		if _, err := p.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrClosed) || !errors.Is(err, crash) {
			t.Errorf("Execute = %v; want ErrClosed and why", err)
		}
		closePool(t, p)
		if got := len(p.Workers()); got != 0 {
			t.Errorf("%d workers are left", got)
		}
	})
}

// panicking is a log that panics on what the pool says about a start.
type panicking struct{ slog.Handler }

func (panicking) Enabled(context.Context, slog.Level) bool      { return true }
func (h panicking) WithAttrs([]slog.Attr) slog.Handler          { return h }
func (panicking) Handle(_ context.Context, r slog.Record) error { panic("no disk: " + r.Message) }

func TestALogThatPanicsHidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{start: func(context.Context, uint64) error { return errors.New("no") }}
		_, err := Start(t.Context(), Config{Source: f, Logger: slog.New(panicking{slog.DiscardHandler})})
		if start, ok := errors.AsType[*StartError](err); !ok || start.Err.Error() != "no" {
			t.Errorf("Start = %v; want why the worker did not start", err)
		}
	})
}
