package core

import (
	"slices"
	"testing"
	"time"
)

// fatalStates carries out an upgrade whose new workers die when they take over the state of one of the sessions.
func (w *world) fatalStates(slots int, fatal ...string) (deaths int) {
	w.t.Helper()
	w.hold = true
	w.upgrade(func(r *Rollout) { r.MaxWorkerFailures = 2 * len(fatal); r.MaxErrorRate = 1 })
	for range 1000 {
		running := slices.DeleteFunc(slices.Clone(w.trials), func(k *Trial) bool { return k.ended })
		if len(running) == 0 {
			w.wait(time.Second)
			if running = slices.DeleteFunc(slices.Clone(w.trials), func(k *Trial) bool { return k.ended }); len(running) == 0 {
				return deaths
			}
		}
		killer := slices.IndexFunc(running, func(k *Trial) bool { return slices.Contains(fatal, k.Session.Name) })
		if killer < 0 {
			w.Tried(w.now, running[0], CarryDone, nil)
			w.settle()
			continue
		}
		deaths++
		w.exit(running[killer].Worker)
		for _, k := range running {
			if k.Worker == running[killer].Worker {
				w.Tried(w.now, k, CarryLost, errBroken)
			}
		}
		w.settle()
		w.wait(time.Second)
	}
	w.t.Fatal("the trials do not end")
	return deaths
}

// TestSuspect_StateThatEndsItsWorker: it is refused by its name after two deaths, and no other state is, however many were on
// their way to the worker at the same time.
func TestSuspect_StateThatEndsItsWorker(t *testing.T) {
	for _, slots := range []int{1, 8} {
		w := keptStates(t, func(c *Config) { c.Slots = slots })
		fatal := []string{"c", "i"}
		deaths := w.fatalStates(slots, fatal...)
		names := slices.Sorted(slices.Values(w.upgrade1().report.Sessions.RefusedNames))
		if !slices.Equal(names, fatal) || deaths > 4 {
			t.Errorf("%d slots: the states of %v are refused after %d deaths; want %v, after two each", slots, names, deaths, fatal)
		}
		if got := w.upgrade1().report.Sessions; got.Verified != 10 || got.Refused != 2 {
			t.Errorf("%d slots: the sessions are %+v; want all others verified", slots, got)
		}
		w.expectStates("v1", fatal...)
	}
}

// TestSuspect_WorkerThatDiesOnce: a state that another worker takes over is no suspect any more.
func TestSuspect_WorkerThatDiesOnce(t *testing.T) {
	w := keptStates(t, nil)
	w.hold = true
	w.upgrade(func(r *Rollout) { r.MaxWorkerFailures = 5 })
	k := w.trials[0]
	w.Tried(w.now, k, CarryLost, errBroken)
	w.settle()
	if len(w.trials) > 1 {
		t.Fatalf("session %s is tried with the worker that has died", w.trials[1].Session.Name)
	}
	w.exit(k.Worker)
	w.wait(time.Second)
	again := w.trials[1]
	if again.Session.Name != k.Session.Name || k.session.deaths != 1 {
		t.Fatalf("session %s is tried after session %s, with %d deaths; want the same one again, with one", again.Session.Name, k.Session.Name, k.session.deaths)
	}
	w.Tried(w.now, again, CarryDone, nil)
	w.settle()
	if got := w.upgrade1().report.Sessions; k.session.deaths != 0 || got.Refused != 0 || got.Verified != 1 {
		t.Errorf("%d deaths, and the sessions are %+v; want none, and one verified", k.session.deaths, got)
	}
}

// TestSuspect_WorkerThatWasToldToLeave says nothing of the state.
func TestSuspect_WorkerThatWasToldToLeave(t *testing.T) {
	for _, tt := range []struct {
		name string
		w    worker
		want bool
	}{
		{"its end is not reported yet", worker{}, true},
		{"its process has ended", worker{reason: &Cause{Reason: ExitReason}}, true},
		{"it is to be replaced", worker{leaving: true}, false},
		{"it was killed for another state that took too long", worker{reason: &Cause{Reason: "timeout_stuck"}}, false},
		{"the upgrade turns back", worker{reason: &Cause{Reason: ReasonRolledBack}}, false},
	} {
		if got := tt.w.diedByItself(); got != tt.want {
			t.Errorf("%s: %v; want %v", tt.name, got, tt.want)
		}
	}
}

// TestSuspect_CarriedState stays with its worker after two workers that have died of it.
func TestSuspect_CarriedState(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version = "v1" })
	w.serve(Request{Session: "a"}, saved("state of a"))
	w.upgrade(func(r *Rollout) { r.MaxWorkerFailures = 5; r.MaxErrorRate = 1 })
	for n := 1; n <= 2; n++ {
		for range 100 {
			if len(w.carried) == n {
				break
			}
			w.wait(time.Second)
		}
		if len(w.carried) != n {
			t.Fatalf("%d carriages; want %d", len(w.carried), n)
		}
		k := w.carried[n-1]
		w.exit(k.To)
		w.Carried(w.now, k, CarryLost, nil, errBroken)
		w.settle()
	}
	if got := w.upgrade1().report.Sessions; !slices.Equal(got.RefusedNames, []string{"a"}) {
		t.Errorf("the sessions are %+v; want that of a refused", got)
	}
}
