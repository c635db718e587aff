package core

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// twelve are sessions whose states only the pool has in the world of keptStates.
var twelve = []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}

// keptStates returns a world of the version "v1" whose workers have died after every session was served.
func keptStates(t *testing.T, change func(*Config)) *world {
	t.Helper()
	w := newWorld(t, func(c *Config) {
		c.Version = "v1"
		if change != nil {
			change(c)
		}
	})
	for _, session := range twelve {
		w.serve(Request{Session: session}, saved("state of "+session))
	}
	w.exitAll()
	return w
}

// exitAll ends the processes of all workers, which are replaced.
func (w *world) exitAll() {
	w.t.Helper()
	for _, one := range slices.Clone(w.workers) {
		w.exit(one.id)
	}
	w.wait(time.Second)
}

// refuse lets the trials of sessions be refused.
func (w *world) refuse(sessions ...string) {
	w.refuses = map[string]CarryOutcome{}
	for _, session := range sessions {
		w.refuses[session] = CarryRefused
	}
}

// expectStates checks that each session goes on with its state, with a worker of the version.
func (w *world) expectStates(version string, sessions ...string) {
	w.t.Helper()
	for _, session := range sessions {
		l := w.acquire(Request{Session: session, Affinity: Strict})
		if w.versionOf(l.Worker) != version || l.Import == nil || string(l.Import.Data) != "state of "+session {
			w.t.Errorf("session %s has %+v; want its state, and a worker of %s", session, l, version)
		}
		w.release(l, Verdict{Learned: Learned{Imported: true}})
	}
}

func TestTrial_NewVersionTakesEveryState(t *testing.T) {
	w := keptStates(t, nil)
	for round, version := range []string{"v2", "v3"} {
		w.trials, w.upgraded = nil, nil
		if err := w.Upgrade(w.now, version, Rollout{Share: 0.1, Bake: time.Second, MaxUnavailable: 1, MaxErrorRate: 0.01}); err != nil {
			t.Fatal(err)
		}
		w.settle()
		w.wait(time.Minute)
		if r := w.report(); r.Outcome != "done" || r.Sessions.Verified != 12 || r.Sessions.Unverified+r.Sessions.Refused+r.Sessions.Lost != 0 || len(w.trials) != 12 {
			t.Errorf("upgrade %d: %d trials, and the report is %+v; want every state verified once", round, len(w.trials), r)
		}
		for _, k := range w.trials {
			if !slices.Contains(w.dropped, k.Session.Name) || string(k.State.Data) != "state of "+k.Session.Name || k.State.Version != "v1" {
				t.Errorf("the trial is %+v; want the state of its session, and that the worker forgets it", k)
			}
			if id, _ := w.Lookup(k.Session.Name); id != 0 {
				t.Errorf("session %s is bound to worker %d by its trial", k.Session.Name, id)
			}
		}
	}
	w.expectStates("v3", twelve...)
}

func TestTrial_RefusedStatesTurnTheUpgradeBack(t *testing.T) {
	w := keptStates(t, nil)
	w.refuse("b", "d", "f", "h")
	w.upgrade(nil)
	w.wait(time.Minute)
	r := w.report()
	gate, _ := errors.AsType[*GateError](r.Why)
	refused, _ := errors.AsType[*StateRefusedError](r.Why)
	if r.Outcome != "rolled_back" || gate == nil || gate.Gate != "states" || refused == nil || !slices.Contains(r.Sessions.RefusedNames, refused.Session) {
		t.Errorf("the upgrade has ended %s because of %v; want it back because of refused states, and one of them", r.Outcome, r.Why)
	}
	slices.Sort(r.Sessions.RefusedNames)
	if !slices.Equal(r.Sessions.RefusedNames, []string{"b", "d", "f", "h"}) || r.Sessions.Refused != 4 || r.Sessions.Lost != 0 {
		t.Errorf("the sessions are %+v; want four refused ones by name, and none lost", r.Sessions)
	}
	if r.Old.Ready != 0 {
		t.Errorf("%d old workers were started again; want that none had left", r.Old.Ready)
	}
	w.expectStates("v1", twelve...)
}

func TestTrial_RefusedStatesThatAreAllowedAreReported(t *testing.T) {
	w := keptStates(t, nil)
	w.refuse("b", "d", "f", "h")
	w.upgrade(func(r *Rollout) { r.MaxErrorRate = 1 })
	w.wait(time.Second)
	w.expectStates("v1", "b") // an old worker has it, and its carriage is refused as well
	r := w.finish(CarryRefused)
	slices.Sort(r.Sessions.LostNames)
	if r.Outcome != "done" || !slices.Equal(r.Sessions.LostNames, []string{"b", "d", "f", "h"}) || r.Sessions.Refused != 4 || r.Sessions.Verified != 8 {
		t.Errorf("the report is %+v; want the four states that were lost by name", r)
	}
	for _, session := range r.Sessions.LostNames {
		if _, _, err := w.Acquire(w.now, Request{Session: session, Affinity: Strict}); err == nil {
			t.Errorf("session %s goes on; want that its caller is told of the loss", session)
		}
	}
}

// TestTrial_RequestsWait: the worker has the state of a session once, and a request of the session comes after its trial.
func TestTrial_RequestsWait(t *testing.T) {
	for _, outcome := range []CarryOutcome{CarryDone, CarryRefused, CarryStuck, CarryLost, CarryKept} {
		w := keptStates(t, nil)
		w.hold = true
		w.upgrade(nil)
		k := w.trials[0]
		w.enqueue(Request{Session: k.Session.Name, Owner: "x"})
		if _, ticket, err := w.Acquire(w.now, Request{Session: k.Session.Name, Affinity: FailFast}); ticket != nil || err == nil {
			t.Errorf("outcome %d: a second request waits", outcome)
		}
		for range 2 { // the second one has no effect
			w.Tried(w.now, k, outcome, errBroken)
			w.settle()
		}
		l, granted := w.granted["x"]
		if !granted || w.versionOf(l.Worker) != "v1" || l.Import == nil {
			t.Errorf("outcome %d: the request has %+v; want an old worker, and the state", outcome, l)
		}
		if got := slices.Contains(w.killed, k.Worker); got != (outcome == CarryStuck) {
			t.Errorf("outcome %d: the worker is killed: %v", outcome, got)
		}
		if u := w.upgrade1(); u.report.Sessions.Refused != map[CarryOutcome]int{CarryRefused: 1, CarryStuck: 1}[outcome] {
			t.Errorf("outcome %d: the sessions are %+v", outcome, u.report.Sessions)
		}
	}
}

func (w *world) upgrade1() *upgrade { return w.Core.upgrade }

// TestTrial_WorkerThatDies: another one is asked.
func TestTrial_WorkerThatDies(t *testing.T) {
	w := keptStates(t, nil)
	w.hold = true
	w.upgrade(func(r *Rollout) { r.MaxWorkerFailures = 5 })
	k := w.trials[0]
	w.hold = false
	w.exit(k.Worker)
	w.Tried(w.now, k, CarryLost, errBroken)
	w.settle()
	w.wait(2 * time.Minute)
	if r := w.report(); r.Outcome != "done" || r.Sessions.Verified != 12 || r.Sessions.Refused != 0 {
		t.Errorf("the report is %+v; want every state verified", r)
	}
}

func TestTrial_OldWorkersStayMeanwhile(t *testing.T) {
	w := keptStates(t, nil)
	w.hold = true
	w.upgrade(nil)
	w.wait(10*time.Second + trialPatience - time.Millisecond)
	if left := w.count(WorkerGone); left != 2 || w.UpgradePhase() != "ramping" { // those that have died before
		t.Errorf("%d workers have gone in the phase %s; want that the old ones stay", left, w.UpgradePhase())
	}
	w.wait(time.Minute)
	if r := w.report(); r.Outcome != "done" || r.Sessions.Verified != 0 || r.Sessions.Unverified != 12 {
		t.Errorf("the report is %+v; want that the upgrade goes on without the trials", r)
	}
}

// TestTrial_HalfOfTheTime: a worker with one slot serves requests between trials, each of which takes 10 ms.
func TestTrial_HalfOfTheTime(t *testing.T) {
	w := keptStates(t, nil)
	w.hold = true
	w.upgrade(nil)
	for n := 1; n <= 12; n++ {
		if len(w.trials) != n {
			t.Fatalf("%d trials after %d; want one at a time in one slot", len(w.trials), n-1)
		}
		w.wait(10 * time.Millisecond)
		w.Tried(w.now, w.trials[n-1], CarryDone, nil)
		w.settle()
		w.wait(9 * time.Millisecond)
		if len(w.trials) != n {
			t.Errorf("trial %d begins while the worker is to serve requests", n+1)
		}
		w.wait(time.Millisecond)
	}
}

func TestTrial_ManySlots(t *testing.T) {
	w := keptStates(t, func(c *Config) { c.Slots = 8 })
	w.hold = true
	w.upgrade(nil)
	if len(w.trials) != trialsAtOnce {
		t.Errorf("%d trials at once; want %d", len(w.trials), trialsAtOnce)
	}
}

// TestTrial_StateThatIsKeptLater: the worker of a session dies during the upgrade, and the pool has a snapshot.
func TestTrial_StateThatIsKeptLater(t *testing.T) {
	w := newWorld(t, versionOne)
	for _, session := range twelve {
		w.serve(Request{Session: session}, saved("state of "+session))
	}
	w.upgrade(nil)
	w.wait(time.Second)
	if len(w.trials) > 0 {
		t.Errorf("%d states of living workers were tried", len(w.trials))
	}
	w.refuse(twelve...)
	for _, one := range slices.Clone(w.workers) {
		if one.version.label == "v1" {
			w.exit(one.id)
		}
	}
	w.wait(time.Minute)
	if r := w.report(); r.Outcome != "rolled_back" || r.Sessions.Refused < 4 || r.Sessions.Lost != 0 {
		t.Errorf("the report is %+v; want the upgrade back, and nothing lost", r)
	}
	w.expectStates("v1", twelve...)
}

// TestTrial_WorkerThatHasNotTakenTheState: a request that ended before it gave the state to its worker leaves it with the pool.
func TestTrial_WorkerThatHasNotTakenTheState(t *testing.T) {
	w := keptStates(t, nil)
	l := w.acquire(Request{Session: "a", Affinity: Strict})
	w.release(l, Verdict{Cancelled: true})
	w.upgrade(nil)
	if id, _ := w.Lookup("a"); id != 0 {
		t.Errorf("session a is bound to worker %d beside its trial", id)
	}
	w.wait(time.Minute)
	if r := w.report(); r.Sessions.Verified != 12 || r.Sessions.Unverified != 0 {
		t.Errorf("the report is %+v; want every state verified", r)
	}
	w.expectStates("v2", twelve...)
}

// TestTrial_StateThatGoesAway: sessions that end, expire, or are served before their trial are none of those found.
func TestTrial_StateThatGoesAway(t *testing.T) {
	w := keptStates(t, func(c *Config) { c.SessionTimeout, c.SessionCleanup = time.Minute, time.Hour })
	w.hold = true
	w.upgrade(nil)
	first := w.trials[0]
	w.expectStates("v1", slices.DeleteFunc(slices.Clone(twelve), func(s string) bool { return s == first.Session.Name || s == "a" })...)
	w.EndSession(w.now, "a")
	w.hold = false
	w.Tried(w.now, first, CarryDone, nil)
	w.settle()
	for range 100 {
		w.carryAll(CarryDone)
		w.wait(time.Second)
	}
	if r := w.report(); r.Outcome != "done" || r.Sessions.Verified != 1 || r.Sessions.Unverified != 0 || r.Sessions.Carried != 10 {
		t.Errorf("the report is %+v; want one verified state, and ten that were carried", r)
	}
}

func TestTrial_NotWithHardWorkerRequests(t *testing.T) {
	w := keptStates(t, func(c *Config) { c.HardWorkerRequests = 100 })
	w.upgrade(nil)
	w.wait(time.Minute)
	if r := w.report(); r.Outcome != "done" || len(w.trials) != 0 || r.Sessions.Unverified != 12 {
		t.Errorf("%d trials, and the report is %+v; want every state unverified", len(w.trials), r)
	}
}

// TestTrial_IsNoRequest: no worker is recycled because of its trials.
func TestTrial_IsNoRequest(t *testing.T) {
	w := keptStates(t, func(c *Config) { c.MaxWorkerRequests = 5 })
	w.upgrade(nil)
	w.wait(time.Minute)
	if r := w.report(); r.Sessions.Verified != 12 || r.New.Ready != 2 {
		t.Errorf("the report is %+v; want two new workers", r)
	}
}

func TestTrial_HowManyOfHowMany(t *testing.T) {
	for found, want := range map[int]int{0: 0, 12: 12, maxTrials: maxTrials, maxTrials + 99: maxTrials, maxTrials + 100: maxTrials + 1, 1_000_000: 19_900} {
		tried := 0
		for n := 1; n <= found; n++ {
			if isTried(n) {
				tried++
			}
		}
		if tried != want {
			t.Errorf("%d of %d states are tried; want %d", tried, found, want)
		}
	}
}

// TestTrial_WalkInBatches: no call of the core looks at more than a batch of states, and each one is found once, whatever is
// evicted meanwhile.
func TestTrial_WalkInBatches(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Batch, c.MaxSnapshots = "v1", 8, 1<<20 })
	for n := range 100 {
		w.serve(Request{Session: fmt.Sprint(n)}, saved("state"))
	}
	w.exitAll()
	w.hold = true
	w.upgrade(nil)
	before := w.upgrade1().trials.found
	if before != 8 {
		t.Errorf("the first call finds %d states; want a batch of 8", before)
	}
	w.EndSession(w.now, w.snapshots.cursor.of.name)
	w.ticked = func() {
		if u := w.upgrade1(); u != nil {
			if n := u.trials.found - before; n > 8 {
				t.Errorf("one call finds %d states", n)
			}
			before = u.trials.found
		}
	}
	w.wait(time.Second)
	if before != 99 {
		t.Errorf("%d states are found; want 99", before)
	}
}

func TestGate_States(t *testing.T) {
	for _, tt := range []struct {
		tried, refused int
		rate           float64
		passes         bool
	}{
		{0, 0, 0.01, true},
		{3, 3, 0.01, true},
		{4, 4, 0.01, false},
		{12, 4, 0.01, false},
		{1000, 19, 0.01, true},
		{1000, 20, 0.01, false},
		{1000, 4, 0, false},
		{1000, 1000, 1, true},
	} {
		plan := Rollout{MaxErrorRate: tt.rate}
		if gate := plan.judgeStates(tt.tried, tt.refused); (gate == nil) != tt.passes {
			t.Errorf("%d of %d states refused, with a rate of %v: %v", tt.refused, tt.tried, tt.rate, gate)
		}
	}
}

// TestTrial_RefusedAsTheBakeEnds: the loss of a state that a worker is being given when the time to bake is over is in the report.
func TestTrial_RefusedAsTheBakeEnds(t *testing.T) {
	for _, ends := range []bool{true, false} {
		w := keptStates(t, nil)
		w.refuse("b")
		w.upgrade(func(r *Rollout) { r.MaxErrorRate = 1 })
		for n := 0; w.UpgradePhase() != "baking"; n++ {
			if n == 1000 {
				t.Fatal("the upgrade does not come to its bake")
			}
			w.wait(100 * time.Millisecond)
		}
		w.wait(8 * time.Second)
		l := w.acquire(Request{Session: "b"})
		w.wait(4 * time.Second)
		if w.UpgradePhase() != "baking" {
			t.Fatalf("the phase is %q; want that the upgrade waits for the state", w.UpgradePhase())
		}
		if ends {
			if w.Refused(w.now, &l, false, errBroken) {
				t.Fatal("the session goes on elsewhere; want that there is no old worker")
			}
			w.release(l, Verdict{Learned: Learned{ImportFailed: true}})
			w.wait(time.Second)
			if r := w.report(); r.Outcome != "done" || !slices.Equal(r.Sessions.LostNames, []string{"b"}) || r.Sessions.Lost != int(w.Stats().Sessions.Lost) {
				t.Errorf("the report is %+v; want the loss that was counted, by its name", r.Sessions)
			}
			continue
		}
		w.wait(9 * time.Second) // a request that lasts does not hold the upgrade up for ever
		if r := w.report(); r.Outcome != "done" {
			t.Errorf("the upgrade has ended %s; want done", r.Outcome)
		}
	}
}
