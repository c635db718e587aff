package core

import (
	"fmt"
	"testing"
	"time"
)

// TestSpill_EvictedInTheStepThatFreesAWorker has the state that frees a worker evict that of a request that waits for any worker.
func TestSpill_EvictedInTheStepThatFreesAWorker(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxSnapshots = 10 })
	home := w.serve(Request{Session: "s"}, saved("12345678")).Worker
	mine := w.acquire(Request{}) // the worker that was used last
	if mine.Worker != home {
		t.Fatalf("worker %d; want %d", mine.Worker, home)
	}
	other := w.acquire(Request{Session: "o"})
	w.enqueue(Request{Session: "s", Owner: "waits"})
	w.wait(200 * time.Millisecond)
	w.release(other, Verdict{Learned: saved("12345678")})
	if l, moved := w.granted["waits"]; moved {
		t.Fatalf("the lease is %+v; want the request to wait for worker %d, which alone has its state", l, home)
	}
	w.release(mine, Verdict{})
	if l, ok := w.granted["waits"]; !ok || l.Worker != home || l.Rebound {
		t.Errorf("the lease is %+v; want one of worker %d, and no loss", l, home)
	}
}

// TestFailFast_WorkerGone has a request that does not wait for a busy worker be served by another one when the worker of its
// session is gone, also before the core has looked at that session.
func TestFailFast_WorkerGone(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Batch = 1 })
	home := w.serve(Request{Session: "first"}, saved("x")).Worker
	for i := range 20 {
		w.serve(Request{Session: fmt.Sprint("s", i)}, saved("x"))
	}
	w.Exited(w.now, home, errBroken)
	l, ticket, err := w.Acquire(w.now, Request{Session: "first", Affinity: FailFast}) // is looked at last
	if err != nil || ticket != nil || l.Import == nil {
		t.Errorf("Acquire = %+v, %v; want another worker, with the state", l, err)
	}
}

// TestRefusal_SessionWhoseWorkerIsGone has a request be refused whose session has lost its worker and has no state: nothing
// of it stays behind.
func TestRefusal_SessionWhoseWorkerIsGone(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Batch, c.Min, c.Max, c.MaxQueue = 1, 1, 1, 0 })
	home := w.serve(Request{Session: "first"}, Learned{}).Worker // its handler has told nothing of a state
	for i := range 20 {
		w.serve(Request{Session: fmt.Sprint("s", i)}, Learned{})
	}
	w.slow = true
	w.Exited(w.now, home, errBroken)
	if _, _, err := w.Acquire(w.now, Request{Session: "first"}); err == nil {
		t.Fatal("Acquire = nil; want a refusal: there is no worker, and no request may wait")
	}
	if err := w.Check(); err != nil {
		t.Error(err)
	}
}

// TestTick_Batch has one call handle as many timers as it may, however many are due.
func TestTick_Batch(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Batch, c.Min, c.Max, c.HealthCheckInterval = 3, 1, 1, -1 })
	w.acquire(Request{})
	for i := range 10 {
		w.enqueue(Request{Owner: i})
	}
	w.now += 6 * time.Second
	w.Tick(w.now)
	refused := 0
	for _, e := range w.Effects() {
		if e.Kind == Refused {
			refused++
		}
	}
	if refused != 3 {
		t.Errorf("one call ends %d requests whose time is up; want 3", refused)
	}
}
