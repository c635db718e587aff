package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

func TestCheckin_WaitsForTheRequestInFlight(t *testing.T) {
	for _, tt := range []struct {
		name    string
		checkin func(*Lease) error
	}{
		{"checkin", func(l *Lease) error { return l.Checkin(nil) }},
		{"close", (*Lease).Close},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{})
				defer closePool(t, p)
				l := checkout(t, p)
				var client sync.WaitGroup
				client.Go(func() {
					if _, err := l.Execute(t.Context(), "sleep", nil); err != nil {
						t.Errorf("Execute = %v; want the answer of a request that had begun", err)
					}
				})
				synctest.Wait()
				client.Go(func() {
					if err := tt.checkin(l); err != nil {
						t.Error(err)
					}
				})
				if got := stateOf(t, p, 1); got != workerfsm.StateBusy {
					t.Errorf("during the request the worker is %v; want busy", got)
				}
				client.Wait()
				if got := stateOf(t, p, 1); got == workerfsm.StateBusy {
					t.Error("after the request the worker is still busy")
				}
			})
		})
	}
}

func TestLease_RequestWaitsWhileItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		l := checkout(t, p, Session("s"))
		var clients sync.WaitGroup
		clients.Go(func() { _, _ = l.Execute(t.Context(), "sleep", nil) })
		synctest.Wait()
		clients.Go(func() {
			if _, err := l.Execute(t.Context(), "count", nil); !errors.Is(err, ErrLeaseEnded) {
				t.Errorf("Execute = %v; want ErrLeaseEnded", err)
			}
		})
		synctest.Wait()
		clients.Go(func() { _ = l.Checkin(nil) })
		clients.Wait()
	})
}

func TestCheckin_RemovalDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		l := checkout(t, p)
		var client sync.WaitGroup
		client.Go(func() {
			if _, err := l.Execute(t.Context(), "wait", nil); !is[*LostError](err) {
				t.Errorf("Execute = %v; want a lost worker", err)
			}
		})
		synctest.Wait()
		if err := l.Discard(); err != nil {
			t.Error(err)
		}
		client.Wait()
	})
}

// Rows: W8.
func TestLease_RevokedDuringARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			p := startFake(t, &fake{}, Config{})
			ctx, cancel := context.WithCancel(t.Context())
			l, err := p.Checkout(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var client sync.WaitGroup
			client.Go(func() { _, _ = l.Execute(t.Context(), "wait", nil) })
			synctest.Wait()
			cancel()
			client.Wait()
			if r, err := p.Execute(t.Context(), "echo", nil); err != nil || r.WorkerID == 1 || r.Attempts > 1 {
				t.Fatalf("Execute = %+v, %v; want another worker at once", r, err)
			}
			closePool(t, p)
		}
	})
}

func TestLease_RevokedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		for range 200 {
			ctx, cancel := context.WithCancel(t.Context())
			go cancel()
			if l, err := p.Checkout(ctx); err == nil {
				_ = l.Checkin(nil)
			}
		}
	})
}

func TestLease_QueueTimeoutOfItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{QueueTimeout: time.Second / 4})
		defer closePool(t, p)
		l := checkout(t, p)
		var client sync.WaitGroup
		client.Go(func() { _, _ = l.Execute(t.Context(), "sleep", nil) })
		synctest.Wait()
		_, err := l.Execute(t.Context(), "echo", nil)
		if wait, ok := errors.AsType[*WaitError](err); !ok || wait.Waited != time.Second/4 || OutcomeOf(err) != OutcomeNotRun {
			t.Errorf("Execute = %v; want a *WaitError after a quarter of a second", err)
		}
		client.Wait()
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}
