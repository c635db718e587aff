package core

import (
	"fmt"
	"testing"
	"time"
)

// Rows: A3.
func TestExpiry_SessionInUseStays(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.SessionTimeout, c.SessionCleanup = time.Minute, time.Second })
	w.serve(Request{Session: "idle"}, ran)
	used := w.serve(Request{Session: "used"}, ran)
	leased := w.acquire(Request{Session: "leased"})
	for range 10 {
		w.wait(50 * time.Second)
		w.serve(Request{Session: "used"}, ran)
	}
	if s := w.Stats().Sessions; s.Sessions != 2 || s.Expired != 1 {
		t.Errorf("%d sessions, %d expired; want 2 and 1", s.Sessions, s.Expired)
	}
	if worker, _ := w.Lookup("used"); worker != used.Worker {
		t.Errorf("the session in use is on worker %d; want %d", worker, used.Worker)
	}
	w.release(leased, Verdict{Learned: ran})
	w.wait(2 * time.Minute)
	if s := w.Stats().Sessions; s.Sessions != 0 || s.Expired != 3 {
		t.Errorf("%d sessions, %d expired; want 0 and 3", s.Sessions, s.Expired)
	}
}

// TestExpiry_AtTheInstant has a request come when the time is over and no cleanup has been.
//
// Rows: A3.
func TestExpiry_AtTheInstant(t *testing.T) {
	for _, tt := range []struct {
		after time.Duration
		fresh bool
	}{{time.Minute - 1, false}, {time.Minute, true}} {
		w := newWorld(t, func(c *Config) { c.SessionTimeout, c.SessionCleanup = time.Minute, time.Hour })
		first := w.serve(Request{Session: "s"}, ran)
		w.now += tt.after
		if l := w.acquire(Request{Session: "s"}); (l.Generation != first.Generation) != tt.fresh || l.Rebound {
			t.Errorf("after %v the lease is %+v; want a new session: %v, and no loss", tt.after, l, tt.fresh)
		}
	}
}

// TestExpiry_CostFollowsWhatExpires counts the calls that a thousand sessions of twenty thousand take to expire. Each
// call handles at most defaultBatch of them, so the count bounds the work.
//
// Rows: A3.
func TestExpiry_CostFollowsWhatExpires(t *testing.T) {
	const sessions, idle = 20_000, 1000
	w := newWorld(t, func(c *Config) {
		c.SessionTimeout, c.SessionCleanup, c.MaxSessions = 16*time.Second, time.Second, -1
		c.HealthCheckInterval, c.Events = -1, false
	})
	open := func(from, to int) {
		for i := from; i < to; i++ {
			l, _, err := w.Acquire(w.now, Request{Session: fmt.Sprint("s", i)})
			if err != nil {
				t.Fatal(err)
			}
			w.Release(w.now, &l, &Verdict{Learned: ran})
		}
		w.settle()
	}
	open(0, idle)
	w.wait(8 * time.Second)
	open(idle, sessions)
	w.wait(7500 * time.Millisecond)
	expired := uint64(0)
	w.ticked = func() {
		if n := w.Stats().Sessions.Expired - expired; n > defaultBatch {
			t.Errorf("one call ends %d sessions; want at most %d", n, defaultBatch)
		}
		expired = w.Stats().Sessions.Expired
	}
	ticks := w.wait(4 * time.Second)
	if s := w.Stats().Sessions; s.Expired != idle || s.Sessions != sessions-idle {
		t.Errorf("%d expired, %d are left; want %d and %d", s.Expired, s.Sessions, idle, sessions-idle)
	}
	if most := idle/defaultBatch + 10; ticks > most { // a cleanup a second, and the rest of a tick
		t.Errorf("%d calls; want at most %d, however many sessions do not expire", ticks, most)
	}
}

// TestSweep_CostPerCall has a worker with many sessions go: the loss of each is found at its next request, and the rest a
// few in each call.
func TestSweep_CostPerCall(t *testing.T) {
	const sessions = 1000
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.HealthCheckInterval = 1, 1, -1 })
	var home uint64
	for i := range sessions {
		home = w.serve(Request{Session: fmt.Sprint("s", i)}, ran).Worker
	}
	lost := uint64(0)
	check := func() {
		n := w.Stats().Sessions.Lost - lost
		if lost += n; n > defaultBatch {
			t.Errorf("one call finds %d losses; want at most %d", n, defaultBatch)
		}
	}
	w.Exited(w.now, home, errBroken)
	check()
	_, _, err := w.Acquire(w.now, Request{Session: fmt.Sprint("s", sessions/2), Owner: "waits"})
	if err != nil || lost == sessions {
		t.Fatalf("Acquire = %v with %d losses known; want a request before all are", err, lost)
	}
	w.settle()
	lost, w.ticked = w.Stats().Sessions.Lost, check
	w.wait(time.Second)
	if lost != sessions {
		t.Errorf("%d losses; want %d, each session once", lost, sessions)
	}
	if l := w.granted["waits"]; !l.Rebound {
		t.Errorf("the lease is %+v; want the loss reported", l)
	}
}

// TestAwaitEnd_MakesRoom has a worker with room for one session serve the next one as soon as the first has ended.
func TestAwaitEnd_MakesRoom(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.MaxSessions, c.QueueTimeout = 1, 1, 1, time.Hour })
	names := []string{"a", "b", "c"}
	lease := w.acquire(Request{Session: names[0]})
	for n, next := range names[1:] {
		w.enqueue(Request{Session: next, Owner: next})
		if ended, refusal := w.AwaitEnd(w.now, names[n], n); ended || refusal != nil {
			t.Fatalf("AwaitEnd = %v, %v; want to wait for the lease", ended, refusal)
		}
		w.release(lease, Verdict{Learned: ran})
		if !w.ended[n] {
			t.Errorf("session %q has not ended with its lease", names[n])
		}
		var ok bool
		if lease, ok = w.granted[next]; !ok {
			t.Fatalf("session %q waits, and the worker has no other one", next)
		}
	}
}

// TestAwaitEnd_WhatNeedsNoWait is answered at once.
func TestAwaitEnd_WhatNeedsNoWait(t *testing.T) {
	w := newWorld(t, nil)
	w.serve(Request{Session: "s"}, ran)
	for _, name := range []string{"unknown", "s", "s"} {
		if ended, refusal := w.AwaitEnd(w.now, name, name); !ended || refusal != nil {
			t.Errorf("AwaitEnd(%q) = %v, %v; want true", name, ended, refusal)
		}
		w.settle()
	}
	w.acquire(Request{Session: "s"})
	for range 2 {
		if ended, _ := w.AwaitEnd(w.now, "s", "owner"); ended || !w.CancelEnd("owner") || w.CancelEnd("owner") {
			t.Errorf("AwaitEnd = %v; want an end that can be cancelled, once", ended)
		}
	}
	w.Close(w.now)
	w.settle()
	if _, refusal := w.AwaitEnd(w.now, "s", "owner"); refusal == nil || refusal.Kind != Closed {
		t.Errorf("AwaitEnd = %v; want a refusal of a closed pool", refusal)
	}
	if w.EndSession(w.now, "s") {
		t.Error("EndSession = true; want false of a closed pool")
	}
}
