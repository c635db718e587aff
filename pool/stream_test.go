package pool

import (
	"testing"
	"testing/synctest"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Rows: I5.
func TestStream_PlainAnswerIsOnePiece(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		var got []string
		for piece, err := range p.Stream(t.Context(), "echo", []byte("hello")) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(piece))
		}
		if len(got) != 1 || got[0] != "hello" {
			t.Errorf("pieces %q; want one", got)
		}
		for piece, err := range p.Stream(t.Context(), "fail", nil) {
			if !is[*HandlerError](err) || piece != nil {
				t.Errorf("%q, %v; want the handler's error", piece, err)
			}
		}
		if s := p.Stats(); s.Requests != 2 || s.Failures != 1 || s.Busy != 0 {
			t.Errorf("Stats = %+v; want two requests, one failed, no worker busy", s)
		}
	})
}

// Rows: A4, I5.
func TestStream_LeftSessionHasState(t *testing.T) {
	for _, tt := range []struct {
		name       string
		checkpoint bool
		want       string
		rebound    bool
	}{
		{"that was not kept", false, "1", true},
		{"that was kept", true, "2", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := startFake(t, &fake{}, Config{Sessions: Sessions{Checkpoint: tt.checkpoint}})
				defer closePool(t, p)
				for range p.Stream(t.Context(), "count", nil, Session("s")) {
					break
				}
				workersOf(p)[0].kill()
				synctest.Wait()
				r, err := p.Execute(t.Context(), "count", nil, Session("s"))
				if err != nil || string(r.Payload) != tt.want || r.Rebound != tt.rebound {
					t.Errorf("Execute = %+v, %v; want %s, rebound %v", r, err, tt.want, tt.rebound)
				}
			})
		})
	}
}

// Rows: A4, I5.
func TestRebound_ReportedAfterAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		loseSession(t, p, "s")
		for _, err := range p.Stream(t.Context(), "count", nil, Session("s")) {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []bool{true, false} {
			if r, err := p.Execute(t.Context(), "echo", nil, Session("s")); err != nil || r.Rebound != want {
				t.Errorf("Execute = %+v, %v; want rebound %v", r, err, want)
			}
		}
	})
}

func TestStream_LoopPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{})
		defer closePool(t, p)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic is gone; want it in the loop's own goroutine")
				}
			}()
			for range p.Stream(t.Context(), "echo", nil) {
				panic("told to")
			}
		}()
		if _, err := p.Execute(t.Context(), "echo", nil); err != nil || p.Stats().Busy != 0 {
			t.Errorf("Execute = %v, %d slots are taken; want another worker, and none", err, p.Stats().Busy)
		}
	})
}

// Rows: M1.
func TestStream_FailureIsObservedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{}
		p := startFake(t, &fake{}, Config{Observer: l})
		defer closePool(t, p)
		for range p.Stream(t.Context(), "fail", nil) {
		}
		decided := eventsOf[EventDecided](l)
		if len(decided) != 1 || decided[0].Failure != recovery.HandlerError || decided[0].Action != recovery.Keep {
			t.Errorf("decided %+v; want once, to keep the worker", decided)
		}
	})
}
