package pool

import (
	"sync"
	"testing"
	"testing/synctest"
)

// loseSession makes a session that has counted to 1 lose its worker.
func loseSession(t *testing.T, p *Pool, session string) {
	t.Helper()
	l := checkout(t, p, Session(session))
	if _, err := l.Execute(t.Context(), "count", nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Checkin(ErrClose); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// Rows: A4.
func TestALossIsToldEvenIfTheNextRequestFails(t *testing.T) {
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

func TestALossIsToldOncePerLease(t *testing.T) {
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

func TestALateAnswerOfASessionThatHasMovedOnIsNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		l := checkout(t, p, Session("s"))
		var late sync.WaitGroup
		late.Go(func() {
			if _, err := l.Execute(t.Context(), "sleep", nil); !is[*LostError](err) || OutcomeOf(err) != Unknown {
				t.Errorf("the late answer = %v; want a *LostError", err)
			}
		})
		synctest.Wait()
		if err := l.hold.worker.fsm.CastStop(ErrClose); err != nil { // its process finishes politely
			t.Fatal(err)
		}
		r, err := p.Execute(t.Context(), "count", nil, Session("s"))
		if err != nil || r.WorkerID == l.WorkerID() || r.Rebound {
			t.Errorf("Execute = %+v, %v; want a new worker", r, err)
		}
		late.Wait()
	})
}
