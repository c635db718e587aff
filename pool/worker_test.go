package pool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// TestOrders_AreCarriedOutInTheirOrder also has an order come while another one is carried out.
func TestOrders_AreCarriedOutInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		p := startScripted(t, s, Config{})
		defer closePool(t, p)
		w := newWorker(p, 99, p.current)
		i, err := s.launch(99, "")
		if err != nil {
			t.Fatal(err)
		}
		w.instance = i
		var done []string
		s.onKill = func(*scriptedWorker) { done = append(done, "kill") }
		s.onTerm = func() {
			done = append(done, "terminate")
			w.order(order{kind: core.Kill})
			w.obey()
			done = append(done, "terminated")
		}
		w.order(order{kind: core.Terminate})
		w.order(order{kind: core.Kill})
		w.obey()
		if want := []string{"terminate", "terminated", "kill", "kill"}; !slices.Equal(done, want) {
			t.Errorf("the orders were carried out as %v; want %v", done, want)
		}
		s.onKill, s.onTerm = nil, nil
		i.release()
	})
}

// TestDrop_OnlyToWorkersThatCanForget ends a session.
func TestDrop_OnlyToWorkersThatCanForget(t *testing.T) {
	for _, can := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := &scripted{cannot: map[wire.Capability]bool{wire.CanDrop: !can}}
			p := startScripted(t, s, Config{})
			defer closePool(t, p)
			counts(t, p, "s")
			if !p.EndSession("s") || p.EndSession("s") {
				t.Error("EndSession = false, or true twice")
			}
			synctest.Wait()
			if got := slices.Equal(s.dropped, []string{"s"}); got != can {
				t.Errorf("a worker that can forget sessions (%v) is told to forget %v", can, s.dropped)
			}
		})
	}
}

// TestWorker_GoneIsReleased has workers end by themselves, one after the other.
func TestWorker_GoneIsReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		p := startScripted(t, s, Config{Size: Size{Min: 2}})
		defer closePool(t, p)
		for n := range 3 {
			_, r := counts(t, p, "s")
			w := workerOf(t, p, r)
			w.kill()
			<-w.gone
			time.Sleep(time.Second)
			if left := workersOf(p); s.ended != n+1 || len(left) != 2 || slices.Contains(left, w) {
				t.Errorf("%d workers are closed, %d are left; want %d and 2 others", s.ended, len(left), n+1)
			}
		}
	})
}

// TestWorker_LastAnswerIsRead has the answer come when the process is gone already.
func TestWorker_LastAnswerIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{exchange: func(_ context.Context, w *scriptedWorker, r wire.Request) (wire.Response, error) {
			w.fakeWorker.kill()
			select {
			case <-time.After(settling / 2):
				return wire.Response{Payload: []byte("last")}, nil
			case <-w.closing:
				return wire.Response{}, &wire.LostError{Sent: wire.SentUnknown, Err: errEnough}
			}
		}}
		p := startScripted(t, s, Config{})
		defer closePool(t, p)
		for range 2 {
			if r, err := p.Execute(t.Context(), "f", nil); err != nil || string(r.Payload) != "last" {
				t.Errorf("Execute = %+v, %v; want the answer that was there", r, err)
			}
			time.Sleep(time.Minute)
		}
	})
}

// TestWorker_GoneEndsItsLeases has one of several slots unused.
func TestWorker_GoneEndsItsLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startFake(t, &fake{}, Config{Slots: 4})
		defer closePool(t, p)
		leases := []*Lease{checkout(t, p), checkout(t, p), checkout(t, p)}
		w := workersOf(p)[0]
		w.kill()
		time.Sleep(time.Second)
		for n, l := range leases {
			if l.ended() != errBroken {
				t.Errorf("lease %d: %v; want it ended with its worker", n, l.ended())
			}
		}
	})
}

// TestPing_WhatIsWell asks for the answers that workers give.
func TestPing_WhatIsWell(t *testing.T) {
	for _, tt := range []struct {
		name string
		pong wire.Pong
		err  error
		want string // the error; empty for none
	}{
		{"well", wire.Pong{OK: true}, nil, ""},
		{"busy", wire.Pong{}, fmt.Errorf("link: %w", wire.ErrInFlight), ""},
		{"not well", wire.Pong{Reason: "disk\nfull"}, nil, `unhealthy: disk\nfull`},
		{"not well without a reason", wire.Pong{}, nil, "unhealthy: "},
		{"no answer", wire.Pong{}, errEnough, "enough"},
	} {
		s := &scripted{ping: func(context.Context) (wire.Pong, error) { return tt.pong, tt.err }}
		i, err := s.launch(1, "")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := ping(t.Context(), i); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: ping = %q; want %q", tt.name, got, tt.want)
		}
		i.release()
	}
}

// TestStart_WorkerThatIsNotWell does not serve.
func TestStart_WorkerThatIsNotWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{ping: func(context.Context) (wire.Pong, error) { return wire.Pong{Reason: "disk full"}, nil }}
		_, err := Start(t.Context(), Config{Source: s, StartAttempts: 1})
		if start, ok := errors.AsType[*StartError](err); !ok || start.Err.Error() != "unhealthy: disk full" {
			t.Errorf("Start = %v; want why the worker is not well", err)
		}
	})
}

// TestHealth_ProbeThatIsNotAnswered ends after Health.HealthCheckTimeout, and is observed with the reason.
func TestHealth_ProbeThatIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, first := &log{}, true
		s := &scripted{ping: func(ctx context.Context) (wire.Pong, error) {
			if first {
				first = false
				return wire.Pong{OK: true}, nil
			}
			<-ctx.Done()
			return wire.Pong{}, context.Cause(ctx)
		}}
		p := startScripted(t, s, Config{Observer: l, Health: Health{HealthCheckInterval: 10 * time.Second, HealthCheckTimeout: 3 * time.Second}})
		defer closePool(t, p)
		time.Sleep(15 * time.Second)
		got := eventsOf[EventHealthChecked](l)
		if len(got) != 1 || got[0].Took != 3*time.Second || got[0].Worker != 1 {
			t.Fatalf("the probes are %+v; want one of worker 1 that took 3 s", got)
		}
		if late, ok := errors.AsType[*TimeoutError](got[0].Err); !ok || late.What != "Health.HealthCheckTimeout" {
			t.Errorf("the probe failed with %v; want Health.HealthCheckTimeout", got[0].Err)
		}
	})
}

// TestExport_OneSessionThatCannotMove leaves the others as they are: they go on with what they had, in its content type and form.
func TestExport_OneSessionThatCannotMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &records{}
		var types []string
		s := &scripted{
			exports: func(_ context.Context, id wire.Session) (wire.Snapshot, error) {
				if id.ID == "b" {
					return wire.Snapshot{}, errEnough
				}
				return wire.Snapshot{ContentType: "text/plain", ExportedBy: "save", Payload: []byte(id.ID)}, nil
			},
			imports: func(id wire.Session, state wire.Snapshot) error {
				types = append(types, fmt.Sprintf("%s=%s:%s:%s", id.ID, state.ContentType, state.ExportedBy, state.Payload))
				return nil
			},
		}
		p := startScripted(t, s, Config{Logger: slog.New(h)})
		defer closePool(t, p)
		for _, name := range []string{"a", "b", "c"} {
			counts(t, p, name)
		}
		p.Recycle(1)
		time.Sleep(time.Minute)
		level, attrs := h.of(t, "the state of a session is lost: it cannot be exported")
		if level != slog.LevelWarn || attrs["session"].String() != "b" || attrs["worker"].Uint64() != 1 {
			t.Errorf("the record is %v with %v; want a warning about session b", level, attrs)
		}
		for name, rebound := range map[string]bool{"a": false, "b": true, "c": false} {
			if r, err := p.Execute(t.Context(), "echo", nil, Session(name)); err != nil || r.Rebound != rebound {
				t.Errorf("session %s: %+v, %v; want rebound %v", name, r, err, rebound)
			}
		}
		slices.Sort(types)
		if want := []string{"a=text/plain:save:a", "c=text/plain:save:c"}; !slices.Equal(types, want) {
			t.Errorf("the new worker takes %q over; want %q", types, want)
		}
	})
}

// TestMeasure_EveryWorker has the memory of all workers measured.
func TestMeasure_EveryWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{memory: 7}
		p := startScripted(t, s, Config{Size: Size{Min: 3}, Recycle: Recycle{MaxWorkerRSS: 100}})
		defer closePool(t, p)
		time.Sleep(5 * time.Second)
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, w := range p.core.Workers() {
			if w.RSS != 7 {
				t.Errorf("worker %d has %d bytes in the core; want the 7 that it has", w.ID, w.RSS)
			}
		}
	})
}

// TestCheckpoint_AskedForWhereItCanBe has each reason not to ask for the state of a session.
func TestCheckpoint_AskedForWhereItCanBe(t *testing.T) {
	for _, tt := range []struct {
		config, can bool
		session     string
		want        bool
	}{{true, true, "s", true}, {false, true, "s", false}, {true, false, "s", false}, {true, true, "", false}} {
		synctest.Test(t, func(t *testing.T) {
			asked := false
			s := &scripted{cannot: map[wire.Capability]bool{wire.CanSession: !tt.can}}
			s.exchange = func(_ context.Context, _ *scriptedWorker, r wire.Request) (wire.Response, error) {
				asked = r.Checkpoint
				return wire.Response{}, nil
			}
			p := startScripted(t, s, Config{Sessions: Sessions{Checkpoint: tt.config}})
			defer closePool(t, p)
			if _, err := p.Execute(t.Context(), "f", nil, Session(tt.session)); err != nil || asked != tt.want {
				t.Errorf("%+v: the state is asked for: %v, %v", tt, asked, err)
			}
		})
	}
}
