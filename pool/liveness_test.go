package pool

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// sleeps sends a request of half a second.
func sleeps(t *testing.T, p *Pool, clients *sync.WaitGroup, options ...Option) {
	clients.Go(func() {
		if _, err := p.Execute(t.Context(), "sleep", nil, options...); err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
}

func TestSession_RequestInFlightOnALostWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Shutdown: Shutdown{ShutdownTimeout: 100 * time.Millisecond}})
		defer closePool(t, p)
		since := time.Now()
		var clients sync.WaitGroup
		sleeps(t, p, &clients, Session("s"))
		clients.Go(func() {
			if _, err := p.Execute(t.Context(), "echo", nil, Session("s")); err != nil || time.Since(since) != time.Second/2 {
				t.Errorf("Execute = %v after %v; want an answer as soon as the first request ends", err, time.Since(since))
			}
		})
		synctest.Wait()
		p.Recycle(1) // it has 100 ms, and its process finishes the request nevertheless
		clients.Wait()
	})
}

// Rows: A5.
func TestSpill_SecondAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}, Sessions: Sessions{Checkpoint: true}})
		defer closePool(t, p)
		counts(t, p, "s")
		l := checkout(t, p, Session("s"))
		time.AfterFunc(150*time.Millisecond, func() { _ = l.Close() }) // the worker is degraded from then on
		since := time.Now()
		n, r := counts(t, p, "s")
		if n != 2 || r.WorkerID == l.WorkerID() || time.Since(since) != 250*time.Millisecond {
			t.Errorf("counts %d on worker %d after %v; want 2 on the other one, Sessions.SpillAfter after its turn had come", n, r.WorkerID, time.Since(since))
		}
	})
}

func TestSpill_NoRoomOnTheOtherWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}, Sessions: Sessions{MaxSessions: 1, Checkpoint: true}})
		defer closePool(t, p)
		_, first := counts(t, p, "a")
		counts(t, p, "b")
		busy, other := checkout(t, p), checkout(t, p)
		if busy.WorkerID() != first.WorkerID {
			busy, other = other, busy
		}
		if err := other.Checkin(nil); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { _ = busy.Checkin(nil) })
		var client sync.WaitGroup
		client.Go(func() {
			if _, r := counts(t, p, "a"); r.WorkerID != first.WorkerID {
				t.Errorf("worker %d; want that of the session: the other one has enough", r.WorkerID)
			}
		})
		time.Sleep(time.Second / 2)
		counts(t, p, "b")
		client.Wait()
	})
}

// Rows: H3.
func TestHealth_DegradedWorkerWithALeaseRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Slots: 2, Health: Health{HealthCheckInterval: -1}})
		defer closePool(t, p)
		stays, fails := checkout(t, p), checkout(t, p)
		if err := fails.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(12 * time.Second)
		if err := stays.Checkin(nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(12 * time.Second)
		if got := stateOf(t, p, 1); got != workerfsm.StateReady {
			t.Errorf("the worker is %v; want ready again", got)
		}
	})
}

// Rows: I6.
func TestReconfigure_SwitchesProbesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Health: Health{DisableHealthMonitoring: true}})
		defer closePool(t, p)
		time.Sleep(time.Hour / 2)
		before := f.pinged()
		if err := p.Reconfigure(Config{Health: Health{HealthCheckInterval: time.Second}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if got := f.pinged() - before; got < 8 {
			t.Errorf("%d probes in ten seconds; want one a second", got)
		}
	})
}

// Rows: L2.
func TestRecycle_OneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Size: Size{Min: 4}})
		defer closePool(t, p)
		f.setStart(func(context.Context, uint64) error {
			time.Sleep(time.Second)
			return nil
		})
		for _, w := range p.Workers() {
			p.Recycle(w.ID)
		}
		for range 100 {
			time.Sleep(time.Second / 10)
			synctest.Wait()
			if n := len(p.Workers()); n > 5 {
				t.Fatalf("%d workers; want at most one more than four", n)
			}
		}
		if s := p.Stats(); s.Left[ReasonRecycled] != 4 || s.Workers["ready"] != 4 {
			t.Errorf("Stats = %+v; want four new workers", s)
		}
	})
}

// Rows: L3.
func TestReconfigure_ShrinksABusyPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 4}, QueueTimeout: time.Minute})
		defer closePool(t, p)
		end := time.Now().Add(20 * time.Second)
		var clients sync.WaitGroup
		for i := range 8 {
			clients.Go(func() {
				for time.Now().Before(end) {
					if _, err := p.Execute(t.Context(), "sleep", nil, Session(fmt.Sprint(i))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		synctest.Wait()
		if err := p.Reconfigure(Config{Size: Size{Min: 1}, QueueTimeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if got := p.Stats().Workers; got["busy"]+got["ready"] != 1 || len(got) != 1 {
			t.Errorf("workers %v; want one", got)
		}
		clients.Wait()
	})
}

func TestRetry_WorkerDiesOfTheImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := startFake(t, f, Config{Size: Size{Min: 2}, Sessions: Sessions{Checkpoint: true}})
		defer closePool(t, p)
		_, first := counts(t, p, "s")
		workerOf(t, p, first).kill()
		synctest.Wait()
		f.mu.Lock()
		f.dies = true
		f.mu.Unlock()
		if n, r := counts(t, p, "s"); n != 2 || r.Attempts != 2 || r.Rebound {
			t.Errorf("counts %d at attempt %d, rebound %v; want 2 at the second", n, r.Attempts, r.Rebound)
		}
	})
}
