package core

import (
	"fmt"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// TestUpgrade_CanaryThatLeavesIsReplaced has each canary told to leave after its first request, and its process linger: another
// canary is started meanwhile.
func TestUpgrade_CanaryThatLeavesIsReplaced(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.HardWorkerRequests = "v1", 1 })
	w.upgrade(func(r *Rollout) { r.Share = 1 })
	w.deaf = true
	seen := map[uint64]bool{}
	for range 3 {
		l := w.acquire(Request{})
		if w.versionOf(l.Worker) != "v2" || seen[l.Worker] {
			t.Fatalf("the request has worker %d of %q; want a new canary, behind %v", l.Worker, w.versionOf(l.Worker), seen)
		}
		seen[l.Worker] = true
		w.release(l, Verdict{})
	}
}

// TestUpgrade_CancelledDuringAStart turns the upgrade back while the worker of the new version is being started: that is not
// waited for.
func TestUpgrade_CancelledDuringAStart(t *testing.T) {
	w := newWorld(t, versionOne)
	w.slow = true
	for n := range 2 {
		w.upgrade(nil)
		w.CancelUpgrade(w.now, errBroken)
		w.settle()
		if len(w.upgraded) != n+1 {
			t.Fatalf("%d upgrades have ended, and the phase is %q; want that number %d has", len(w.upgraded), w.UpgradePhase(), n+1)
		}
		if r := w.upgraded[n]; r.Outcome != "rolled_back" || r.New.Ready != 0 || r.New.StartFailures != 0 {
			t.Errorf("the report is %+v; want a rollback without a worker of the new version", r)
		}
	}
}

// TestUpgrade_AbandonedLeavesNoTimer drains a pool with a request in progress: nothing is due at the end of the canary's time.
func TestUpgrade_AbandonedLeavesNoTimer(t *testing.T) {
	w := newWorld(t, versionOne)
	busy := w.acquire(Request{})
	w.upgrade(nil)
	w.Drain(w.now)
	w.settle()
	if r := w.report(); r.Outcome != "abandoned" {
		t.Errorf("the report is %+v; want that the upgrade was abandoned", r)
	}
	if ticks := w.wait(20 * time.Second); ticks != 0 {
		t.Errorf("the core was called %d times in 20 s; want that nothing is due", ticks)
	}
	w.release(busy, Verdict{})
	if !w.stopped {
		t.Error("the pool has not stopped; want that it has, since its last request has ended")
	}
}

// TestUpgrade_ReportCountsOldWorkers has a worker of the old version lost and replaced while the canary serves.
func TestUpgrade_ReportCountsOldWorkers(t *testing.T) {
	w := newWorld(t, versionOne)
	old := w.workers[0].id
	w.upgrade(nil)
	w.exit(old)
	w.wait(time.Minute)
	if got, want := w.report().Old, (VersionReport{Version: "v1", Ready: 1, Lost: 1}); got != want {
		t.Errorf("the old version: %+v; want %+v", got, want)
	}
}

// TestUpgrade_ReportCountsStartsOfOldWorkersThatFail has the processes of the old version end before they are ready: a worker of it
// is lost while the canary serves, and the code for another one is gone.
func TestUpgrade_ReportCountsStartsOfOldWorkersThatFail(t *testing.T) {
	w := newWorld(t, versionOne)
	old := w.workers[0].id
	w.upgrade(func(r *Rollout) { r.MinRequests = 1 }) // which keeps the canary
	w.slow = true
	w.exit(old)
	const failures = 2
	for range failures {
		w.wait(20 * time.Second) // the pause between two starts
		for _, worker := range w.Workers() {
			if worker.State == workerfsm.StateInitializing {
				w.exit(worker.ID)
			}
		}
	}
	w.CancelUpgrade(w.now, errBroken)
	w.slow = false
	w.wait(time.Minute)
	if got, want := w.report().Old, (VersionReport{Version: "v1", Ready: 1, StartFailures: failures, Lost: 1}); got != want {
		t.Errorf("the old version: %+v; want %+v", got, want)
	}
	if s := w.Stats(); s.Left[Reason(recovery.StartFailed)] != failures || s.Left[ExitReason] != 1 {
		t.Errorf("left: %v; want %d that did not start, and 1 that has exited", s.Left, failures)
	}
}

func TestUpgrade_ReportNamesTheFirstLostSessions(t *testing.T) {
	u := &upgrade{}
	for n := range maxNames + 1 {
		u.lose(&session{name: fmt.Sprint(n)})
	}
	r := u.report.Sessions
	if last := r.LostNames[len(r.LostNames)-1]; r.Lost != maxNames+1 || len(r.LostNames) != maxNames || last != fmt.Sprint(maxNames-1) {
		t.Errorf("%d lost sessions, and %d names up to %s; want %d, and the first %d", r.Lost, len(r.LostNames), last, maxNames+1, maxNames)
	}
}

// TestUpgrade_WorkersOnTop has processes linger that are told to leave: there are never more than MaxUnavailable beside those
// that there should be.
func TestUpgrade_WorkersOnTop(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Min, c.Max = "v1", 4, 4 })
	w.deaf = true
	w.upgrade(func(r *Rollout) { r.MaxUnavailable = 2 })
	for range 120 {
		w.wait(time.Second)
		if n := len(w.workers); n > 6 {
			t.Fatalf("there are %d workers in the phase %s; want 4 and 2 on top", n, w.UpgradePhase())
		}
	}
	if r := w.report(); r.Outcome != "done" {
		t.Errorf("the report is %+v; want that it is done", r)
	}
}

// TestUpgrade_RequestEndedByForce has a request of a session take longer than its old worker may stay: it has failed neither
// version.
func TestUpgrade_RequestEndedByForce(t *testing.T) {
	w := newWorld(t, versionOne)
	long := w.acquire(Request{Session: "long"})
	w.upgrade(nil)
	w.wait(20 * time.Second)
	if _, _, forced := w.Forced(&long); forced {
		t.Error("the request is ended while its worker may stay")
	}
	w.deaf = true
	w.wait(time.Minute)
	why, atOnce, forced := w.Forced(&long)
	if why != ReasonUpgraded || atOnce || !forced {
		t.Errorf("the request is ended by force: %v, at once: %v, because of %q; want that it had its time, in an upgrade", forced, atOnce, why)
	}
	w.deaf = false
	w.release(long, Verdict{Failure: "lost_in_flight", Err: errBroken})
	w.wait(time.Minute)
	if r := w.report(); r.Outcome != "done" || r.Old.Failures != 0 || r.Old.Requests != 0 || r.New.Failures != 0 {
		t.Errorf("the report is %+v; want a request that counts for neither version", r)
	}
	if n := w.Stats().Interrupted; n != 1 {
		t.Errorf("%d requests are interrupted; want 1", n)
	}
}

// TestUpgrade_LeaseEndedByForce has a lease take longer than its old worker may stay. It ends while a request of it is in progress,
// or between two: neither version has served it, or failed.
func TestUpgrade_LeaseEndedByForce(t *testing.T) {
	for _, failure := range []recovery.Kind{"", recovery.LostUnsent, recovery.LostInFlight, recovery.Exited} {
		w := newWorld(t, versionOne)
		long := w.acquire(Request{})
		w.upgrade(nil)
		w.deaf = true
		w.wait(90 * time.Second)
		w.deaf = false
		if failure != "" {
			w.Judge(w.now, &long, &Verdict{Failure: failure, Err: errBroken})
			w.settle()
		} else {
			w.Settled(w.now, long.Worker)
		}
		w.release(long, Verdict{Action: recovery.Remove, Err: errBroken})
		w.wait(time.Minute)
		if r := w.report(); r.Outcome != "done" || r.Old.Failures != 0 || r.Old.Requests != 0 {
			t.Errorf("%q: the report is %+v; want a lease that counts for neither version", failure, r)
		}
		if n := w.Stats().Interrupted; n != 1 {
			t.Errorf("%q: %d leases are interrupted; want 1", failure, n)
		}
	}
}
