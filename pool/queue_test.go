package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestQueue_ServedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var served []int // the only worker's
		p, err := Start(t.Context(), Config{Source: Func(func(_ context.Context, r *Request) ([]byte, error) {
			served = append(served, int(r.Payload[0]))
			return nil, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		defer closePool(t, p)
		first := checkout(t, p)
		var clients sync.WaitGroup
		for i := range 10 {
			clients.Go(func() {
				if _, err := p.Execute(t.Context(), "echo", []byte{byte(i)}, Session(fmt.Sprint("s", i%3))); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if got := p.Stats().Waiting; got != 10 {
			t.Errorf("%d requests wait; want 10", got)
		}
		if err := first.Checkin(nil); err != nil {
			t.Error(err)
		}
		clients.Wait()
		if !slices.IsSorted(served) {
			t.Errorf("served in the order %v; want the order in which they came", served)
		}
	})
}

// Rows: A5, W2.
func TestQueue_SessionWaitsForItsWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		l := checkout(t, p, Session("s"))
		if _, err := l.Execute(t.Context(), "echo", nil); err != nil {
			t.Fatal(err)
		}
		_, err := p.Execute(t.Context(), "echo", nil, Session("s"))
		if late, ok := errors.AsType[*TimeoutError](err); !ok || late.What != "QueueTimeout" || OutcomeOf(err) != OutcomeNotRun {
			t.Errorf("Execute = %v; want QueueTimeout", err)
		}
		if _, err := p.Execute(t.Context(), "echo", nil, Session("t")); err != nil {
			t.Errorf("another session gets %v; want the other worker", err)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// Rows: A2.
func TestSession_NewOnesSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 4}})
		defer closePool(t, p)
		for i := range 40 {
			if _, err := p.Execute(t.Context(), "echo", nil, Session(fmt.Sprint("s", i))); err != nil {
				t.Fatal(err)
			}
		}
		for _, w := range p.Workers() {
			if w.Sessions != 10 {
				t.Errorf("worker %d has %d sessions; want 10", w.ID, w.Sessions)
			}
		}
	})
}

// Rows: A4.
func TestQueue_WorkerOfTheSessionIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		l := checkout(t, p, Session("s"))
		if _, err := l.Execute(t.Context(), "echo", nil); err != nil {
			t.Fatal(err)
		}
		var clients sync.WaitGroup
		clients.Go(func() {
			r, err := p.Execute(t.Context(), "echo", nil, Session("s"))
			if err != nil || !r.Rebound || r.WorkerID == l.WorkerID() {
				t.Errorf("Execute = %+v, %v; want another worker, and to be told so", r, err)
			}
		})
		synctest.Wait()
		if err := l.Discard(); err != nil {
			t.Error(err)
		}
		clients.Wait()
	})
}

func TestQueue_CancelledRequestLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		l := checkout(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Execute(ctx, "echo", nil); !is[*WaitError](err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Execute = %v; want a *WaitError", err)
		}
		if got := p.Stats().Waiting; got != 0 {
			t.Errorf("%d requests wait; want none", got)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("Execute = %v; want the worker that no request waits for", err)
		}
	})
}

func TestQueue_CancelAfterTheSessionWasBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{QueueTimeout: time.Hour})
		defer closePool(t, p)
		l := checkout(t, p)
		patient, cancelPatient := context.WithCancel(t.Context())
		hasty, cancelHasty := context.WithTimeout(t.Context(), time.Second)
		defer cancelHasty()
		var clients sync.WaitGroup
		clients.Go(func() {
			if _, err := p.Execute(patient, "wait", nil, Session("s")); !is[*AbandonedError](err) {
				t.Errorf("the first request = %v; want it abandoned", err)
			}
		})
		synctest.Wait()
		begin := time.Now()
		clients.Go(func() {
			if _, err := p.Execute(hasty, "echo", nil, Session("s")); !is[*WaitError](err) {
				t.Errorf("the second request = %v; want a *WaitError", err)
			}
			if waited := time.Since(begin); waited != time.Second {
				t.Errorf("the second request returned after %v; want the end of its context, 1s", waited)
			}
		})
		synctest.Wait()
		if err := l.Checkin(nil); err != nil { // the session is bound now, to the only worker
			t.Error(err)
		}
		time.Sleep(time.Minute)
		cancelPatient()
		clients.Wait()
	})
}

// TestCheckout_ContextEnds ends the context at the moment at which the worker becomes free.
func TestCheckout_ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		for range 100 {
			l := checkout(t, p)
			ctx, cancel := context.WithCancel(t.Context())
			var client sync.WaitGroup
			client.Go(func() {
				if l, err := p.Checkout(ctx); err == nil {
					_ = l.Checkin(nil) // refused where the end of the context was faster
				} else if !is[*WaitError](err) {
					t.Errorf("Checkout = %v; want a *WaitError or a lease", err)
				}
			})
			synctest.Wait()
			go cancel()
			if err := l.Checkin(nil); err != nil {
				t.Error(err)
			}
			client.Wait()
			cancel()
			if r, err := p.Execute(t.Context(), "echo", nil); err != nil || r.WorkerID != 1 {
				t.Fatalf("Execute = %+v, %v; want the worker, which is free", r, err)
			}
		}
	})
}

func TestClose_WaitingRequestLearnsThePhase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 50 {
			p := startFake(t, &fake{}, Config{})
			l := checkout(t, p)
			var client sync.WaitGroup
			client.Go(func() {
				_, err := p.Execute(t.Context(), "echo", nil)
				if closed, ok := errors.AsType[*ClosedError](err); !ok || closed.Phase != "draining" {
					t.Errorf("Execute = %v; want to be told that the pool is draining", err)
				}
			})
			synctest.Wait()
			closePool(t, p)
			client.Wait()
			_ = l.Close()
		}
	})
}
