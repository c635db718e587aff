package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestDrainLetsRequestsFinishAndTakesNoMore(t *testing.T) {
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

func TestDrainEndsByForceAfterItsTime(t *testing.T) {
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

func TestTheEndOfItsContextMakesDrainImpatient(t *testing.T) {
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

func TestClosingTwiceIsFine(t *testing.T) {
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

func TestWhoWaitsWhenThePoolClosesIsTold(t *testing.T) {
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

func TestUpgradeIsNotSupportedYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		if err := p.Upgrade(t.Context(), &fake{}); !errors.Is(err, ErrNotSupported) {
			t.Errorf("Upgrade = %v; want ErrNotSupported", err)
		}
		closePool(t, p)
		if err := p.Upgrade(t.Context(), &fake{}); !errors.Is(err, ErrClosed) {
			t.Errorf("Upgrade of a closed pool = %v; want ErrClosed", err)
		}
	})
}
