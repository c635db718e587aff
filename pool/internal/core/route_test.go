package core

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/rolloutfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

func TestRoute_VersionThatMayServeASession(t *testing.T) {
	from, to := newVersion("v1"), newVersion("v2")
	on := func(v *version) *session { return &session{where: onWorker, home: &worker{version: v}} }
	by := func(label string) *session {
		return &session{where: kept, snapshot: &snapshot{state: &Snapshot{Version: label}}}
	}
	pin := func(s *session) *session { s.pinned = true; return s }
	for _, tt := range []struct {
		what     string
		session  *session
		state    rolloutfsm.State
		fromGone bool
		only     *version // what was decided when the request came
		want     *version // nil for any
	}{
		{"no session, beside a canary", nil, watching, false, from, from},
		{"no session, for the canary", nil, watching, false, to, to},
		{"no session, later", nil, ramping, false, nil, nil},
		{"no state, beside a canary", &session{}, watching, false, from, from},
		{"a state that is lost", &session{where: kept, snapshot: &snapshot{}}, watching, false, to, to},
		{"on an old worker, beside a canary", on(from), watching, false, to, from},
		{"kept by an old worker, beside a canary", by("v1"), watching, false, to, from},
		{"kept by a version of before, beside a canary", by("v0"), watching, false, to, from},
		{"kept by the canary", by("v2"), watching, false, from, to},
		{"on the canary", on(to), watching, false, from, to},
		{"on an old worker, later", on(from), ramping, false, nil, nil},
		{"kept by an old worker, later", by("v1"), ramping, false, nil, nil},
		{"on a new worker, later", on(to), ramping, false, nil, to},
		{"kept by a new worker, later", by("v2"), ramping, false, nil, to},
		{"refused, beside a canary", pin(by("v1")), watching, false, to, from},
		{"refused, later", pin(by("v1")), ramping, false, nil, from},
		{"refused, and no old worker is left", pin(by("v1")), ramping, true, nil, nil},
		{"refused, rolled back", pin(by("v1")), back, true, nil, from},
		{"kept by an old worker, rolled back", by("v1"), back, false, nil, nil},
		{"kept by a new worker, rolled back", by("v2"), back, false, nil, nil},
	} {
		u := &upgrade{core: &Core{}, from: from, to: to, state: tt.state, fromGone: tt.fromGone}
		if got := u.versionFor(tt.session, tt.only); got != tt.want {
			t.Errorf("%s: %+v; want %+v", tt.what, got, tt.want)
		}
	}
}

// TestRoute_QueueOfACanary has requests wait when an upgrade begins and while there is a canary: they do not get the canary,
// and the first one that is free when the others are to be replaced.
func TestRoute_QueueOfACanary(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Max = "v1", 2 })
	var busy []Lease
	for range 2 {
		busy = append(busy, w.acquire(Request{}))
	}
	w.enqueue(Request{Owner: "no session"})
	w.enqueue(Request{Owner: "a new session", Session: "a"})
	w.upgrade(func(r *Rollout) { r.Share, r.Bake = 0, time.Second })
	if len(w.granted) > 0 {
		t.Errorf("%v have the canary; want none", w.granted)
	}
	w.wait(time.Second)
	l, granted := w.granted["no session"]
	if !granted || w.versionOf(l.Worker) != "v2" {
		t.Errorf("after the canary's time the first one has %+v; want a worker of v2", l)
	}
	w.release(l, Verdict{})
	if l = w.granted["a new session"]; w.versionOf(l.Worker) != "v2" {
		t.Errorf("then the second one has %+v; want a worker of v2", l)
	}
	w.release(l, Verdict{})
	for _, l := range busy {
		w.release(l, Verdict{})
	}
	w.wait(time.Minute)
	if r := w.report(); r.Outcome != "done" {
		t.Errorf("the report is %+v", r)
	}
}

// refusing returns a world in which a worker of the new version has a request with a state of the old one, and there are
// still workers of that.
func refusing(t *testing.T) (*world, Lease) {
	t.Helper()
	w := newWorld(t, func(c *Config) { c.Version, c.Min, c.Max = "v1", 3, 3 })
	home := w.serve(Request{Session: "a"}, saved("state of a"))
	w.exit(home.Worker)
	w.upgrade(nil)
	w.slow = true
	w.wait(10 * time.Second)
	l := w.acquire(Request{Session: "a"})
	if w.versionOf(l.Worker) != "v2" || l.Import == nil || l.Import.Version != "v1" {
		t.Fatalf("session a has %+v; want a worker of v2, and a state of v1", l)
	}
	return w, l
}

// startAll lets the workers start that the test has held back, and those that follow.
func (w *world) startAll() {
	w.t.Helper()
	w.slow = false
	for _, one := range slices.Clone(w.workers) {
		if one.machine.State() == workerfsm.StateInitializing {
			w.Started(w.now, one.id)
		}
	}
	w.settle()
}

// TestRoute_RefusedStateGoesBack: the state is kept for a worker of the version that has written it.
func TestRoute_RefusedStateGoesBack(t *testing.T) {
	w, l := refusing(t)
	if !w.Refused(w.now, &l, false, errBroken) {
		t.Fatal("the state is lost; want that an old worker gets it")
	}
	w.release(l, Verdict{})
	again := w.acquire(Request{Session: "a"})
	if w.versionOf(again.Worker) != "v1" || again.Import == nil || string(again.Import.Data) != "state of a" {
		t.Errorf("the next attempt has %+v; want a worker of v1, and the state", again)
	}
	if w.Refused(w.now, &again, false, errBroken) {
		t.Error("a state that its own version refuses is tried elsewhere; want that it is lost")
	}
	w.release(again, Verdict{Learned: Learned{Imported: true, Ran: true}})
	w.CancelUpgrade(w.now, errBroken)
	w.startAll()
	w.settle()
	w.wait(time.Minute)
	if r := w.report(); r.Sessions.Refused != 1 || !slices.Equal(r.Sessions.RefusedNames, []string{"a"}) || r.New.Failures != 0 {
		t.Errorf("the report is %+v; want one refused state by name, and no failed request", r)
	}
}

// TestRoute_RefusedWithoutAnOldWorker: the state is lost.
func TestRoute_RefusedWithoutAnOldWorker(t *testing.T) {
	w, l := refusing(t)
	w.startAll()
	for _, one := range slices.Clone(w.workers) {
		if one.version.label == "v1" {
			w.exit(one.id)
		}
	}
	if w.Refused(w.now, &l, false, errBroken) {
		t.Error("the state is for a worker of the old version; want that it is lost, since there is none")
	}
}

// TestRoute_RefusedUntilTheEnd has no request come for the state that was refused, and the upgrade come to either end: only
// the old version can read the state.
func TestRoute_RefusedUntilTheEnd(t *testing.T) {
	for outcome, lost := range map[string]int{"done": 1, "rolled_back": 0} {
		w, l := refusing(t)
		if !w.Refused(w.now, &l, false, errBroken) {
			t.Fatal("the state is lost; want that an old worker gets it")
		}
		w.release(l, Verdict{})
		if outcome != "done" {
			w.CancelUpgrade(w.now, errBroken)
		}
		w.startAll()
		w.wait(time.Minute)
		r := w.report()
		if r.Outcome != outcome || r.Sessions.Lost != lost || len(r.Sessions.LostNames) != lost {
			t.Errorf("the report is %+v; want that it is %s, and %d lost states", r, outcome, lost)
		}
		s := w.sessions.byName["a"]
		if s == nil || s.pinned || s.lost != (lost > 0) || (s.where == kept) != (lost == 0) {
			t.Errorf("%s: the session is %+v", outcome, s)
		}
	}
}

// TestRoute_RefusedStateInUseAtTheEnd has a worker of the new version take over a state that was refused before, after the
// last old worker has gone, and the upgrade end during that request.
func TestRoute_RefusedStateInUseAtTheEnd(t *testing.T) {
	w, l := refusing(t)
	if !w.Refused(w.now, &l, false, errBroken) {
		t.Fatal("the state is lost; want that an old worker gets it")
	}
	w.release(l, Verdict{})
	w.startAll()
	again := w.acquire(Request{Session: "a"})
	if phase := w.UpgradePhase(); phase != "baking" || w.versionOf(again.Worker) != "v2" || again.Import == nil {
		t.Fatalf("in the phase %s session a has %+v; want a worker of v2, and the state", phase, again)
	}
	w.wait(time.Minute)
	w.release(again, Verdict{Learned: Learned{Imported: true, Ran: true}})
	if r := w.report(); r.Outcome != "done" || r.Sessions.Lost != 0 {
		t.Errorf("the report is %+v; want that it is done, and nothing lost", r)
	}
	if next := w.serve(Request{Session: "a"}, ran); next.Rebound || next.Worker != again.Worker {
		t.Errorf("the next request has %+v; want the worker %d, and no loss", next, again.Worker)
	}
}

// TestRoute_RefusedByItsOwnVersion: a state of the new version that its worker refuses is lost.
func TestRoute_RefusedByItsOwnVersion(t *testing.T) {
	w, l := refusing(t)
	w.release(l, Verdict{Learned: Learned{Imported: true, Ran: true, State: &Snapshot{Data: []byte("new state of a")}}})
	w.exit(l.Worker)
	starting := slices.IndexFunc(w.workers, func(one *worker) bool { return one.machine.State() == workerfsm.StateInitializing })
	w.Started(w.now, w.workers[starting].id)
	w.settle()
	again := w.acquire(Request{Session: "a"})
	if w.versionOf(again.Worker) != "v2" || again.Import == nil || again.Import.Version != "v2" {
		t.Fatalf("session a has %+v; want a worker of v2, and a state of v2", again)
	}
	if !w.hasWorker(func(one *worker) bool { return one.version.label == "v1" && one.available() }) {
		t.Fatal("there is no worker of v1 any more")
	}
	if w.Refused(w.now, &again, false, errBroken) {
		t.Error("the state is for a worker of the old version; want that it is lost")
	}
}

// TestRoute_LastOldWorkerLeaves has a request wait for the old version, because the new one has refused its state, while the last
// old worker ends: it gets a worker of the new version as soon as no old one serves any more.
func TestRoute_LastOldWorkerLeaves(t *testing.T) {
	w, l := refusing(t)
	if !w.Refused(w.now, &l, false, errBroken) {
		t.Fatal("the state is lost; want that an old worker gets it")
	}
	w.release(l, Verdict{})
	var last Lease
	for range 3 { // two old workers and the canary
		one := w.acquire(Request{})
		switch found := w.find(one.Worker); {
		case found.version.label == "v2":
			defer w.release(one, Verdict{})
		case found.leaving:
			last = one
		}
	}
	w.enqueue(Request{Session: "a", Owner: "x"})
	for _, one := range slices.Clone(w.workers) {
		if one.version.label == "v1" && one.id != last.Worker {
			w.exit(one.id)
		}
	}
	w.startAll()
	if l, granted := w.granted["x"]; granted {
		t.Fatalf("the request has %+v; want that it waits for the last old worker", l)
	}
	w.deaf = true // its process lingers
	w.release(last, Verdict{})
	if l, granted := w.granted["x"]; !granted || w.versionOf(l.Worker) != "v2" || !w.alive(last.Worker) {
		t.Errorf("the request has %+v of %q; want a worker of v2, before the process of the old one has ended", l, w.versionOf(l.Worker))
	}
}

// TestRoute_CanaryWithoutRoom has as many sessions on the canary as a worker may have: others do not wait for it.
func TestRoute_CanaryWithoutRoom(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.MaxSessions = "v1", 1 })
	w.upgrade(func(r *Rollout) { r.Share = 1 })
	for n, want := range []string{"v2", "v1", "v1"} {
		if l := w.serve(Request{Session: fmt.Sprint(n)}, ran); w.versionOf(l.Worker) != want {
			t.Errorf("session %d is on a worker of %s; want %s", n, w.versionOf(l.Worker), want)
		}
	}
}

// TestRoute_QueueAtTheEnd has a request wait for a worker of the old version as the upgrade ends: any worker serves it then.
func TestRoute_QueueAtTheEnd(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Min, c.Max, c.QueueTimeout = "v1", 1, 1, time.Hour })
	busy := w.acquire(Request{})
	w.upgrade(func(r *Rollout) { r.Share, r.MinRequests = 0, 1 })
	w.enqueue(Request{Owner: "no session"})
	w.enqueue(Request{Owner: "a session", Session: "a"})
	w.CancelUpgrade(w.now, errBroken)
	w.settle()
	w.wait(time.Second)
	w.release(busy, Verdict{})
	for _, owner := range []string{"no session", "a session"} {
		l, granted := w.granted[owner]
		if !granted {
			t.Fatalf("the request with %s waits; want that it has the worker", owner)
		}
		w.release(l, Verdict{})
	}
}
