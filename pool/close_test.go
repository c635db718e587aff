package pool

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Rows: G1.
func TestDrain_LetsRequestsFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		l := checkout(t, p)
		var drain sync.WaitGroup
		drain.Go(func() {
			if err := p.Drain(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if _, err := p.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrClosed) {
			t.Errorf("a new request gets %v; want ErrClosed", err)
		}
		if _, err := l.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("the request of a lease gets %v; want an answer", err)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
		drain.Wait()
		if got := p.Stats().Phase; got != "stopped" {
			t.Errorf("the pool is %s; want stopped", got)
		}
	})
}

// Rows: G1, G2.
func TestDrain_ShutdownTimeoutIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Shutdown: Shutdown{ShutdownTimeout: 10 * time.Second}})
		var client sync.WaitGroup
		client.Go(func() {
			if _, err := p.Execute(t.Context(), "wait", nil); !is[*LostError](err) {
				t.Errorf("Execute = %v; want a lost worker", err)
			}
		})
		synctest.Wait()
		begin := time.Now()
		wantForced(t, p, p.Drain(t.Context()), 1, is[*TimeoutError])
		if took := time.Since(begin); took < 10*time.Second || took > 14*time.Second {
			t.Errorf("Drain took %v; want 10s and the time to kill", took)
		}
		client.Wait()
		if err := p.Drain(t.Context()); err != nil {
			t.Errorf("Drain of a pool that has stopped = %v; want nil", err)
		}
	})
}

// wantForced fails the test unless a drain was ended by force, with so many requests and leases.
func wantForced(t *testing.T, p *Pool, err error, interrupted int, why func(error) bool) {
	t.Helper()
	forced, ok := errors.AsType[*DrainError](err)
	if !ok || forced.Interrupted != interrupted || !why(err) {
		t.Errorf("Drain = %v; want %d requests and leases ended by force", err, interrupted)
	}
	if got := p.Stats().Interrupted; got != uint64(interrupted) {
		t.Errorf("Stats.Interrupted is %d; want %d", got, interrupted)
	}
}

func TestDrain_SaysWhetherItWasForced(t *testing.T) {
	closed := func(err error) bool { return errors.Is(err, errClosedMeanwhile) }
	for _, tt := range []struct {
		name        string
		commands    []string      // of requests that are in progress
		leases      int           // that stay checked out
		closeAfter  time.Duration // Close is called then; 0 for never
		interrupted int
		why         func(error) bool
	}{
		{name: "nothing in progress"},
		{name: "requests that end in time", commands: []string{"sleep", "sleep"}},
		{name: "one of them does not", commands: []string{"sleep", "wait", "wait"}, interrupted: 2, why: is[*TimeoutError]},
		{name: "a request that fails by itself", commands: []string{"sleep", "fail later", "crash later"}},
		{name: "leases", leases: 2, interrupted: 2, why: is[*TimeoutError]},
		{name: "closed meanwhile", commands: []string{"wait"}, closeAfter: time.Second, interrupted: 1, why: closed},
		{name: "closed meanwhile, and it ends within Shutdown.ShutdownGrace", commands: []string{"sleep"}, closeAfter: 100 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log records
				p := startFake(t, &fake{handler: later}, Config{Slots: 3, Shutdown: Shutdown{ShutdownTimeout: 10 * time.Second}, Logger: slog.New(&log)})
				for range tt.leases {
					checkout(t, p)
				}
				var clients sync.WaitGroup
				for _, command := range tt.commands {
					clients.Go(func() { _, _ = p.Execute(t.Context(), command, nil) })
				}
				synctest.Wait()
				if tt.closeAfter > 0 {
					time.AfterFunc(tt.closeAfter, func() { _ = p.Close(context.Background()) })
				}
				err := p.Drain(t.Context())
				clients.Wait()
				if tt.interrupted == 0 {
					if err != nil || p.Stats().Interrupted != 0 {
						t.Errorf("Drain = %v; want nil: every request had its time", err)
					}
					return
				}
				wantForced(t, p, err, tt.interrupted, tt.why)
				if level, attrs := log.of(t, "the pool was drained by force"); level != slog.LevelWarn || attrs["interrupted"].Uint64() != uint64(tt.interrupted) {
					t.Errorf("the log says %v %v; want a warning with %d", level, attrs, tt.interrupted)
				}
			})
		})
	}
}

// later is echo with commands that fail after half a second.
func later(ctx context.Context, r *Request) ([]byte, error) {
	if command, ok := strings.CutSuffix(r.Command, " later"); ok {
		time.Sleep(time.Second / 2)
		r.Command = command
	}
	return echo(ctx, r)
}

// TestInterrupted_WithoutADrain counts what Close and the replacement of a worker end by force.
func TestInterrupted_WithoutADrain(t *testing.T) {
	for _, tt := range []struct {
		name        string
		end         func(p *Pool)
		interrupted uint64
	}{
		{"Close", func(p *Pool) { _ = p.Close(context.Background()) }, 1},
		{"Recycle", func(p *Pool) { p.Recycle(1) }, 1},
		{"a worker that exits", func(p *Pool) { workersOf(p)[0].kill() }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{Shutdown: Shutdown{ShutdownTimeout: 10 * time.Second}, RequestTimeout: time.Hour})
				var client sync.WaitGroup
				client.Go(func() {
					if _, err := p.Execute(t.Context(), "wait", nil); !is[*LostError](err) {
						t.Errorf("Execute = %v; want a lost worker", err)
					}
				})
				synctest.Wait()
				tt.end(p)
				client.Wait()
				if got := p.Stats().Interrupted; got != tt.interrupted {
					t.Errorf("Stats.Interrupted is %d; want %d", got, tt.interrupted)
				}
				closePool(t, p)
			})
		})
	}
}

func TestDrain_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		l := checkout(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		wantForced(t, p, p.Drain(ctx), 1, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) })
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("Drain took %v; want a second", took)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestClose_Twice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 3}})
		var closers sync.WaitGroup
		for range 3 {
			closers.Go(func() { closePool(t, p) })
		}
		closers.Wait()
		if got := len(p.Workers()); got != 0 {
			t.Errorf("%d workers are left; want none", got)
		}
	})
}

func TestClose_WaitingRequestsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		l := checkout(t, p, Session("s"))
		if _, err := l.Execute(t.Context(), "echo", nil); err != nil {
			t.Fatal(err)
		}
		var clients sync.WaitGroup
		for _, options := range [][]Option{nil, {Session("s")}} {
			clients.Go(func() {
				if _, err := p.Execute(t.Context(), "echo", nil, options...); !errors.Is(err, ErrClosed) {
					t.Errorf("Execute = %v; want ErrClosed", err)
				}
			})
		}
		synctest.Wait()
		closePool(t, p)
		clients.Wait()
	})
}

func TestClose_AtEveryMomentOfTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for i := range 300 {
			f := &fake{start: func(ctx context.Context, worker uint64) error {
				time.Sleep(time.Duration(worker) * time.Millisecond)
				return nil
			}}
			p := beginFake(t, f, Config{Size: Size{Min: 4}})
			end := p.Close
			if i%2 == 0 {
				end = p.Drain
			}
			time.Sleep(time.Duration(i%10) * time.Millisecond)
			begin := time.Now()
			if err := end(t.Context()); err != nil {
				t.Error(err)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Fatalf("attempt %d took %v; a worker has not been told", i, took)
			}
		}
	})
}

func TestClose_PoolThatHasStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		closePool(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 {
			if err := errors.Join(p.Close(ctx), p.Drain(ctx)); err != nil {
				t.Fatalf("Close = %v; want nil, since nothing is left", err)
			}
		}
		if _, err := p.Execute(t.Context(), "echo", nil); err == nil || !strings.Contains(err.Error(), "the pool is stopped") {
			t.Errorf("Execute = %v; want to be told that the pool is stopped", err)
		}
	})
}

func TestClose_RequestThatEndsWithinShutdownGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		var client sync.WaitGroup
		client.Go(func() {
			if _, err := p.Execute(t.Context(), "sleep", nil); err != nil {
				t.Errorf("Execute = %v; want the answer that came within Shutdown.ShutdownGrace", err)
			}
		})
		synctest.Wait()
		closePool(t, p)
		client.Wait()
	})
}
