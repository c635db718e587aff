package core

import (
	"slices"
	"testing"
	"time"
)

// bound returns how many sessions workers of the version have, or will have.
func (w *world) bound(label string) (n int) {
	for _, one := range w.workers {
		if one.version.label == label {
			n += one.bound()
		}
	}
	return n
}

// TestCarry_SessionIsExpectedUntilItArrives: a worker has room for the sessions on their way to it, and counts each once.
func TestCarry_SessionIsExpectedUntilItArrives(t *testing.T) {
	w := ramp(t, nil)
	for left := 4; left > 0; {
		asked := w.take()
		if here := 4 - left; w.bound("v2") != here+len(asked) {
			t.Errorf("%d sessions have arrived and %d are on their way: the new workers count %d", here, len(asked), w.bound("v2"))
		}
		if len(asked) == 0 {
			t.Fatalf("%d sessions are not asked for", left)
		}
		for _, k := range asked {
			w.end(k, CarryDone)
			left--
		}
	}
	if n := w.bound("v2"); n != 4 {
		t.Errorf("the new workers count %d sessions; want 4", n)
	}
}

// TestCarry_WhatIsKnownOfASessionThatHasArrived: its generation is the one that its new worker knows, its old worker forgets
// it, and its state is kept as one of the version that has written it.
func TestCarry_WhatIsKnownOfASessionThatHasArrived(t *testing.T) {
	w := ramp(t, nil)
	k := w.first()
	w.end(k, CarryDone)
	if id, generation := w.Lookup(k.Session.Name); id != k.To || generation != k.As {
		t.Errorf("the session is on worker %d with the generation %d; want worker %d and %d", id, generation, k.To, k.As)
	}
	if !slices.Contains(w.dropped, k.Session.Name) {
		t.Errorf("workers were told to forget %q; want %s among them", w.dropped, k.Session.Name)
	}
	w.exit(k.To)
	l := w.acquire(Request{Session: k.Session.Name})
	if l.Rebound || l.Import == nil || l.Import.Version != "v1" || string(l.Import.Data) != k.Session.Name {
		t.Errorf("after the end of its worker the session has %+v; want the state that was carried, of v1", l)
	}
	w.release(l, Verdict{})
}

// TestCarry_SenderIsGone has a worker exit whose session arrives afterwards: the session has lost its state with the worker,
// and the receiver forgets what it has got. One session after the other is detached from the worker.
func TestCarry_SenderIsGone(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Slots, c.Min, c.Max, c.Batch = "v1", 4, 1, 1, 1 })
	for _, session := range []string{"a", "b", "c"} {
		w.serve(Request{Session: session}, ran)
	}
	w.upgrade(nil)
	w.wait(10 * time.Second)
	asked := w.take()
	if len(asked) != 3 {
		t.Fatalf("%d sessions are on their way; want 3", len(asked))
	}
	w.Exited(w.now, asked[0].From, errBroken)  // the effects are taken later: nothing goes on meanwhile
	for _, k := range slices.Backward(asked) { // the first one is detached first
		w.end(k, CarryDone)
		if id, _ := w.Lookup(k.Session.Name); id != 0 {
			t.Errorf("session %s is on worker %d; want that it has lost its state with the worker", k.Session.Name, id)
		}
		if !slices.Contains(w.dropped, k.Session.Name) {
			t.Errorf("the receiver was told to forget %q; want %s among them", w.dropped, k.Session.Name)
		}
	}
	w.wait(time.Minute)
	if r := w.report(); r.Sessions.Lost != 3 || r.Sessions.Carried != 0 {
		t.Errorf("the report is %+v; want three losses", r)
	}
}

// TestCarry_ReceiverIsGone has a worker exit behind the state that it has taken over: the session is still where it was.
func TestCarry_ReceiverIsGone(t *testing.T) {
	w := ramp(t, nil)
	k := w.first()
	w.exit(k.To)
	w.end(k, CarryDone)
	if id, _ := w.Lookup(k.Session.Name); id != k.From {
		t.Errorf("the session is on worker %d; want that it is still on %d", id, k.From)
	}
	if r := w.finish(CarryDone); r.Outcome != "done" || r.Sessions.Lost != 0 || r.Sessions.Carried != 4 {
		t.Errorf("the report is %+v; want that each session was carried", r)
	}
}

// TestCarry_WorkerStaysForItsSession has a session on its way for longer than the worker has time: it is not told to leave.
func TestCarry_WorkerStaysForItsSession(t *testing.T) {
	w := ramp(t, nil)
	k := w.first()
	w.wait(40 * time.Second)
	if from := w.find(k.From); from == nil || !from.available() {
		t.Error("the worker has been told to leave; want that it stays while its session is on its way")
	}
	w.end(k, CarryDone)
	if id, _ := w.Lookup(k.Session.Name); id != k.To {
		t.Errorf("the session is on worker %d; want %d", id, k.To)
	}
}

// TestCarry_WorkerStaysForItsRequest up to RequestTimeout, which is longer than ShutdownTimeout.
func TestCarry_WorkerStaysForItsRequest(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Min, c.Max, c.RequestTimeout = "v1", 1, 1, time.Minute })
	l := w.acquire(Request{})
	w.upgrade(nil)
	w.wait(10*time.Second + 55*time.Second)
	if !w.Alive(&l) || !w.find(l.Worker).available() {
		t.Error("the worker has been told to leave; want that it stays for its request")
	}
	w.release(l, Verdict{})
	if w.alive(l.Worker) {
		t.Error("the worker is still there; want that it leaves after its request")
	}
}

// TestCarry_SessionThatStaysIsNotWaitedFor: its state cannot be exported now, so that the worker leaves.
func TestCarry_SessionThatStaysIsNotWaitedFor(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Min, c.Max = "v1", 1, 1 })
	w.serve(Request{Session: "a"}, ran)
	w.upgrade(nil)
	w.wait(10 * time.Second)
	k := w.first()
	w.end(k, CarryKept)
	if w.alive(k.From) {
		t.Error("the worker is still there; want that it has left")
	}
}
