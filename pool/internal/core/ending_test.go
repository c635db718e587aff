package core

import (
	"testing"
	"time"
)

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
