package pool

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

var errEnough = errors.New("enough")

// TestStart_SourceThatHangs gives a source no longer to open than StartTimeout.
func TestStart_SourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		since := time.Now()
		s := &scripted{opens: func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}}
		_, err := Start(t.Context(), Config{Source: s, StartTimeout: time.Minute})
		late, ok := errors.AsType[*TimeoutError](err)
		if !ok || late.What != "StartTimeout" || time.Since(since) != time.Minute || s.started != 0 {
			t.Errorf("Start = %v after %v with %d workers; want StartTimeout, and no worker", err, time.Since(since), s.started)
		}
	})
}

func TestStart_CallerHasGivenUpBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errEnough)
		s := &scripted{}
		if _, err := Start(ctx, Config{Source: s}); !errors.Is(err, errEnough) || s.opened != 0 || s.started != 0 {
			t.Errorf("Start = %v, %d sources opened; want the cause, and none", err, s.opened)
		}
	})
}

// TestStart_GivenUp returns when no process is left, which is at once.
func TestStart_GivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		since := time.Now()
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errEnough) })
		s := &scripted{fake: fake{start: hang}}
		_, err := Start(ctx, Config{Source: s, Size: Size{Min: 2}})
		if !errors.Is(err, errEnough) || time.Since(since) != time.Second {
			t.Errorf("Start = %v after %v; want the cause at once", err, time.Since(since))
		}
		if s.started != 2 || s.ended != 2 || s.closed != 1 {
			t.Errorf("%d workers started, %d ended, %d sources closed; want 2, 2, 1", s.started, s.ended, s.closed)
		}
	})
}

// TestStart_GivenUpAfterAFailure also says why the first worker did not start.
func TestStart_GivenUpAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errModule := errors.New("no module")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, errEnough)
		defer cancel()
		s := &scripted{}
		s.start = func(ctx context.Context, worker uint64) error {
			if worker > 1 {
				return hang(ctx, worker)
			}
			time.Sleep(time.Second)
			return errModule
		}
		p, err := begin(ctx, Config{Source: s, StartTimeout: time.Hour, StartupTimeout: time.Hour}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		workersOf(p)[0].current().(*scriptedWorker).print("Traceback")
		_, err = p.await(ctx)
		start, ok := errors.AsType[*StartError](err)
		if !ok || start.Worker != 1 || !slices.Equal(start.Output, []string{"Traceback"}) || !errors.Is(err, errEnough) || !errors.Is(err, errModule) {
			t.Errorf("Start = %+v; want the cause, and the failure of worker 1 with its output", err)
		}
	})
}

// TestStart_TimeoutNamesTheOldestWorker tells what that one has printed.
func TestStart_TimeoutNamesTheOldestWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{fake: fake{start: hang}}
		p, err := begin(t.Context(), Config{Source: s, Size: Size{Min: 3}, StartTimeout: time.Second}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, w := range workersOf(p) {
			w.current().(*scriptedWorker).print("importing")
		}
		_, err = p.await(t.Context())
		start, ok := errors.AsType[*StartError](err)
		if !ok || start.Worker != 1 || !slices.Equal(start.Output, []string{"importing"}) || !is[*TimeoutError](err) {
			t.Errorf("Start = %+v; want StartTimeout and the output of worker 1", err)
		}
	})
}

// TestStart_FailureThatCannotHeal is not tried again.
func TestStart_FailureThatCannotHeal(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want int // starts
	}{"a passing one": {io.ErrNoProgress, 3}, "one that has had its time": {&TimeoutError{What: "StartupTimeout"}, 1}} {
		t.Run(name, func(t *testing.T) {
			for where, s := range map[string]*scripted{
				"launch":    {launches: func(uint64) error { return tt.err }},
				"handshake": {fake: fake{start: func(context.Context, uint64) error { return tt.err }}},
			} {
				synctest.Test(t, func(t *testing.T) {
					_, err := Start(t.Context(), Config{Source: s, StartAttempts: 3})
					if !errors.Is(err, tt.err) || s.started != tt.want {
						t.Errorf("%s: Start = %v after %d attempts; want %d", where, err, s.started, tt.want)
					}
				})
			}
		})
	}
}

// TestStart_WorkerThatEndsBeforeItIsReady says how it ended, also where its connection ends before its process.
func TestStart_WorkerThatEndsBeforeItIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{greets: func(w *scriptedWorker) error {
			time.AfterFunc(dying/2, w.fakeWorker.kill)
			return io.EOF
		}}
		_, err := Start(t.Context(), Config{Source: s, StartAttempts: 1})
		if exit, ok := errors.AsType[*ExitError](err); !ok || exit.How != "killed" {
			t.Errorf("Start = %v; want how the process ended", err)
		}
	})
}

func TestStart_WorkerWithTooFewSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := Start(t.Context(), Config{Source: &scripted{slots: 1}, Slots: 2, StartAttempts: 1})
		if !is[*StartError](err) || !strings.Contains(err.Error(), "at most 1 requests at once, and Slots is 2") {
			t.Errorf("Start = %v; want how many slots the worker has", err)
		}
	})
}

// TestStart_WorkerIsTold of the slots, and to forget no session by itself.
func TestStart_WorkerIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		s.offers.Commands = []string{"declared"}
		p := startScripted(t, s, Config{Slots: 3, MaxPayload: 1 << 20, Sessions: Sessions{MaxSessions: 10}})
		defer closePool(t, p)
		got := s.told[0]
		if got.Worker != "1" || got.Slots != 3 || got.MaxPayload != 1<<20 || got.MaxSessions < 1<<30 {
			t.Errorf("the worker is told %+v", got)
		}
		if !p.commands.knows("declared", errEnough) || p.commands.knows("other", errEnough) {
			t.Error("the pool does not know what the worker declares")
		}
	})
}

// TestWorker_KilledBeforeItIsThere has the worker killed before and while it is launched.
func TestWorker_KilledBeforeItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		p := startScripted(t, s, Config{})
		defer closePool(t, p)
		before := newWorker(p, 98, p.current)
		before.kill()
		if i, err := before.launch(); err == nil || s.started != 1 {
			t.Errorf("launch = %v, %v; want that nothing is started", i, err)
		}
		while := newWorker(p, 99, p.current)
		s.launches = func(uint64) error { while.kill(); return nil }
		i, err := while.launch()
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-i.done():
		default:
			t.Error("the worker that was killed while it was launched lives")
		}
		i.release()
	})
}

// TestClose_DoesNotWaitForRequests, and Drain does.
func TestClose_DoesNotWaitForRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		p := startScripted(t, s, Config{Shutdown: Shutdown{ShutdownTimeout: time.Hour}})
		var client sync.WaitGroup
		client.Go(func() {
			if _, err := p.Execute(t.Context(), "wait", nil); !is[*LostError](err) {
				t.Errorf("Execute = %v; want a lost worker", err)
			}
		})
		synctest.Wait()
		since := time.Now()
		for range 2 {
			if err := p.Close(t.Context()); err != nil || time.Since(since) > time.Minute {
				t.Errorf("Close = %v after %v; want the worker ended", err, time.Since(since))
			}
		}
		client.Wait()
		if s.closed != 1 || s.ended != 1 || len(workersOf(p)) != 0 {
			t.Errorf("%d sources and %d workers closed, %d are left; want 1, 1, 0", s.closed, s.ended, len(workersOf(p)))
		}
	})
}

// TestClose_ContextEnds returns an error that names the pool, when everything is gone nevertheless.
func TestClose_ContextEnds(t *testing.T) {
	for name, end := range map[string]func(*Pool, context.Context) error{"Close": (*Pool).Close, "Drain": (*Pool).Drain} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{shutdown: errEnough, onTerm: func() {}}
				s.onKill = func(w *scriptedWorker) { time.AfterFunc(time.Second, w.fakeWorker.kill) }
				p := startScripted(t, s, Config{Shutdown: Shutdown{ShutdownGrace: time.Hour}})
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errEnough)
				defer cancel()
				if err := end(p, ctx); !errors.Is(err, errEnough) || !errors.Is(err, context.DeadlineExceeded) ||
					!strings.HasPrefix(err.Error(), "pool: default: ") || is[*CloseError](err) == is[*DrainError](err) {
					t.Errorf("%s = %v; want a CloseError or DrainError with the end of its context and the cause", name, err)
				}
				if s.count(&s.ended) != 1 || s.count(&s.closed) != 1 {
					t.Errorf("%s returned before the worker was gone", name)
				}
			})
		})
	}
}

func TestRunUntil_ThePoolEndsBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		time.AfterFunc(time.Minute, func() { closePool(t, p) })
		if err := p.RunUntil(t.Context()); err != nil {
			t.Errorf("RunUntil = %v; want nil when the pool has ended", err)
		}
	})
}

// TestLogger_WorkerThatDoesNotConfirmItsEnd is no reason to look at the pool.
func TestLogger_WorkerThatDoesNotConfirmItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newEverything()
		p := startScripted(t, &scripted{shutdown: errEnough}, Config{Logger: slog.New(h)})
		closePool(t, p)
		if got := h.levels("the worker did not confirm that it leaves"); !slices.Equal(got, []slog.Level{slog.LevelDebug}) {
			t.Errorf("the levels are %v; want one DEBUG", got)
		}
	})
}

// TestCore_PanicsIsLogged also has the pool refuse a request although a worker is free.
func TestCore_PanicsIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &records{}
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}, Logger: slog.New(h)})
		p.step(func(core.Time) { panic("told to") })
		level, attrs := h.of(t, "the core of the pool panicked: the pool is closed")
		if level != slog.LevelError || attrs["err"].String() != "told to" || !strings.Contains(attrs["stack"].String(), "locked") {
			t.Errorf("the record is %v with %v; want an error with the stack", level, attrs)
		}
		for range 2 {
			_, err := p.Execute(t.Context(), "echo", nil)
			if closed, ok := errors.AsType[*ClosedError](err); !ok || closed.Phase != "crashed" {
				t.Errorf("Execute = %v; want a *ClosedError", err)
			}
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestCore_PanicsWhileThePoolStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := beginFake(t, &fake{start: hang}, Config{})
		time.AfterFunc(time.Second, func() { p.step(func(core.Time) { panic("told to") }) })
		if _, err := p.await(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("Start = %v; want ErrClosed", err)
		}
	})
}
