package pool

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counts sends a request that counts, and returns how far its session is.
func counts(t *testing.T, p *Pool, session string, options ...Option) (int, *Result) {
	t.Helper()
	r, err := p.Execute(t.Context(), "count", nil, append(options, Session(session))...)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if _, err := fmt.Sscan(string(r.Payload), &n); err != nil {
		t.Fatal(err)
	}
	return n, r
}

// workerOf returns the worker that answered.
func workerOf(t *testing.T, p *Pool, r *Result) *worker {
	t.Helper()
	for _, w := range workersOf(p) {
		if w.id == r.WorkerID {
			return w
		}
	}
	t.Fatalf("there is no worker %d", r.WorkerID)
	return nil
}

// Rows: A4, A5.
func TestStrict_ReportsALossOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}, Sessions: Sessions{Affinity: AffinityStrict}})
		defer closePool(t, p)
		_, first := counts(t, p, "s")
		workerOf(t, p, first).kill()
		synctest.Wait()
		_, err := p.Execute(t.Context(), "count", nil, Session("s"))
		if lost, ok := errors.AsType[*SessionLostError](err); !ok || lost.Session != "s" || !errors.Is(err, ErrSessionLost) || OutcomeOf(err) != OutcomeNotRun {
			t.Errorf("Execute = %v; want a SessionLostError", err)
		}
		if n, r := counts(t, p, "s"); n != 1 || r.Rebound {
			t.Errorf("the next request counts %d, rebound %v; want a new session", n, r.Rebound)
		}
	})
}

// Rows: A5.
func TestFailFast_DoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		l := checkout(t, p, Session("s"))
		since := time.Now()
		_, err := p.Execute(t.Context(), "echo", nil, Session("s"), WithAffinity(AffinityFailFast))
		if !is[*SessionBusyError](err) || OutcomeOf(err) != OutcomeNotRun || time.Since(since) != 0 {
			t.Errorf("Execute = %v after %v; want a SessionBusyError at once", err, time.Since(since))
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
		if _, err := p.Execute(t.Context(), "echo", nil, Session("s"), WithAffinity(AffinityFailFast)); err != nil {
			t.Errorf("Execute = %v; want the worker that is free now", err)
		}
	})
}

// TestSpill_OnlyIfTheStateCanMove has the worker of a session busy with another request.
//
// Rows: A5.
func TestSpill_OnlyIfTheStateCanMove(t *testing.T) {
	for _, tt := range []struct {
		name       string
		checkpoint bool
		options    []Option
		moves      bool
		count      int
	}{
		{"its state is only there", false, nil, false, 2},
		{"its state is kept", true, nil, true, 2},
		{"it needs no state", false, []Option{Portable()}, true, 1},
		{"its state is kept and it would not need it", true, []Option{Portable()}, true, 2},
		{"its client wants that worker", true, []Option{WithAffinity(AffinityStrict)}, false, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{Size: Size{Min: 2}, Sessions: Sessions{Checkpoint: tt.checkpoint}})
				defer closePool(t, p)
				_, first := counts(t, p, "s", tt.options...)
				var other *Lease
				for other == nil || other.WorkerID() != first.WorkerID {
					other = checkout(t, p)
					defer func(l *Lease) { _ = l.Checkin(nil) }(other)
				}
				for _, w := range p.Workers() {
					if w.ID != first.WorkerID && w.Leases > 0 {
						t.Fatal("the other worker is busy too")
					}
				}
				since := time.Now()
				time.AfterFunc(time.Second, func() { _ = other.Checkin(nil) })
				n, r := counts(t, p, "s", tt.options...)
				moved := r.WorkerID != first.WorkerID
				if moved != tt.moves || n != tt.count || r.Rebound {
					t.Errorf("moved %v, counts %d, rebound %v; want %v, %d, false", moved, n, r.Rebound, tt.moves, tt.count)
				}
				if waited, want := time.Since(since), 100*time.Millisecond; tt.moves && waited != want {
					t.Errorf("waited %v; want %v", waited, want)
				}
			})
		})
	}
}

// Rows: A4.
func TestCheckpoint_SessionOutlivesItsWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}, Sessions: Sessions{Checkpoint: true}})
		defer closePool(t, p)
		for want := 1; want <= 20; want++ {
			n, r := counts(t, p, "s")
			if n != want || r.Rebound {
				t.Fatalf("counts %d, rebound %v; want %d", n, r.Rebound, want)
			}
			workerOf(t, p, r).kill()
			synctest.Wait()
		}
		if s := p.Stats(); s.SessionsLost != 0 || s.Sessions.Snapshots != 1 {
			t.Errorf("%d sessions lost, %d snapshots; want 0 and 1", s.SessionsLost, s.Sessions.Snapshots)
		}
	})
}

func TestSnapshot_TooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}, Sessions: Sessions{Checkpoint: true, MaxSnapshot: 3}})
		defer closePool(t, p)
		_, r := counts(t, p, "s")
		workerOf(t, p, r).kill()
		synctest.Wait()
		if n, r := counts(t, p, "s"); n != 1 || !r.Rebound || p.Stats().Sessions.SnapshotsDropped != 2 {
			t.Errorf("counts %d, rebound %v, %d snapshots dropped; want a loss that is reported", n, r.Rebound, p.Stats().Sessions.SnapshotsDropped)
		}
	})
}

// Rows: A3.
func TestSession_Expires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Sessions: Sessions{SessionTimeout: time.Minute, SessionCleanup: time.Second}})
		defer closePool(t, p)
		counts(t, p, "s")
		time.Sleep(50 * time.Second)
		if n, _ := counts(t, p, "s"); n != 2 {
			t.Errorf("counts %d; want 2: the session was in use", n)
		}
		time.Sleep(70 * time.Second)
		if s := p.Stats().Sessions; s.Sessions != 0 || s.Expired != 1 {
			t.Errorf("%+v; want no session left, and one expired", s)
		}
		if n, r := counts(t, p, "s"); n != 1 || r.Rebound {
			t.Errorf("counts %d, rebound %v; want a new session", n, r.Rebound)
		}
	})
}

func TestMaxSessions_RequestWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{
			Size: Size{Min: 2}, Sessions: Sessions{MaxSessions: 2, SessionTimeout: 16 * time.Second, SessionCleanup: time.Second}, QueueTimeout: time.Minute,
		})
		defer closePool(t, p)
		for i := range 4 {
			counts(t, p, fmt.Sprint("s", i))
		}
		for _, w := range p.Workers() {
			if w.Sessions != 2 {
				t.Errorf("worker %d has %d sessions; want 2", w.ID, w.Sessions)
			}
		}
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil {
			t.Errorf("anonymous work gets %v; want a worker", err)
		}
		since := time.Now()
		var client sync.WaitGroup
		client.Go(func() { counts(t, p, "one too many") })
		client.Wait()
		if waited := time.Since(since); waited < 16*time.Second || waited > 20*time.Second {
			t.Errorf("waited %v; want until a session is over", waited)
		}
	})
}
