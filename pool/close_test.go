package pool

import (
	"context"
	"errors"
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
		p := startFake(t, &fake{}, Config{ShutdownTimeout: 10 * time.Second})
		var client sync.WaitGroup
		client.Go(func() {
			if _, err := p.Execute(t.Context(), "wait", nil); !is[*LostError](err) {
				t.Errorf("Execute = %v; want a lost worker", err)
			}
		})
		synctest.Wait()
		begin := time.Now()
		if err := p.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took < 10*time.Second || took > 14*time.Second {
			t.Errorf("Drain took %v; want 10s and the time to kill", took)
		}
		client.Wait()
	})
}

func TestDrain_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		l := checkout(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if err := p.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Drain = %v; want the end of its context", err)
		}
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
				t.Errorf("Execute = %v; want the answer that came within ShutdownGrace", err)
			}
		})
		synctest.Wait()
		closePool(t, p)
		client.Wait()
	})
}
