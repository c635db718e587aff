package core

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Rows: A1.
func TestSession_BindRebindForget(t *testing.T) {
	w := newWorld(t, nil)
	first := w.serve(Request{Session: "s"}, ran)
	if worker, generation := w.Lookup("s"); worker != first.Worker || generation != first.Generation || generation == 0 {
		t.Errorf("Lookup = %d, %d; want the worker and the generation of the lease, %d, %d", worker, generation, first.Worker, first.Generation)
	}
	if again := w.serve(Request{Session: "s"}, ran); again.Worker != first.Worker || again.Generation != first.Generation || again.Rebound {
		t.Errorf("the second lease is %+v; want the same binding as the first one, %+v", again, first)
	}
	w.exit(first.Worker)
	if worker, _ := w.Lookup("s"); worker != 0 {
		t.Errorf("the session is on worker %d; want it unbound, since its worker is gone", worker)
	}
	l := w.acquire(Request{Session: "s"})
	if l.Worker == first.Worker || l.Generation <= first.Generation || !l.Rebound {
		t.Errorf("the lease is %+v; want another worker, a later generation than %d, and the loss reported", l, first.Generation)
	}
	w.release(l, Verdict{Learned: Learned{Ran: true, Told: true}})
	if l := w.serve(Request{Session: "s"}, ran); l.Rebound {
		t.Error("the loss is reported twice")
	}
	w.wait(10 * time.Minute)
	if worker, generation := w.Lookup("s"); worker != 0 || generation != 0 {
		t.Errorf("Lookup = %d, %d; want nothing of a session that has expired", worker, generation)
	}
}

// Rows: A1.
func TestLookup_UnknownNamesChangeNothing(t *testing.T) {
	w := newWorld(t, nil)
	before := w.Stats()
	for _, name := range []string{"", "never seen", "\x00"} {
		if worker, generation := w.Lookup(name); worker != 0 || generation != 0 {
			t.Errorf("Lookup(%q) = %d, %d; want 0, 0", name, worker, generation)
		}
	}
	const unknown = 99
	w.Started(w.now, unknown)
	w.StartFailed(w.now, unknown, errBroken, true)
	w.Exited(w.now, unknown, errBroken)
	w.Probed(w.now, unknown, errBroken)
	w.Measured(w.now, unknown, 1<<40)
	w.Exported(w.now, unknown, SessionRef{Name: "s"}, &Snapshot{})
	w.ExportDone(w.now, unknown)
	w.release(Lease{}, Verdict{Failure: "exited"})
	if _, more := w.NextExport(w.now, unknown); more || w.Recycle(w.now, unknown) {
		t.Error("an unknown worker can be recycled or has sessions to export")
	}
	w.settle()
	if diff := cmp.Diff(before, w.Stats()); diff != "" {
		t.Errorf("the statistics have changed (-want +got):\n%s", diff)
	}
}

func TestSession_ManyOnAWorker(t *testing.T) {
	const sessions = 500
	w := newWorld(t, nil)
	at := map[string]uint64{}
	for i := range sessions {
		name := fmt.Sprint("s", i)
		at[name] = w.serve(Request{Session: name}, ran).Worker
	}
	for _, worker := range w.Workers() {
		if worker.Sessions != sessions/2 {
			t.Errorf("worker %d has %d sessions; want them spread evenly, %d on each", worker.ID, worker.Sessions, sessions/2)
		}
	}
	for name, want := range at {
		if got := w.serve(Request{Session: name}, ran).Worker; got != want {
			t.Fatalf("session %s is on worker %d; want %d, as before", name, got, want)
		}
	}
}

// TestSession_FirstRequestsAtOnce has a session's second request wait while the first one makes the state, and another
// worker be free.
//
// Rows: A1, A4.
func TestSession_FirstRequestsAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	first := w.acquire(Request{Session: "s"})
	w.enqueue(Request{Session: "s", Owner: "second"})
	w.enqueue(Request{Session: "s", Owner: "third"})
	w.wait(time.Second) // longer than SpillAfter
	if len(w.granted) > 0 {
		t.Fatalf("%v was granted while the session had a request in progress", w.granted)
	}
	w.release(first, Verdict{Learned: ran})
	for _, owner := range []string{"second", "third"} {
		l, ok := w.granted[owner]
		if !ok || l.Worker != first.Worker || l.Rebound {
			t.Fatalf("the %s request has %+v; want the worker of the session, %d, and nothing lost", owner, l, first.Worker)
		}
		w.release(l, Verdict{Learned: ran})
	}
	if lost := w.Stats().Sessions.Lost; lost != 0 {
		t.Errorf("%d losses; want none", lost)
	}
}

// Rows: A4.
func TestSession_WorkerGone(t *testing.T) {
	for _, tt := range []struct {
		name     string
		learned  Learned // of the only request before
		request  Request
		imported string // the state that the next worker is given
		rebound  bool
		refused  bool
	}{
		{"no state", Learned{}, Request{}, "", false, false},
		{"state is lost", ran, Request{}, "", true, false},
		{"state is kept", saved("a"), Request{}, "a", false, false},
		{"state is lost, strict", ran, Request{Affinity: Strict}, "", false, true},
		{"state is kept, strict", saved("a"), Request{Affinity: Strict}, "a", false, false},
		{"state is lost, fail fast", ran, Request{Affinity: FailFast}, "", false, true},
		{"state is lost, portable", ran, Request{Portable: true}, "", false, false},
		{"state is lost, strict and portable", ran, Request{Affinity: Strict, Portable: true}, "", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			tt.request.Session = "s"
			w.exit(w.serve(Request{Session: "s"}, tt.learned).Worker)
			l, _, err := w.Acquire(w.now, tt.request)
			w.settle()
			refusal, _ := errors.AsType[*Refusal](err)
			if refused := refusal != nil && refusal.Kind == SessionLost; refused != tt.refused {
				t.Fatalf("Acquire = %v; want a refusal: %v", err, tt.refused)
			}
			if tt.refused { // once
				l = w.acquire(tt.request)
			}
			imported := ""
			if l.Import != nil {
				imported = string(l.Import.Data)
			}
			if imported != tt.imported || l.Rebound != tt.rebound {
				t.Errorf("the lease imports %q, rebound %v; want %q, %v", imported, l.Rebound, tt.imported, tt.rebound)
			}
			w.release(l, Verdict{Learned: Learned{Ran: true, Imported: l.Import != nil, Told: l.Rebound}})
		})
	}
}

// TestDrop_StatesThatAreOver shows which states a worker is told to forget.
func TestDrop_StatesThatAreOver(t *testing.T) {
	t.Run("session has expired", func(t *testing.T) {
		w := newWorld(t, nil)
		w.serve(Request{Session: "s"}, ran)
		w.wait(10 * time.Minute)
		if diff := cmp.Diff([]string{"s"}, w.dropped); diff != "" {
			t.Errorf("dropped sessions (-want +got):\n%s", diff)
		}
	})
	t.Run("session has moved", func(t *testing.T) {
		w := newWorld(t, nil)
		home := w.serve(Request{Session: "s"}, saved("a")).Worker
		if l := w.acquire(Request{}); l.Worker != home {
			t.Fatalf("other work is on worker %d; want the one that was used last, %d", l.Worker, home)
		}
		w.enqueue(Request{Session: "s", Owner: "moves"})
		w.wait(time.Second)
		if l := w.granted["moves"]; l.Worker == home || l.Import == nil {
			t.Fatalf("the lease is %+v; want the other worker, with the state", l)
		}
		if diff := cmp.Diff([]string{"s"}, w.dropped); diff != "" {
			t.Errorf("dropped sessions (-want +got):\n%s", diff)
		}
	})
	t.Run("worker is gone", func(t *testing.T) {
		w := newWorld(t, nil)
		w.exit(w.serve(Request{Session: "s"}, ran).Worker)
		if len(w.dropped) > 0 {
			t.Errorf("dropped %v of a worker that is gone", w.dropped)
		}
	})
}
