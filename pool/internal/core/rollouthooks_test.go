package core

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// TestRollout_WaitsForRequestsOfTheCanary has the canary serve its time, and requests then. Those of the old version do not count.
func TestRollout_WaitsForRequestsOfTheCanary(t *testing.T) {
	for _, tt := range []struct {
		least int // MinRequests
		want  int // requests that it takes
	}{
		{-1, 0},
		{0, 0},
		{1, 1},
		{3, 3},
	} {
		w := newWorld(t, versionOne)
		w.upgrade(func(r *Rollout) { r.Share, r.MinRequests = 1, tt.least })
		canary, old := w.acquire(Request{}), w.acquire(Request{})
		if w.versionOf(canary.Worker) != "v2" || w.versionOf(old.Worker) != "v1" {
			t.Fatalf("the requests have workers of %s and %s; want v2 and v1", w.versionOf(canary.Worker), w.versionOf(old.Worker))
		}
		w.release(old, Verdict{})
		w.wait(10 * time.Second)
		for n := range tt.want {
			if phase := w.UpgradePhase(); phase != "lingering" {
				t.Errorf("of %d requests %d have ended: the phase is %s; want lingering", tt.least, n, phase)
			}
			w.release(canary, Verdict{})
			if n < tt.want-1 {
				canary = w.acquire(Request{})
			}
		}
		if phase := w.UpgradePhase(); phase != "ramping" && phase != "baking" {
			t.Errorf("MinRequests %d: the phase is %s; want that the others are replaced", tt.least, phase)
		}
	}
}

// TestRollout_CanaryThatFails says how the last request has failed.
func TestRollout_CanaryThatFails(t *testing.T) {
	w := newWorld(t, versionOne)
	w.upgrade(func(r *Rollout) { r.Share, r.MaxErrorRate = 1, 0 })
	last := errors.New("the last one")
	for _, err := range []error{errBroken, errBroken, errBroken, last} {
		l := w.acquire(Request{})
		if w.versionOf(l.Worker) != "v2" {
			t.Fatalf("the request has a worker of %s; want the canary", w.versionOf(l.Worker))
		}
		w.release(l, Verdict{Failure: recovery.HandlerError, Err: err})
	}
	r := w.report()
	gate, ok := errors.AsType[*GateError](r.Why)
	if r.Outcome != "rolled_back" || !ok || gate.Gate != "error rate" || gate.Err != last {
		t.Errorf("the report is %+v; want a rollback because of the error rate, with the last failure", r)
	}
	if r.New.Requests != 4 || r.New.Failures != 4 || r.Old.Requests != 0 || r.Old.Failures != 0 {
		t.Errorf("the versions: %+v and %+v; want four failures of the new one", r.Old, r.New)
	}
}

// TestRollout_CanaryThatIsLost has one worker of the new version after the other exit, and says why the last one did.
func TestRollout_CanaryThatIsLost(t *testing.T) {
	w := newWorld(t, versionOne)
	w.upgrade(func(r *Rollout) { r.MaxWorkerFailures = 2 })
	for n := range 3 {
		if len(w.upgraded) > 0 {
			t.Fatalf("the upgrade has ended after %d lost workers: %+v; want that it goes on", n, w.upgraded[0])
		}
		w.Exited(w.now, w.canary(), fmt.Errorf("loss %d", n+1))
		w.settle()
	}
	r := w.report()
	gate, ok := errors.AsType[*GateError](r.Why)
	if r.Outcome != "rolled_back" || !ok || gate.Gate != "workers" || r.New.Lost != 3 || r.New.StartFailures != 0 || r.Old.Lost != 0 {
		t.Fatalf("the report is %+v; want a rollback because three workers were lost", r)
	}
	if cause, ok := gate.Err.(*Cause); !ok || cause.Reason != ExitReason || cause.Error() != "loss 3" {
		t.Errorf("the gate has %v; want why the last one was lost", gate.Err)
	}
}
