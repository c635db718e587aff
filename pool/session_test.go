package pool

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// loseSession makes a session that has counted to 1 lose its worker.
func loseSession(t *testing.T, p *Pool, session string) {
	t.Helper()
	l := checkout(t, p, Session(session))
	if _, err := l.Execute(t.Context(), "count", nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Discard(); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// Rows: A4.
func TestRebound_ReportedAfterAFailedRequest(t *testing.T) {
	for _, command := range []string{"fail", "nonsense"} {
		t.Run(command, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{})
				defer closePool(t, p)
				loseSession(t, p, "s")
				if _, err := p.Execute(t.Context(), command, nil, Session("s")); err == nil {
					t.Fatal("Execute = nil; want an error, which cannot tell of a loss")
				}
				r, err := p.Execute(t.Context(), "count", nil, Session("s"))
				if err != nil || !r.Rebound || string(r.Payload) != "1" {
					t.Errorf("Execute = %+v, %v; want to be told that the session is a new one", r, err)
				}
			})
		})
	}
}

func TestRebound_ReportedOncePerLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		loseSession(t, p, "s")
		l := checkout(t, p, Session("s"))
		if !l.Rebound() {
			t.Error("the lease says nothing of the loss")
		}
		for i, want := range []bool{true, false} {
			if r, err := l.Execute(t.Context(), "count", nil); err != nil || r.Rebound != want {
				t.Errorf("request %d = %+v, %v; want rebound %v", i+1, r, err, want)
			}
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// TestCheckin_LateAnswerAfterRebind has a request answered after its worker was told to leave: the caller gets the answer,
// and the next request of the session is told that its state is lost.
func TestCheckin_LateAnswerAfterRebind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}, Shutdown: Shutdown{ShutdownTimeout: 100 * time.Millisecond}})
		defer closePool(t, p)
		var late sync.WaitGroup
		late.Go(func() {
			if _, err := p.Execute(t.Context(), "sleep", nil, Session("s")); err != nil {
				t.Errorf("the late answer = %v; want it", err)
			}
		})
		synctest.Wait()
		old := homeOf(p, "s")
		p.Recycle(old)
		late.Wait()
		r, err := p.Execute(t.Context(), "count", nil, Session("s"))
		if err != nil || r.WorkerID == old || !r.Rebound {
			t.Errorf("Execute = %+v, %v; want another worker, and the loss reported", r, err)
		}
	})
}

// homeOf returns the id of the worker that has the session, 0 for none.
func homeOf(p *Pool, session string) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	worker, _ := p.core.Lookup(session)
	return worker
}

// Rows: A1.
func TestEndSession_BeginsAnewAndIsDroppedByTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Sessions: Sessions{Checkpoint: true}})
		defer closePool(t, p)
		counts(t, p, "s")
		counts(t, p, "s")
		l := checkout(t, p, Session("s"))
		if p.EndSession("s") || p.EndSession("unknown") {
			t.Error("EndSession = true for a session in use, or unknown; want false")
		}
		if err := l.Checkin(nil); err != nil {
			t.Fatal(err)
		}
		if !p.EndSession("s") {
			t.Error("EndSession = false; want true")
		}
		if s := p.Stats().Sessions; s.Sessions != 0 || s.Snapshots != 0 || s.Lost != 0 {
			t.Errorf("%+v; want nothing kept and nothing lost", s)
		}
		if n, r := counts(t, p, "s"); n != 1 || r.Rebound {
			t.Errorf("counts %d, rebound %v; want a new session", n, r.Rebound)
		}
	})
}
