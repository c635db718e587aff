package pool

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// TestImport_RefusedByTheWorker has a state that was kept, and that the next worker does not take.
func TestImport_RefusedByTheWorker(t *testing.T) {
	for _, affinity := range []Affinity{AffinityPrefer, AffinityStrict, AffinityFailFast} {
		t.Run(affinity.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, refused := &records{}, 0
				s := &scripted{imports: func(wire.Session, wire.Snapshot) error {
					refused++
					return &wire.RemoteError{Kind: wire.KindBadRequest, Message: "older"}
				}}
				p := startScripted(t, s, Config{Sessions: Sessions{Checkpoint: true, Affinity: affinity}, Logger: slog.New(h)})
				defer closePool(t, p)
				_, r := counts(t, p, "s")
				workerOf(t, p, r).kill()
				time.Sleep(time.Second)
				if affinity == AffinityPrefer {
					if n, r := counts(t, p, "s"); n != 1 || !r.Rebound {
						t.Errorf("counts %d, rebound %v; want a new session, and to be told", n, r.Rebound)
					}
				} else if _, err := p.Execute(t.Context(), "count", nil, Session("s")); !errors.Is(err, ErrSessionLost) || OutcomeOf(err) != OutcomeNotRun {
					t.Errorf("Execute = %v; want ErrSessionLost", err)
				}
				if level, attrs := h.of(t, "a worker did not take the state of a session over"); level != slog.LevelWarn || attrs["session"].String() != "s" {
					t.Errorf("the record is %v with %v; want a warning", level, attrs)
				}
				if _, r := counts(t, p, "s"); r.Rebound || refused != 1 {
					t.Errorf("rebound %v, %d states are handed over; want the loss told once, and one", r.Rebound, refused)
				}
			})
		})
	}
}

// TestImport_OncePerLease hands the state of a session over with the checkout of a lease.
func TestImport_OncePerLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		imports := 0
		s := &scripted{imports: func(_ wire.Session, state wire.Snapshot) error {
			imports++
			return nil
		}}
		p := startScripted(t, s, Config{Sessions: Sessions{Checkpoint: true, Affinity: AffinityStrict}})
		defer closePool(t, p)
		_, r := counts(t, p, "s")
		workerOf(t, p, r).kill()
		time.Sleep(time.Second)
		l := checkout(t, p, Session("s"), WithAffinity(AffinityPrefer))
		for range 3 {
			if _, err := l.Execute(t.Context(), "echo", nil); err != nil {
				t.Error(err)
			}
		}
		if imports != 1 {
			t.Errorf("the state is handed over %d times; want once", imports)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}

// TestImport_LeaseHasItsOwnPolicy is told of a state that the worker refuses as the lease has it, not the configuration.
func TestImport_LeaseHasItsOwnPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{imports: func(wire.Session, wire.Snapshot) error {
			return &wire.RemoteError{Kind: wire.KindBadRequest, Message: "older"}
		}}
		p := startScripted(t, s, Config{Sessions: Sessions{Checkpoint: true}})
		defer closePool(t, p)
		_, r := counts(t, p, "s")
		workerOf(t, p, r).kill()
		time.Sleep(time.Second)
		if _, err := p.Checkout(t.Context(), Session("s"), WithAffinity(AffinityStrict)); !errors.Is(err, ErrSessionLost) {
			t.Errorf("Checkout = %v; want ErrSessionLost, since the lease is strict", err)
		}
		l := checkout(t, p, Session("s"), WithAffinity(AffinityStrict))
		if r, err := l.Execute(t.Context(), "count", nil); err != nil || r.Rebound {
			t.Errorf("Execute = %+v, %v; want the session begun anew", r, err)
		}
		if err := l.Checkin(nil); err != nil {
			t.Error(err)
		}
	})
}
