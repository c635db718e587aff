package core

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// ramp returns a world in which the sessions "a" to "d" are on workers of the old version, which are to be replaced: its
// canary has served its time. Each worker may serve two requests at once.
func ramp(t *testing.T, change func(*Config)) *world {
	t.Helper()
	w := newWorld(t, func(c *Config) {
		c.Version, c.Slots = "v1", 2
		if change != nil {
			change(c)
		}
	})
	for _, session := range []string{"a", "b", "c", "d"} {
		w.serve(Request{Session: session}, ran)
	}
	w.upgrade(nil)
	w.wait(10 * time.Second)
	return w
}

// take returns the carriages that were asked for since the last call.
func (w *world) take() []*Carriage {
	asked := w.carried
	w.carried = nil
	return asked
}

// first returns the first carriage that was asked for.
func (w *world) first() *Carriage {
	k := w.carried[0]
	w.carried = w.carried[1:]
	return k
}

// end says what has become of a carriage.
func (w *world) end(k *Carriage, outcome CarryOutcome) {
	w.t.Helper()
	var why error
	if outcome != CarryDone {
		why = errBroken
	}
	w.Carried(w.now, k, outcome, &Snapshot{Data: []byte(k.Session.Name)}, why)
	w.settle()
}

// carryAll lets every carriage end with the outcome until none is asked for any more.
func (w *world) carryAll(outcome CarryOutcome) (ended int) {
	w.t.Helper()
	for asked := w.take(); len(asked) > 0; asked = w.take() {
		for _, k := range asked {
			w.end(k, outcome)
			ended++
		}
	}
	return ended
}

// finish lets the upgrade come to its end, and every carriage end with the outcome.
func (w *world) finish(outcome CarryOutcome) *UpgradeReport {
	w.t.Helper()
	for range 120 {
		w.carryAll(outcome)
		w.wait(time.Second)
	}
	return w.report()
}

func TestCarry_EverySessionOnce(t *testing.T) {
	w := ramp(t, nil)
	if n := w.carryAll(CarryDone); n != 4 {
		t.Errorf("%d sessions were carried; want 4", n)
	}
	for _, session := range []string{"a", "b", "c", "d"} {
		if id, _ := w.Lookup(session); w.versionOf(id) != "v2" {
			t.Errorf("session %s is on worker %d of version %q; want v2", session, id, w.versionOf(id))
		}
		w.serve(Request{Session: session, Affinity: Strict}, ran)
	}
	w.wait(time.Minute)
	r := w.report()
	if r.Outcome != "done" || r.Sessions.Carried != 4 || r.Sessions.Refused != 0 || r.Sessions.Lost != 0 || len(w.asked) > 0 {
		t.Errorf("the report is %+v, and %d states were exported without a receiver", r, len(w.asked))
	}
}

func TestCarry_ReportedTwice(t *testing.T) {
	w := ramp(t, nil)
	k := w.first()
	w.end(k, CarryDone)
	before := w.sessions.byName[k.Session.Name].home
	w.end(k, CarryRefused)
	if s := w.sessions.byName[k.Session.Name]; s.home != before || s.pinned {
		t.Errorf("the session is %+v; want it as the first report has left it", s)
	}
	if r := w.finish(CarryDone); r.Sessions.Carried != 4 || r.Sessions.Refused != 0 {
		t.Errorf("the report is %+v", r)
	}
}

// TestCarry_RequestsWaitForTheSession has a request come while its session is on its way: it gets the worker that has the
// session then, whatever has become of the carriage, and the slots of both workers are free again.
func TestCarry_RequestsWaitForTheSession(t *testing.T) {
	for outcome, want := range map[CarryOutcome]string{CarryDone: "v2", CarryRefused: "v1", CarryKept: "v1"} {
		ends := "done"
		if outcome == CarryRefused { // four states of four
			ends = "rolled_back"
		}
		w := ramp(t, nil)
		k := w.first()
		w.enqueue(Request{Session: k.Session.Name, Owner: "x"})
		w.end(k, outcome)
		l, granted := w.granted["x"]
		if !granted || w.versionOf(l.Worker) != want {
			t.Errorf("outcome %d: the request has %+v of version %q; want one of %s", outcome, l, w.versionOf(l.Worker), want)
		}
		if granted {
			w.release(l, Verdict{Learned: ran})
		}
		if r := w.finish(outcome); r.Outcome != ends {
			t.Errorf("outcome %d: the report is %+v", outcome, r)
		}
		var all []Lease
		for range 4 { // two workers with two slots
			all = append(all, w.acquire(Request{}))
		}
		for _, l := range all {
			w.release(l, Verdict{})
		}
	}
}

func TestCarry_SessionInUseComesLater(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Slots = "v1", 2 })
	lease := w.acquire(Request{Session: "a"})
	w.serve(Request{Session: "b"}, ran)
	w.upgrade(func(r *Rollout) { r.MaxUnavailable = 2 })
	w.wait(10 * time.Second)
	for _, k := range w.carried {
		if k.Session.Name == "a" {
			t.Errorf("session a is carried while a request has it")
		}
	}
	w.carryAll(CarryDone)
	w.release(lease, Verdict{Learned: ran})
	if n := w.carryAll(CarryDone); n != 1 {
		t.Errorf("%d sessions were carried after the request; want a", n)
	}
	w.wait(time.Minute)
	if r := w.report(); r.Sessions.Carried != 2 || r.Sessions.Lost != 0 {
		t.Errorf("the report is %+v; want that both were carried", r)
	}
}

func TestCarry_FewAtOnce(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Slots, c.Min, c.Max = "v1", 20, 1, 1 })
	for n := range 10 {
		w.serve(Request{Session: fmt.Sprint("s", n)}, ran)
	}
	w.upgrade(nil)
	w.wait(10 * time.Second)
	asked := w.take()
	if len(asked) != carriagesAtOnce {
		t.Errorf("%d sessions are on their way; want %d", len(asked), carriagesAtOnce)
	}
	w.end(asked[0], CarryDone)
	if more := w.take(); len(more) != 1 {
		t.Errorf("%d sessions follow one that has arrived; want one", len(more))
	}
}

// TestCarry_HasATime has a worker with sessions that never arrive: after ShutdownTimeout no other one is begun.
func TestCarry_HasATime(t *testing.T) {
	w := ramp(t, func(c *Config) { c.Slots = 1 })
	k := w.first()
	w.wait(40 * time.Second)
	w.end(k, CarryKept)
	for _, next := range w.take() {
		if next.From == k.From {
			t.Errorf("session %s is carried from the worker after its time", next.Session.Name)
		}
	}
	if w.alive(k.From) {
		t.Error("the worker is still there")
	}
}

func (w *world) alive(id uint64) bool {
	return slices.ContainsFunc(w.workers, func(one *worker) bool { return one.id == id })
}

func TestCarry_SessionOverItsTime(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.SessionTimeout, c.SessionCleanup = "v1", 5*time.Second, time.Hour })
	w.serve(Request{Session: "a"}, ran)
	w.upgrade(nil)
	w.wait(10 * time.Second)
	if len(w.carried) > 0 {
		t.Errorf("session %s is carried 10 s after its last request; want that it has ended", w.carried[0].Session.Name)
	}
}

func TestCarry_NotWithHardWorkerRequests(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.HardWorkerRequests = "v1", 10 })
	w.exported["a"] = &Snapshot{Data: []byte("a")}
	w.serve(Request{Session: "a"}, ran)
	w.upgrade(nil)
	w.wait(time.Minute)
	if r := w.report(); len(w.carried) > 0 || r.Outcome != "done" || r.Sessions.Lost != 0 || len(w.asked) != 1 {
		t.Errorf("%d sessions were carried, and the report is %+v; want that the state was exported", len(w.carried), r)
	}
}

// TestCarry_Refused: the state is only for the old version then, and counts against the new one, unless it could not be exported.
func TestCarry_Refused(t *testing.T) {
	for outcome, refused := range map[CarryOutcome]int{CarryRefused: 4, CarryStuck: 4, CarryKept: 0} {
		w := ramp(t, nil)
		for _, session := range []string{"a", "b", "c", "d"} {
			w.exported[session] = &Snapshot{Data: []byte(session)}
		}
		k := w.first()
		w.end(k, outcome)
		if w.alive(k.To) == (outcome == CarryStuck) {
			t.Errorf("outcome %d: the receiver lives: %v", outcome, w.alive(k.To))
		}
		if got := slices.Contains(w.killed, k.To); got != (outcome == CarryStuck) {
			t.Errorf("outcome %d: the receiver is killed: %v", outcome, got)
		}
		s := w.sessions.byName[k.Session.Name]
		if s.pinned != (refused > 0) || s.home.id != k.From {
			t.Errorf("outcome %d: the session is %+v; want it where it was", outcome, s)
		}
		r := w.finish(outcome)
		if gate, turned := errors.AsType[*GateError](r.Why); turned != (refused > 0) || turned && gate.Gate != "states" {
			t.Errorf("outcome %d: the upgrade has ended %s because of %v; want the states for a reason: %v", outcome, r.Outcome, r.Why, refused > 0)
		}
		if r.Sessions.Refused != refused || len(r.Sessions.RefusedNames) != refused || r.New.Failures != 0 {
			t.Errorf("outcome %d: the report is %+v; want %d refused states, and no failed request", outcome, r, refused)
		}
	}
}

// TestCarry_BackAfterARollback turns the upgrade back while states are on their way to the new version.
func TestCarry_BackAfterARollback(t *testing.T) {
	for _, outcome := range []CarryOutcome{CarryDone, CarryRefused} {
		w := ramp(t, nil)
		k := w.first()
		w.CancelUpgrade(w.now, errBroken)
		w.settle()
		w.end(k, outcome)
		w.carryAll(CarryDone)
		w.wait(time.Minute)
		r := w.report()
		if r.Outcome != "rolled_back" || r.Sessions.Lost != 0 || r.Sessions.Refused != 0 || r.New.Failures != 0 {
			t.Errorf("outcome %d: the report is %+v; want that nothing is lost", outcome, r)
		}
		for _, session := range []string{"a", "b", "c", "d"} {
			if id, _ := w.Lookup(session); w.versionOf(id) != "v1" {
				t.Errorf("outcome %d: session %s is on worker %d of version %q; want v1", outcome, session, id, w.versionOf(id))
			}
		}
	}
}
