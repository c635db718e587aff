package core

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// upgrade begins an upgrade to "v2" with a canary that serves for 10 s.
func (w *world) upgrade(change func(*Rollout)) {
	w.t.Helper()
	plan := Rollout{Share: 0.25, Bake: 10 * time.Second, MaxUnavailable: 1, MaxErrorRate: 0.01, MaxWorkerFailures: 2}
	if change != nil {
		change(&plan)
	}
	if err := w.Upgrade(w.now, "v2", plan); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// report returns what has come of the only upgrade so far.
func (w *world) report() *UpgradeReport {
	w.t.Helper()
	if len(w.upgraded) != 1 {
		w.t.Fatalf("%d upgrades have ended; want one, and the phase is %q", len(w.upgraded), w.UpgradePhase())
	}
	return w.upgraded[0]
}

// versionOf returns the label of a worker's version.
func (w *world) versionOf(id uint64) (label string) {
	for _, one := range w.workers {
		if one.id == id {
			label = one.version.label
		}
	}
	return label
}

func versionOne(c *Config) { c.Version = "v1" }

func TestUpgrade_IsRefused(t *testing.T) {
	w := newWorld(t, versionOne)
	if err := w.Upgrade(w.now, "v1", Rollout{Bake: time.Second}); !errors.Is(err, ErrSameVersion) {
		t.Errorf("to the version of the pool: %v; want ErrSameVersion", err)
	}
	w.upgrade(nil)
	for _, label := range []string{"v1", "v2", "v3"} {
		if err := w.Upgrade(w.now, label, Rollout{Bake: time.Second}); !errors.Is(err, ErrUpgrading) {
			t.Errorf("to %s during an upgrade: %v; want ErrUpgrading", label, err)
		}
	}
	w.wait(time.Minute)
	if r := w.report(); r.Outcome != "done" {
		t.Errorf("the first upgrade = %+v; want that it is done", r)
	}
	if err := w.Upgrade(w.now, "v2", Rollout{Bake: time.Second}); !errors.Is(err, ErrSameVersion) {
		t.Errorf("to the version of the pool after an upgrade: %v; want ErrSameVersion", err)
	}
	w.Close(w.now)
	w.settle()
	if refusal, ok := errors.AsType[*Refusal](w.Upgrade(w.now, "v3", Rollout{Bake: time.Second})); !ok || refusal.Kind != Closed {
		t.Errorf("of a closed pool: %+v; want a Refusal", refusal)
	}
}

func TestUpgrade_ReportsItsPhases(t *testing.T) {
	w := newWorld(t, versionOne)
	w.wait(time.Second)
	w.upgrade(nil)
	w.wait(time.Minute)
	r := w.report()
	if r.From != "v1" || r.To != "v2" || r.Outcome != "done" || r.Why != nil || r.Began != time.Second || r.Took != 20*time.Second {
		t.Errorf("the report is %+v; want an upgrade from v1 to v2 in 20 s", r)
	}
	var phases []string
	for _, p := range r.Phases {
		phases = append(phases, fmt.Sprint(p.Name, " ", p.Took))
	}
	if diff := cmp.Diff([]string{"starting 0s", "watching 10s", "ramping 0s", "baking 10s"}, phases); diff != "" {
		t.Errorf("the phases of the report:\n%s", diff)
	}
	var told []string
	for _, e := range w.events {
		if e.Kind == UpgradePhase {
			told = append(told, e.Reason+" of "+e.Version)
		}
	}
	want := []string{"starting of v2", "watching of v2", "ramping of v2", "baking of v2", "done of v2"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("the events:\n%s", diff)
	}
	if want := (VersionReport{Version: "v2", Ready: 2}); r.New != want { // the canary is one of the two
		t.Errorf("the new version: %+v; want %+v", r.New, want)
	}
}

func TestUpgrade_CancelledAgainAndAgain(t *testing.T) {
	w := newWorld(t, versionOne)
	w.CancelUpgrade(w.now, errBroken) // there is none
	w.upgrade(nil)
	w.wait(time.Second)
	w.CancelUpgrade(w.now, errBroken)
	w.CancelUpgrade(w.now, errors.New("too late"))
	w.settle()
	if r := w.report(); r.Outcome != "rolled_back" || !errors.Is(r.Why, errBroken) || r.New.Lost != 0 {
		t.Errorf("the report is %+v; want a rollback because of the first reason", r)
	}
	for _, e := range w.events {
		if e.Kind == WorkerGone && e.Reason != string(ReasonRolledBack) {
			t.Errorf("worker %d is gone because of %q; want that it was rolled back", e.Worker, e.Reason)
		}
	}
	if w.count(WorkerGone) != 1 {
		t.Errorf("%d workers are gone; want the canary", w.count(WorkerGone))
	}
	w.upgrade(nil)
	w.wait(time.Minute)
	if r := w.upgraded[1]; r.Outcome != "done" {
		t.Errorf("the next upgrade = %+v; want that it is done", r)
	}
}

// TestUpgrade_CanaryGetsItsShare has every worker free, and then the canary busy: its share is not waited for.
func TestUpgrade_CanaryGetsItsShare(t *testing.T) {
	for _, named := range []bool{false, true} {
		w := newWorld(t, versionOne)
		w.upgrade(nil)
		n := 0
		served := func(times int) (by map[string]int) {
			by = map[string]int{}
			for range times {
				r := Request{}
				if n++; named {
					r.Session = fmt.Sprint("s", n)
				}
				l := w.acquire(r)
				by[w.versionOf(l.Worker)]++
				w.release(l, Verdict{})
			}
			return by
		}
		if by := served(40); by["v2"] != 10 || by["v1"] != 30 {
			t.Errorf("with sessions %v: requests by version: %v; want that the canary has a quarter", named, by)
		}
		var busy Lease
		for busy = w.acquire(Request{}); w.versionOf(busy.Worker) != "v2"; busy = w.acquire(Request{}) {
			w.release(busy, Verdict{})
		}
		if by := served(40); by["v2"] != 0 {
			t.Errorf("with sessions %v: requests by version: %v; want none for a canary that is busy", named, by)
		}
		w.release(busy, Verdict{})
	}
}

func TestUpgrade_ShadowIsChosen(t *testing.T) {
	for _, tt := range []struct {
		what    string
		request Request
		want    int // of 40
	}{
		{"a request that may run twice", Request{Idempotent: true}, 10},
		{"one that must not", Request{}, 0},
		{"those of new sessions", Request{Idempotent: true, Session: "a"}, 0},
	} {
		w := newWorld(t, versionOne)
		w.upgrade(func(r *Rollout) { r.Share, r.Shadow = 0, 0.25 })
		shadows := 0
		for n := range 40 {
			r := tt.request
			if r.Session != "" {
				r.Session = fmt.Sprint(r.Session, n)
			}
			l := w.acquire(r)
			if l.Shadow {
				shadows++
			}
			if v := w.versionOf(l.Worker); v != "v1" {
				t.Errorf("%s is served by version %s; want v1", tt.what, v)
			}
			w.release(l, Verdict{})
		}
		if shadows != tt.want {
			t.Errorf("%s: %d of 40 have a shadow; want %d", tt.what, shadows, tt.want)
		}
	}
}

// TestUpgrade_WhatCountsAsAFailure has the old version serve one request.
func TestUpgrade_WhatCountsAsAFailure(t *testing.T) {
	for _, tt := range []struct {
		what    string
		verdict Verdict
		want    VersionReport
	}{
		{"an answer", Verdict{}, VersionReport{Requests: 1, P50: twoDigits(bucketEnd(bucketOf(1700 * time.Microsecond)))}},
		{"an exception", Verdict{Failure: recovery.HandlerError, Err: errBroken}, VersionReport{Requests: 1, Failures: 1}},
		{"a request that was cancelled", Verdict{Failure: recovery.HandlerError, Err: errBroken, Cancelled: true}, VersionReport{Cancelled: 1}},
		{"a request without a worker", Verdict{Failure: recovery.NoWorker, Err: errBroken}, VersionReport{}},
		{"an answer that came before its caller cancelled it", Verdict{Cancelled: true}, VersionReport{Requests: 1, P50: twoDigits(bucketEnd(bucketOf(1700 * time.Microsecond)))}},
		{"a request cancelled before it reached the worker", Verdict{Failure: recovery.NoWorker, Cancelled: true}, VersionReport{}},
	} {
		w := newWorld(t, versionOne)
		w.upgrade(func(r *Rollout) { r.Share = 0 })
		l := w.acquire(Request{Timeout: time.Second})
		w.wait(1700 * time.Microsecond)
		w.release(l, tt.verdict)
		w.wait(time.Minute)
		tt.want.Version, tt.want.P99 = "v1", tt.want.P50
		if got := w.report().Old; got != tt.want {
			t.Errorf("%s: %+v; want %+v", tt.what, got, tt.want)
		}
	}
}

// TestUpgrade_StartThatTakesTooLong has workers of the new version be late, as the core or the caller says, and one be in time: the upgrade is
// done, as long as MaxWorkerFailures allows it.
func TestUpgrade_StartThatTakesTooLong(t *testing.T) {
	for _, tt := range []struct {
		allowed, late int
		reported      bool // with StartFailed, before StartupTimeout is over here
		want          string
	}{
		{allowed: 2, late: 1, want: "done"},
		{allowed: 2, late: 2, want: "done"},
		{allowed: 2, late: 2, reported: true, want: "done"},
		{allowed: 2, late: 3, want: "rolled_back"},
		{allowed: 0, late: 1, want: "rolled_back"},
	} {
		w := newWorld(t, versionOne)
		w.slow = true
		w.upgrade(func(r *Rollout) { r.MaxWorkerFailures = tt.allowed })
		for range tt.late {
			if tt.reported {
				id := w.workers[len(w.workers)-1].id
				w.StartFailed(w.now, id, &TimeoutError{What: "StartupTimeout", After: 30 * time.Second}, true)
				w.Exited(w.now, id, nil)
				w.settle()
				continue
			}
			w.wait(31 * time.Second)
		}
		w.startAll()
		w.wait(time.Minute)
		r := w.report()
		if r.Outcome != tt.want || r.New.StartFailures != tt.late {
			t.Errorf("%+v: %+v", tt, r)
		}
		late, ok := errors.AsType[*TimeoutError](r.Why)
		if rolled := tt.want == "rolled_back"; ok != rolled || (rolled && late.What != "StartupTimeout") {
			t.Errorf("%+v: it ended because of %v", tt, r.Why)
		}
	}
}

// TestUpgrade_WorkersThatFail has workers of the new version fail to start, and workers of the old one lost.
func TestUpgrade_WorkersThatFail(t *testing.T) {
	for _, tt := range []struct {
		allowed, failed, lost int
		permanent             bool
		want                  string
	}{
		{allowed: 0, failed: 1, want: "rolled_back"},
		{allowed: 2, failed: 2, want: ""},
		{allowed: 2, failed: 3, want: "rolled_back"},
		{allowed: 0, failed: 1, lost: 1, want: ""},
		{allowed: 0, failed: 2, lost: 1, want: "rolled_back"},
		{allowed: 9, failed: 1, permanent: true, want: "rolled_back"},
	} {
		w := newWorld(t, func(c *Config) { c.Version, c.BreakerThreshold = "v1", 100 })
		w.slow = true
		w.upgrade(func(r *Rollout) { r.MaxWorkerFailures = tt.allowed })
		for range tt.lost {
			w.exit(w.workers[0].id)
		}
		for range tt.failed {
			at := slices.IndexFunc(w.workers, func(one *worker) bool { return one.version.label == "v2" })
			if at < 0 {
				t.Fatalf("%+v: there is no canary", tt)
			}
			id := w.workers[at].id
			w.StartFailed(w.now, id, errBroken, tt.permanent)
			w.Exited(w.now, id, errBroken)
			w.settle()
		}
		if tt.want == "" {
			if len(w.upgraded) > 0 {
				t.Errorf("%+v: the upgrade has ended: %+v", tt, w.upgraded[0])
			}
			continue
		}
		r := w.report()
		if r.Outcome != tt.want || !errors.Is(r.Why, errBroken) || r.New.StartFailures != tt.failed || r.Old.Lost != tt.lost {
			t.Errorf("%+v: %+v", tt, r)
		}
		if _, gate := errors.AsType[*GateError](r.Why); gate == tt.permanent {
			t.Errorf("%+v: it is because of %v", tt, r.Why)
		}
	}
}

// TestUpgrade_NoMoreProcessesThanPromised has workers that are recycled all the time while they are upgraded.
func TestUpgrade_NoMoreProcessesThanPromised(t *testing.T) {
	for _, unavailable := range []int{1, 2} {
		w := newWorld(t, func(c *Config) {
			c.Version, c.Min, c.Max, c.MaxWorkerRequests, c.MaxUnavailable = "v1", 3, 3, 20, unavailable
		})
		w.upgrade(func(r *Rollout) { r.MaxUnavailable = unavailable })
		canaryLeft := 0
		w.ticked = func() {
			serving := 0
			for _, one := range w.workers {
				if one.available() {
					serving++
				}
			}
			if len(w.workers) > 3+unavailable || serving < 3 {
				t.Errorf("%v: %d workers, %d of them serve; want at most %d, and at least 3", w.UpgradePhase(), len(w.workers), serving, 3+unavailable)
			}
		}
		for n := range 1200 {
			w.serve(Request{Session: fmt.Sprint(n % 30)}, ran)
			if n == 300 {
				canaryLeft = int(w.Stats().Left[ReasonRequests])
			}
			w.wait(50 * time.Millisecond)
			w.carryAll(CarryDone)
		}
		if canaryLeft == 0 {
			t.Error("no worker is recycled beside the canary")
		}
		if r := w.finish(CarryDone); r.Outcome != "done" {
			t.Errorf("the upgrade is %s: %v", r.Outcome, r.Why)
		}
	}
}

func TestUpgradeReport_QuantilesHaveTwoDigits(t *testing.T) {
	for in, want := range map[time.Duration]time.Duration{
		0: 0, 7: 7, 99: 99, 104: 100, 105: 110, 995: 1000, 524288: 520_000, 83_886_080: 84 * time.Millisecond,
		time.Second: time.Second, 1234 * time.Millisecond: 1200 * time.Millisecond,
	} {
		if got := twoDigits(in); got != want {
			t.Errorf("twoDigits(%v) = %v; want %v", in, got, want)
		}
	}
}
