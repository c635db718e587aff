package core

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestStats_Sessions follows the statistics of sessions through everything that can become of them.
//
// Rows: A6.
func TestStats_Sessions(t *testing.T) {
	w := newWorld(t, nil)
	var want SessionStats
	step := func(what string, do func(), change func(s *SessionStats)) {
		t.Helper()
		do()
		w.settle()
		change(&want)
		if diff := cmp.Diff(want, w.Stats().Sessions); diff != "" {
			t.Fatalf("%s: (-want +got)\n%s", what, diff)
		}
	}
	var home uint64
	step("a session begins", func() { home = w.serve(Request{Session: "a"}, ran).Worker },
		func(s *SessionStats) { s.Sessions, s.Misses = 1, 1 })
	step("it goes on", func() { w.serve(Request{Session: "a"}, ran) }, func(s *SessionStats) { s.Hits = 1 })
	step("its worker exits", func() { w.exit(home) }, func(s *SessionStats) { s.Lost = 1 })
	step("it is rebound, and the loss told", func() { home = w.serve(Request{Session: "a"}, Learned{Ran: true, Told: true}).Worker },
		func(s *SessionStats) { s.Rebinds, s.Reported = 1, 1 })
	step("its worker exits again", func() { w.exit(home) }, func(s *SessionStats) { s.Lost = 2 })
	step("it needs no state", func() { home = w.serve(Request{Session: "a", Portable: true}, saved("state")).Worker },
		func(s *SessionStats) { s.Rebinds, s.GivenUp, s.Snapshots, s.SnapshotBytes = 2, 1, 1, 5 })
	step("its worker exits, and its state is kept", func() { w.exit(home) }, func(*SessionStats) {})
	step("its state is imported", func() {
		home = w.serve(Request{Session: "a"}, Learned{Imported: true, Ran: true, Unchanged: true}).Worker
	},
		func(s *SessionStats) { s.Rebinds = 3 })
	step("its state becomes too large", func() { w.serve(Request{Session: "a"}, saved(strings.Repeat("x", 1001))) },
		func(s *SessionStats) { s.Hits, s.Snapshots, s.SnapshotBytes, s.Refused = 2, 0, 0, 1 })
	step("its worker exits", func() { w.exit(home) }, func(s *SessionStats) { s.Lost = 3 })
	step("it expires before the loss is told", func() { w.wait(10 * time.Minute) },
		func(s *SessionStats) { s.Sessions, s.Expired, s.Unreported = 0, 1, 1 })
}

// TestSnapshots_Bounded keeps states of 4 kB where 10 kB are allowed: the one that was kept longest ago makes room, and is
// lost only with its worker.
//
// Rows: A6.
func TestSnapshots_Bounded(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxSnapshot = 4000 })
	state := saved(strings.Repeat("x", 4000))
	at := map[string]uint64{}
	for _, name := range []string{"a", "b", "a", "c"} {
		at[name] = w.serve(Request{Session: name}, state).Worker
	}
	if s := w.Stats().Sessions; s.Snapshots != 2 || s.SnapshotBytes != 8000 || s.Evicted != 1 || s.Lost != 0 {
		t.Errorf("%+v; want 2 snapshots of 8000 bytes, one evicted, nothing lost", s)
	}
	for _, id := range []uint64{1, 2} {
		w.exit(id)
	}
	for name, kept := range map[string]bool{"a": true, "b": false, "c": true} {
		l := w.acquire(Request{Session: name})
		if (l.Import != nil) != kept || l.Rebound == kept {
			t.Errorf("session %s: the lease is %+v; want its state kept: %v", name, l, kept)
		}
		w.release(l, Verdict{Learned: Learned{Ran: true, Imported: kept, Told: !kept}})
	}
}

func TestStats_Workers(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.Slots = 2, 2, 2 })
	l := w.acquire(Request{})
	for range 3 {
		w.acquire(Request{})
	}
	w.enqueue(Request{})
	s := w.Stats()
	if s.Busy != 4 || s.Waiting != 1 || s.Leases != 4 || s.Workers["busy"] != 2 || s.Started != 2 || s.Wanted != 2 {
		t.Errorf("Stats = %+v; want 2 busy workers with 4 leases, and a request that waits", s)
	}
	w.exit(l.Worker)
	if s := w.Stats(); s.Busy != 3 || s.Waiting != 0 || s.Removed != 1 || s.Started != 3 || s.Left[ExitReason] != 1 {
		t.Errorf("Stats = %+v; want 3 leases, one worker removed because it has exited, and another one started", s)
	}
}
