package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

func checkout(t *testing.T, p *Pool, options ...Option) *Lease {
	t.Helper()
	l, err := p.Checkout(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Rows: W3.
func TestCheckin_DecidesAboutTheWorker(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*Lease) error
		want workerfsm.State // 0: gone
	}{
		{"ok", func(l *Lease) error { return l.Checkin(nil) }, workerfsm.StateReady},
		{"failed", func(l *Lease) error { return l.Checkin(errors.New("nonsense")) }, workerfsm.StateDegraded},
		{"discarded", (*Lease).Discard, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{})
				defer closePool(t, p)
				l := checkout(t, p)
				if err := tt.end(l); err != nil {
					t.Fatal(err)
				}
				if err := l.Checkin(nil); err != nil {
					t.Errorf("second Checkin = %v; want nil", err)
				}
				if _, err := l.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrLeaseEnded) {
					t.Errorf("Execute after Checkin = %v; want ErrLeaseEnded", err)
				}
				time.Sleep(time.Second)
				if got := stateOf(t, p, l.WorkerID()); got != tt.want {
					t.Errorf("the worker is %v; want %v", got, tt.want)
				}
			})
		})
	}
}

func TestLease_CloseWithoutCheckin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		if err := checkout(t, p).Close(); err != nil {
			t.Error(err)
		}
		if got := stateOf(t, p, 1); got != workerfsm.StateDegraded {
			t.Errorf("the worker is %v; want degraded", got)
		}
	})
}

// Rows: W8.
func TestLease_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		l, err := p.Checkout(ctx)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if got := stateOf(t, p, 1); got != workerfsm.StateReady {
			t.Errorf("the worker is %v; want ready for the next", got)
		}
		if err := l.Checkin(nil); !errors.Is(err, ErrLeaseEnded) {
			t.Errorf("late Checkin = %v; want ErrLeaseEnded", err)
		}
	})
}

func TestLease_AbandonedRequestEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		l := checkout(t, p)
		if _, err := l.Execute(ctx, "wait", nil); !is[*AbandonedError](err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Execute = %v; want an abandoned request", err)
		}
		if _, err := l.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrLeaseEnded) {
			t.Errorf("Execute = %v; want ErrLeaseEnded", err)
		}
		if r, err := p.Execute(t.Context(), "echo", nil); err != nil || r.WorkerID == l.WorkerID() {
			t.Errorf("Execute = %+v, %v; want an answer of another worker", r, err)
		}
	})
}

// Rows: G2.
func TestRequestTimeout_IsTheCauseOfTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{RequestTimeout: time.Minute})
		defer closePool(t, p)
		_, err := p.Execute(t.Context(), "wait", nil)
		if late, ok := errors.AsType[*TimeoutError](err); !ok || late.What != "RequestTimeout" {
			t.Errorf("Execute = %v; want RequestTimeout", err)
		}
	})
}

func TestExecute_HandlerPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		_, err := p.Execute(t.Context(), "crash", nil)
		if !is[*LostError](err) || !is[*ExitError](err) || OutcomeOf(err) != OutcomeUnknown {
			t.Errorf("Execute = %v; want a lost worker", err)
		}
	})
}

// Rows: W4, W8.
func TestLease_WorkerGoneWhileItRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		l := checkout(t, p, Session("s"))
		p.mu.Lock()
		w := p.workers[l.WorkerID()]
		p.mu.Unlock()
		w.kill()
		time.Sleep(time.Second)
		if _, err := l.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrLeaseEnded) {
			t.Errorf("Execute = %v; want ErrLeaseEnded: the worker is gone", err)
		}
		if err := l.Checkin(nil); !errors.Is(err, ErrLeaseEnded) {
			t.Errorf("Checkin = %v; want ErrLeaseEnded", err)
		}
		if _, err := p.Execute(t.Context(), "echo", nil, Session("s")); err != nil {
			t.Errorf("Execute of the session = %v; want an answer of the other worker", err)
		}
		if s := p.Stats(); s.Busy != 0 || s.Waiting != 0 {
			t.Errorf("%d busy, %d wait; want none", s.Busy, s.Waiting)
		}
	})
}

// An ended lease has no say in the slot that it had, which the next lease has got.
func TestLease_UsedAfterItsSlotHasGoneToAnotherOne(t *testing.T) {
	for _, tt := range []struct {
		name string
		late func(old *Lease)
	}{
		{"checkin", func(old *Lease) { _ = old.Checkin(nil) }},
		{"checkin that removes the worker", func(old *Lease) { _ = old.Discard() }},
		{"close", func(old *Lease) { _ = old.Close() }},
		{"request", func(old *Lease) { _, _ = old.Execute(context.Background(), "echo", nil) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{})
				defer closePool(t, p)
				old := checkout(t, p, Session("old"))
				if err := old.Checkin(nil); err != nil {
					t.Fatal(err)
				}
				l := checkout(t, p, Session("new"))
				tt.late(old)
				if got := stateOf(t, p, l.WorkerID()); got != workerfsm.StateBusy {
					t.Errorf("the worker is %v; want busy", got)
				}
				if _, err := l.Execute(t.Context(), "echo", nil); err != nil {
					t.Error(err)
				}
				if err := l.Checkin(nil); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// The context of a lease ends that lease only, whatever the lease did before.
func TestLease_ContextOfTheLeaseBeforeEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		use  func(t *testing.T, l *Lease)
	}{
		{"checked in at once", func(*testing.T, *Lease) {}},
		{"checked in during a request", func(t *testing.T, l *Lease) {
			go func() { _, _ = l.Execute(context.Background(), "sleep", nil) }()
			synctest.Wait()
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{})
				defer closePool(t, p)
				ctx, cancel := context.WithCancel(t.Context())
				before, err := p.Checkout(ctx)
				if err != nil {
					t.Fatal(err)
				}
				tt.use(t, before)
				if err := before.Checkin(nil); err != nil {
					t.Fatal(err)
				}
				l, err := p.Checkout(context.Background()) // a lease that no context ends
				if err != nil {
					t.Fatal(err)
				}
				done := make(chan error)
				go func() {
					_, err := l.Execute(context.Background(), "sleep", nil)
					done <- err
				}()
				synctest.Wait()
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
				if err := l.Checkin(nil); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
