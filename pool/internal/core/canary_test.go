package core

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// canary returns the worker of the new version beside the old ones, 0 for none.
func (w *world) canary() (id uint64) {
	for _, one := range w.workers {
		if one.version.label == "v2" && one.available() {
			id = one.id
		}
	}
	return id
}

// phases returns the phases of the only upgrade so far and how long each one took.
func (w *world) phases() (phases []string) {
	for _, p := range w.report().Phases {
		phases = append(phases, fmt.Sprint(p.Name, " ", p.Took))
	}
	return phases
}

// TestCanary_LostIsWatchedAnew has the first canary die after 7 of 10 seconds, or at the end of them, before and after its
// requests were enough: the next one has a whole Bake, and MinRequests of its own.
func TestCanary_LostIsWatchedAnew(t *testing.T) {
	for _, tt := range []struct {
		what           string
		served, serves int // requests of the first canary, and of the second one, of the 3 that it has to serve
		after          time.Duration
		want           []string
	}{
		{"while it is watched", 3, 3, 7 * time.Second, []string{
			"starting 0s", "watching 7s", "starting 2s", "watching 10s", "ramping 0s", "baking 10s",
		}},
		{"while it waits for requests", 2, 3, 15 * time.Second, []string{
			"starting 0s", "watching 10s", "lingering 5s", "starting 2s", "watching 10s", "ramping 0s", "baking 10s",
		}},
		{"with too few requests of the next one", 2, 1, 7 * time.Second, []string{
			"starting 0s", "watching 7s", "starting 2s", "watching 10s", "lingering 10s", "ramping 0s", "baking 10s",
		}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			w := newWorld(t, versionOne)
			w.upgrade(func(r *Rollout) { r.Share, r.MinRequests = 1, 3 })
			serve := func(times int) {
				for range times {
					w.release(w.acquire(Request{}), Verdict{})
				}
			}
			serve(tt.served)
			w.wait(tt.after)
			w.slow = true
			w.exit(w.canary())
			w.wait(2 * time.Second)
			if w.canary() != 0 || w.UpgradePhase() != "starting" {
				t.Fatalf("without a canary the phase is %s; want starting", w.UpgradePhase())
			}
			w.startAll()
			serve(tt.serves)
			w.wait(20 * time.Second)
			serve(3 - tt.serves)
			w.wait(time.Minute)
			if r := w.report(); r.Outcome != "done" || r.New.Lost != 1 {
				t.Fatalf("the report is %+v; want that it is done, and one lost worker", r)
			}
			if diff := cmp.Diff(tt.want, w.phases()); diff != "" {
				t.Errorf("the phases:\n%s", diff)
			}
		})
	}
}

// TestCanary_LostAgainAndAgain has each canary die in its Bake: no other worker is replaced for it.
func TestCanary_LostAgainAndAgain(t *testing.T) {
	w := newWorld(t, versionOne)
	w.serve(Request{Session: "a"}, ran)
	w.upgrade(nil)
	for range 3 {
		w.wait(6 * time.Second)
		w.exit(w.canary())
	}
	r := w.report()
	gate, _ := errors.AsType[*GateError](r.Why)
	if r.Outcome != "rolled_back" || gate == nil || gate.Gate != "workers" || r.New.Lost != 3 || r.Sessions.Lost != 0 {
		t.Errorf("the report is %+v; want a rollback by the gate of the workers, and no lost state", r)
	}
	for _, phase := range r.Phases {
		if phase.Name == "ramping" {
			t.Errorf("the phases are %v; want no ramping", w.phases())
		}
	}
	if ready := w.Stats().Versions["v1"]; ready != 2 || w.spawned != 5 {
		t.Errorf("%d old workers serve, %d were started; want the 2 old ones, and 3 canaries", ready, w.spawned)
	}
}

// TestCanary_DegradedIsNotFollowed has the canary fail a probe before the end of its Bake. The others follow when a probe finds
// it well again.
func TestCanary_DegradedIsNotFollowed(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.HealthCheckInterval = "v1", time.Hour })
	w.upgrade(nil)
	w.wait(9 * time.Second)
	for l := w.acquire(Request{}); ; l = w.acquire(Request{}) {
		if l.Worker == w.canary() {
			w.sick = errBroken
			w.release(l, Verdict{Failure: recovery.TimeoutKept, Action: recovery.Degrade, Err: errBroken})
			break
		}
		w.release(l, Verdict{})
	}
	w.wait(4 * time.Second)
	if phase := w.UpgradePhase(); phase != "lingering" {
		t.Fatalf("with a degraded canary the phase is %s; want lingering", phase)
	}
	w.sick = nil
	w.wait(time.Minute)
	var names []string
	for _, phase := range w.report().Phases {
		names = append(names, phase.Name)
	}
	if diff := cmp.Diff([]string{"starting", "watching", "lingering", "ramping", "baking"}, names); diff != "" {
		t.Errorf("the phases:\n%s", diff)
	}
}

// TestCanary_LostWithItsLastRequest has the canary wait for one more request, which ends it: the others do not follow.
func TestCanary_LostWithItsLastRequest(t *testing.T) {
	for _, action := range []recovery.Action{recovery.Remove, recovery.Degrade} {
		w := newWorld(t, versionOne)
		w.upgrade(func(r *Rollout) { r.Share, r.MinRequests = 1, 1 })
		w.wait(11 * time.Second)
		l := w.acquire(Request{})
		w.sick = errBroken
		w.release(l, Verdict{Failure: recovery.HandlerError, Action: action, Err: errBroken})
		if phase := w.UpgradePhase(); phase != map[recovery.Action]string{recovery.Remove: "watching", recovery.Degrade: "lingering"}[action] {
			t.Errorf("after a request for which the canary is to %s the phase is %s", action, phase)
		}
	}
}

// TestCanary_ReplacedAsItIsToBe has each worker leave after two requests: a canary that is replaced so goes on being watched.
func TestCanary_ReplacedAsItIsToBe(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.HardWorkerRequests = "v1", 2 })
	w.upgrade(func(r *Rollout) { r.Share, r.MinRequests = 1, 5 })
	for range 5 {
		w.release(w.acquire(Request{}), Verdict{})
	}
	w.wait(time.Minute)
	want := []string{"starting 0s", "watching 10s", "ramping 0s", "baking 10s"}
	if diff := cmp.Diff(want, w.phases()); diff != "" || w.report().New.Lost != 0 {
		t.Errorf("the phases of %+v:\n%s", w.report(), diff)
	}
}

// TestCanary_NeverAnswers has callers cancel after 100 ms what the canary does not answer: the upgrade waits for requests that it
// has served, and is rolled back when callers have cancelled too many.
func TestCanary_NeverAnswers(t *testing.T) {
	w := newWorld(t, versionOne)
	w.upgrade(func(r *Rollout) { r.Share, r.MinRequests, r.MaxLatency, r.Bake = 0.5, 5, 2, 500*time.Millisecond })
	lingered := false
	for range 100 {
		l := w.acquire(Request{Timeout: time.Minute})
		if w.versionOf(l.Worker) == "v1" {
			w.wait(time.Millisecond)
			w.release(l, Verdict{})
			continue
		}
		w.wait(100 * time.Millisecond)
		w.release(l, Verdict{Failure: recovery.TimeoutKept, Action: recovery.Keep, Err: errBroken, Cancelled: true})
		lingered = lingered || w.UpgradePhase() == "lingering"
	}
	w.wait(time.Minute)
	r := w.report()
	gate, _ := errors.AsType[*GateError](r.Why)
	if r.Outcome != "rolled_back" || gate == nil || gate.Gate != "cancellations" || !lingered {
		t.Errorf("the report is %+v; want that it waited for requests, and a rollback because of those that were cancelled", r)
	}
	if r.New.Requests != 0 || r.New.Failures != 0 || r.New.Cancelled < cancelSample || r.New.Cancelled >= 2*cancelSample || r.Old.Cancelled != 0 {
		t.Errorf("the new version: %+v, the old one: %+v; want %d requests that were cancelled in one phase, and no other", r.New, r.Old, cancelSample)
	}
}

// TestCanary_RefusedStateIsNoRequest has the canary refuse a state: the request is served elsewhere.
func TestCanary_RefusedStateIsNoRequest(t *testing.T) {
	w, l := refusing(t)
	if !w.Refused(w.now, &l, false, errBroken) {
		t.Fatal("the state is lost; want that an old worker gets it")
	}
	w.release(l, Verdict{})
	w.CancelUpgrade(w.now, errBroken)
	w.startAll()
	w.wait(time.Minute)
	if r := w.report(); r.New.Requests != r.New.Failures || r.New.P50 != 0 {
		t.Errorf("the new version: %+v; want no request that it has served", r.New)
	}
}

// TestCanary_CountsForMaxUnavailable has workers recycled before a canary is started, and beside it. Each process takes two seconds
// to end: never is there more than one on top, and nothing waits for ever.
func TestCanary_CountsForMaxUnavailable(t *testing.T) {
	expect := func(w *world, when string, all, canaries int) {
		t.Helper()
		of := 0
		for _, one := range w.workers {
			if one.version.label == "v2" {
				of++
			}
		}
		if len(w.workers) != all || of != canaries {
			t.Errorf("%s there are %d workers, %d of them canaries; want %d, and %d", when, len(w.workers), of, all, canaries)
		}
	}
	start := func() *world {
		w := newWorld(t, versionOne)
		w.deaf, w.slow = true, true
		return w
	}
	t.Run("recycled before", func(t *testing.T) {
		w := start()
		w.Recycle(w.now, w.workers[0].id)
		w.upgrade(nil)
		expect(w, "while the replacement starts", 3, 0)
		w.startAll()
		w.slow = true
		w.wait(time.Second)
		expect(w, "while the recycled worker ends", 3, 0)
		w.wait(2 * time.Second)
		expect(w, "afterwards", 3, 1)
	})
	t.Run("recycled beside", func(t *testing.T) {
		w := start()
		w.upgrade(nil)
		w.startAll()
		w.slow = true
		w.Recycle(w.now, w.workers[0].id)
		w.settle()
		w.wait(time.Second)
		expect(w, "while the recycled worker ends", 3, 1)
		w.wait(2 * time.Second)
		if first := w.workers[0]; !first.available() || first.recycle != "" {
			t.Errorf("worker %d is the oldest one; want the recycled one gone", first.id)
		}
		expect(w, "while its replacement starts", 3, 1)
		w.startAll()
		expect(w, "afterwards", 3, 1)
	})
}

// TestCanary_Hangs has requests of the new version end with RequestTimeout, and its worker with them. One that has many slots is
// rolled back for its first requests, and one with a slot for its third worker. Nothing is said of requests that are in progress.
func TestCanary_Hangs(t *testing.T) {
	for _, tt := range []struct{ slots, times int }{{1, 3}, {2, 2}, {4, 1}} {
		w := newWorld(t, func(c *Config) { c.Version, c.Slots = "v1", tt.slots })
		w.upgrade(func(r *Rollout) { r.Share, r.MinRequests, r.MaxLatency = 1, 20, 2 })
		for n := range tt.times {
			var hung []Lease
			for range tt.slots {
				l := w.acquire(Request{})
				if w.versionOf(l.Worker) != "v2" {
					t.Fatalf("the request has a worker of %s; want the canary", w.versionOf(l.Worker))
				}
				hung = append(hung, l)
			}
			w.wait(time.Minute)
			if phase := w.UpgradePhase(); phase != "watching" && phase != "lingering" {
				t.Errorf("%d slots: the phase is %s after %d time-outs; want that the canary is watched", tt.slots, phase, n)
			}
			for _, l := range hung {
				w.release(l, Verdict{Failure: recovery.TimeoutStuck, Action: recovery.Remove, Err: errBroken})
			}
		}
		w.wait(time.Minute)
		r := w.report()
		if _, gate := errors.AsType[*GateError](r.Why); r.Outcome != "rolled_back" || !gate || int(r.New.Requests) != tt.times*tt.slots {
			t.Errorf("%d slots: the report is %+v; want a rollback after %d time-outs", tt.slots, r, tt.times)
		}
	}
}

// TestCanary_HidesNoFailuresOfTheRamp has the canary serve a thousand requests well, and the new version fail four in a row when the
// old workers are being replaced: of all requests that would be few.
func TestCanary_HidesNoFailuresOfTheRamp(t *testing.T) {
	w := newWorld(t, versionOne)
	w.serve(Request{Session: "a"}, ran) // which the test does not carry: the ramp goes on
	w.upgrade(func(r *Rollout) { r.Share, r.MinRequests = 1, 1000 })
	for range 1000 {
		w.release(w.acquire(Request{}), Verdict{})
	}
	w.wait(11 * time.Second)
	if phase := w.UpgradePhase(); phase != "ramping" {
		t.Fatalf("the phase is %s; want ramping", phase)
	}
	for failed := 0; failed < 4; {
		l := w.acquire(Request{})
		v := Verdict{}
		if w.versionOf(l.Worker) == "v2" {
			v = Verdict{Failure: recovery.HandlerError, Action: recovery.Keep, Err: errBroken}
			failed++
		}
		w.release(l, v)
	}
	w.carryAll(CarryDone)
	r := w.finish(CarryDone)
	if gate, _ := errors.AsType[*GateError](r.Why); gate == nil || gate.Gate != "error rate" || r.New.Requests < 1004 {
		t.Errorf("the report is %+v; want a rollback because of four failures", r)
	}
}
