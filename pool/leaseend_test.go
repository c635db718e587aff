package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// TestLease_RevokedEndsItsRequest with the cause of the context of the checkout.
func TestLease_RevokedEndsItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		for range 2 {
			ctx, cancel := context.WithCancelCause(t.Context())
			l, err := p.Checkout(ctx)
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(time.Second, func() { cancel(errEnough) })
			since := time.Now()
			if _, err := l.Execute(t.Context(), "listen", nil); !errors.Is(err, errEnough) || time.Since(since) != time.Second {
				t.Errorf("Execute = %v after %v; want the cause of the context of the checkout", err, time.Since(since))
			}
			synctest.Wait()
			if got := stateOf(t, p, 1); got != workerfsm.StateReady || !errors.Is(l.ended(), ErrLeaseEnded) || !errors.Is(l.ended(), errEnough) {
				t.Errorf("the worker is %v, the lease has ended with %v; want it ready, and revoked", got, l.ended())
			}
		}
	})
}

func TestLease_RequestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{RequestTimeout: 10 * time.Second})
		defer closePool(t, p)
		l := checkout(t, p)
		for range 2 {
			since := time.Now()
			_, err := l.Execute(t.Context(), "listen", nil)
			if late, ok := errors.AsType[*TimeoutError](err); !ok || late.What != "RequestTimeout" || time.Since(since) != 10*time.Second {
				t.Errorf("Execute = %v after %v; want RequestTimeout", err, time.Since(since))
			}
			time.Sleep(time.Minute) // which the next request does not inherit
			if r, err := l.Execute(t.Context(), "echo", nil); err != nil || r.Attempts != 1 {
				t.Errorf("Execute = %+v, %v; want an answer: the handler has stopped", r, err)
			}
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// TestLease_TurnWithAWorkerThatIsGone does not come, also where the request in progress does not notice.
func TestLease_TurnWithAWorkerThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		resume := make(chan struct{})
		s := &scripted{exchange: func(context.Context, *scriptedWorker, wire.Request) (wire.Response, error) {
			<-resume
			return wire.Response{}, nil
		}}
		p := startScripted(t, s, Config{QueueTimeout: time.Hour})
		defer closePool(t, p)
		l := checkout(t, p)
		var clients sync.WaitGroup
		clients.Go(func() { _, _ = l.Execute(t.Context(), "f", nil) })
		synctest.Wait()
		for range 2 {
			clients.Go(func() {
				since := time.Now()
				_, err := l.Execute(t.Context(), "f", nil)
				if OutcomeOf(err) != OutcomeNotRun || time.Since(since) > time.Minute {
					t.Errorf("Execute = %v after %v; want an error that the worker is lost", err, time.Since(since))
				}
			})
		}
		synctest.Wait()
		workersOf(p)[0].kill()
		time.Sleep(2 * time.Minute)
		close(resume)
		clients.Wait()
	})
}

func TestCheckin_ErrCloseThatIsWrapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		for id := uint64(1); id <= 2; id++ {
			l := checkout(t, p)
			if err := l.Discard(); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
			if got := stateOf(t, p, id); got != 0 {
				t.Errorf("worker %d is %v; want it removed", id, got)
			}
		}
	})
}

// TestCheckin_FailureOfTheLastRequest ends the lease while its request fails: the recovery table decides about the worker.
func TestCheckin_FailureOfTheLastRequest(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error // of the link
		end  func(l *Lease) error
		want workerfsm.State // 0: gone
	}{
		{"handler failed", errPassing, func(l *Lease) error { return l.Checkin(nil) }, workerfsm.StateReady},
		{"handler is unfit", errFatal, func(l *Lease) error { return l.Checkin(nil) }, 0},
		{"worker is lost", &wire.LostError{Sent: wire.SentUnknown, Err: errEnough}, func(l *Lease) error { return l.Checkin(nil) }, 0},
		{"closed without a checkin", errPassing, (*Lease).Close, workerfsm.StateDegraded},
		{"worker did not begin it", &wire.CancelledError{Err: errEnough}, func(l *Lease) error { return l.Checkin(nil) }, workerfsm.StateDegraded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{exchange: func(context.Context, *scriptedWorker, wire.Request) (wire.Response, error) {
					time.Sleep(time.Second)
					return wire.Response{}, tt.err
				}}
				sick := false
				s.ping = func(context.Context) (wire.Pong, error) { return wire.Pong{OK: !sick}, nil }
				p := startScripted(t, s, Config{Health: Health{MaxHealthFailures: 9, DegradedProbeDelay: time.Hour}})
				defer closePool(t, p)
				sick = true // else a probe makes a degraded worker ready again
				l := checkout(t, p)
				var client sync.WaitGroup
				client.Go(func() {
					if _, err := l.Execute(t.Context(), "f", nil); err == nil {
						t.Error("Execute = nil; want the failure")
					}
				})
				synctest.Wait()
				if err := tt.end(l); err != nil {
					t.Error(err)
				}
				client.Wait()
				time.Sleep(time.Second)
				if got := stateOf(t, p, 1); got != tt.want {
					t.Errorf("the worker is %v; want %v", got, tt.want)
				}
			})
		})
	}
}

// TestCheckin_FailureIsNotThatOfTheNextLease has leases end during a request each: only the first request fails.
func TestCheckin_FailureIsNotThatOfTheNextLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := true
		s := &scripted{exchange: func(context.Context, *scriptedWorker, wire.Request) (wire.Response, error) {
			time.Sleep(time.Second)
			if fails {
				return wire.Response{}, errPassing
			}
			return wire.Response{}, nil
		}}
		observed := &log{}
		p := startScripted(t, s, Config{Observer: observed})
		defer closePool(t, p)
		for _, want := range []int{1, 0, 0} {
			l := checkout(t, p)
			var client sync.WaitGroup
			client.Go(func() {
				if _, err := l.Execute(t.Context(), "f", nil); (err != nil) != fails {
					t.Errorf("Execute = %v; want a failure: %v", err, fails)
				}
			})
			synctest.Wait()
			if err := l.Checkin(nil); err != nil {
				t.Error(err)
			}
			client.Wait()
			synctest.Wait()
			if decided := takeEvents[EventDecided](observed); len(decided) != want {
				t.Errorf("decided %+v; want %d failures", decided, want)
			}
			fails = false
		}
	})
}

// TestLease_FailureOfARequest goes on with a worker that is as well as before, and ends with one that is not.
func TestLease_FailureOfARequest(t *testing.T) {
	for _, tt := range []struct {
		err    error
		reason recovery.Kind
		action recovery.Action
	}{
		{errPassing, recovery.HandlerRetry, recovery.Keep},
		{errFatal, recovery.HandlerFatal, recovery.Replace},
		{errUnsent, recovery.LostUnsent, recovery.Replace},
	} {
		t.Run(string(tt.reason), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				observed := &log{}
				p := startScripted(t, &scripted{exchange: failing(tt.err)}, Config{Observer: observed})
				defer closePool(t, p)
				l := checkout(t, p)
				if _, err := l.Execute(t.Context(), "f", nil); err == nil {
					t.Error("Execute = nil; want the failure")
				}
				decided := eventsOf[EventDecided](observed)
				if len(decided) != 1 || decided[0].Failure != tt.reason || decided[0].Worker != 1 {
					t.Errorf("decided %+v; want once, about %s", decided, tt.reason)
				}
				time.Sleep(time.Second)
				gone := stateOf(t, p, 1) == 0
				if want := endsWorker(tt.action); gone != want || (l.ended() == errBroken) != want {
					t.Errorf("the worker is gone: %v, the lease: %v; want ended %v", gone, l.ended(), want)
				}
				_ = l.Checkin(nil)
			})
		})
	}
}

// TestLease_KeepsWhatItsRequestsShow of its session, although the lease goes on.
func TestLease_KeepsWhatItsRequestsShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Sessions: Sessions{Checkpoint: true}})
		defer closePool(t, p)
		l := checkout(t, p, Session("s"))
		for want := 1; want <= 2; want++ {
			if _, err := l.Execute(t.Context(), "count", nil); err != nil {
				t.Fatal(err)
			}
			if s := p.Stats().Sessions; s.Snapshots != 1 {
				t.Errorf("%d snapshots after request %d; want 1", s.Snapshots, want)
			}
		}
		workersOf(p)[0].kill()
		time.Sleep(time.Second)
		if n, r := counts(t, p, "s"); n != 3 || r.Rebound {
			t.Errorf("counts %d, rebound %v; want 3: the state was kept", n, r.Rebound)
		}
	})
}

// TestLease_EndsOnce has everything that ends a lease come at once.
func TestLease_EndsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Slots: 2})
		defer closePool(t, p)
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			l, err := p.Checkout(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var ends sync.WaitGroup
			ends.Go(func() { _ = l.Checkin(nil) })
			ends.Go(func() { _ = l.Checkin(nil) })
			ends.Go(cancel)
			ends.Wait()
			synctest.Wait()
			if s := p.Stats(); s.Busy != 0 {
				t.Fatalf("%d slots are taken; want none", s.Busy)
			}
			older, newer := checkout(t, p), checkout(t, p)
			_ = older.Checkin(nil)
			_ = l.Close() // a lease that has ended
			_ = older.Close()
			if newer.ended() != nil || p.Stats().Busy != 1 {
				t.Fatalf("the newer lease has ended: %v, %d slots are taken; want that it goes on", newer.ended(), p.Stats().Busy)
			}
			_ = newer.Checkin(nil)
		}
	})
}
