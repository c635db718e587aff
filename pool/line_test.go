package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhoGivesUpLeavesTheLineAlsoWhenHisSessionGotAWorkerMeanwhile(t *testing.T) {
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

func TestAWorkerThatWasGivenBackIsHandedOutAgain(t *testing.T) {
	var x index
	w := &worker{id: 1, spot: spot{slots: 1}}
	x.offer(w)
	first := newTicket(wish{})
	if r, err := x.acquire(t.Context(), first); err != nil || r.worker != w {
		t.Fatalf("acquire = %v, %v; want the worker", r, err)
	}
	x.giveBack(reservation{worker: w}, "")
	if r, ok := x.enter(t.Context(), newTicket(wish{})); !ok || r.worker != w {
		t.Errorf("enter = %v, %v; want the worker that was given back", r, ok)
	}
}

// occupy keeps the machine of a worker busy, as one of its own steps does for a moment, until release is called.
func occupy(t *testing.T, w *worker) (release func()) {
	t.Helper()
	held, over := make(chan struct{}), make(chan struct{})
	var holder sync.WaitGroup
	holder.Go(func() {
		err := w.fsm.Runtime().Inspect(context.Background(), func() {
			close(held)
			<-over
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	return func() {
		close(over)
		holder.Wait()
	}
}

func TestACheckoutWhoseContextEndsLeaksNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		synctest.Wait()
		release := occupy(t, p.all()[0])
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var client sync.WaitGroup
		client.Go(func() {
			if l, err := p.Checkout(ctx); err == nil {
				_ = l.Close()
			} else if !is[*WaitError](err) {
				t.Errorf("Checkout = %v; want a *WaitError or a lease", err)
			}
		})
		time.Sleep(2 * time.Second)
		release()
		client.Wait()
		time.Sleep(10 * time.Second) // Close may have been a checkin as failed: the worker is probed
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("Execute = %v; want the worker that nobody has", err)
		}
	})
}

func TestWhoeverIsToldThatThePoolClosesIsToldTheRightPhase(t *testing.T) {
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
