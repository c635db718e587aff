package core

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// writtenByNew returns a world in the last phase of an upgrade, in which the new version has served every session, and the workers
// that have their states. Each answer has brought its state along.
func writtenByNew(t *testing.T, change func(*Config)) *world {
	t.Helper()
	w := keptStates(t, change)
	w.upgrade(func(r *Rollout) { r.Bake = 2 * trialPatience })
	for w.UpgradePhase() != "baking" {
		w.wait(time.Second)
		w.carryAll(CarryDone)
	}
	for _, session := range twelve {
		l := w.acquire(Request{Session: session})
		w.release(l, Verdict{Learned: Learned{Imported: true, Ran: true, State: &Snapshot{Data: []byte("state of " + session)}}})
	}
	return w
}

// TestTrial_RolledBack has the old version refuse states that the new one has written: the report lists them, however they came to
// be with the pool alone, and a further upgrade finds all of them.
func TestTrial_RolledBack(t *testing.T) {
	for name, before := range map[string]func(w *world) CarryOutcome{
		"their workers die":                  func(w *world) CarryOutcome { w.exitAll(); return CarryDone },
		"on their way from their workers":    func(*world) CarryOutcome { return CarryRefused },
		"their workers die in the rollback":  func(w *world) CarryOutcome { w.CancelUpgrade(w.now, errBroken); w.exitAll(); return CarryDone },
		"their workers do not have the time": func(*world) CarryOutcome { return CarryKept },
	} {
		t.Run(name, func(t *testing.T) {
			w := writtenByNew(t, nil)
			w.refuse(twelve...)
			outcome := before(w)
			w.CancelUpgrade(w.now, errBroken)
			w.settle()
			r := w.finish(outcome)
			if r.Outcome != "rolled_back" || r.Sessions.Refused != 12 || r.Sessions.Unverified != 0 || r.Sessions.Lost != 0 {
				t.Errorf("the report is %+v; want 12 refused states, and none lost", r.Sessions)
			}
			names := slices.Sorted(slices.Values(r.Sessions.RefusedNames))
			if !slices.Equal(names, twelve) {
				t.Errorf("%v were refused; want all", names)
			}
			w.refuse()
			w.upgradeTo("v3")
			w.expectStates("v3", twelve...)
		})
	}
}

// TestTrial_RolledBackBeforeStatesAreFound has the core look for the states of dead workers in many small steps, and find sessions
// without a state first: the rollback waits for all of them.
func TestTrial_RolledBackBeforeStatesAreFound(t *testing.T) {
	for _, batch := range []int{1, 5} {
		w := writtenByNew(t, func(c *Config) { c.Batch = batch })
		for n := range 20 {
			w.serve(Request{Session: fmt.Sprint("unexported ", n)}, ran)
		}
		w.refuse(twelve...)
		w.CancelUpgrade(w.now, errBroken)
		w.settle()
		for _, one := range slices.Clone(w.workers) {
			if one.version.label == "v2" {
				w.exit(one.id)
			}
		}
		if r := w.finish(CarryDone); r.Outcome != "rolled_back" || r.Sessions.Refused != 12 || r.Sessions.Unverified != 0 || r.Sessions.Lost != 20 {
			t.Errorf("%d at a time: the report is %+v; want 12 refused states, and 20 lost ones", batch, r.Sessions)
		}
	}
}

// TestTrial_RolledBackWithoutTime says how many states were not tried.
func TestTrial_RolledBackWithoutTime(t *testing.T) {
	w := writtenByNew(t, nil)
	w.exitAll()
	w.hold = true // the trials take for ever
	w.CancelUpgrade(w.now, errBroken)
	w.settle()
	w.wait(2*trialPatience + time.Second)
	if r := w.report(); r.Outcome != "rolled_back" || r.Sessions.Unverified != 12 || r.Sessions.Refused != 0 {
		t.Errorf("the report is %+v; want 12 states that were not tried", r.Sessions)
	}
}

func TestTrial_RolledBackAndTakenOver(t *testing.T) {
	w := writtenByNew(t, nil)
	w.exitAll()
	w.CancelUpgrade(w.now, errBroken)
	w.settle()
	if r := w.finish(CarryDone); r.Sessions.Verified != 12 || r.Sessions.Refused+r.Sessions.Unverified+r.Sessions.Lost != 0 {
		t.Errorf("the report is %+v; want every state verified", r.Sessions)
	}
	w.expectStates("v1", twelve...)
}

// TestTrial_DrainedWithoutAWorker has the pool be drained while a rollback waits for trials, and all workers have died.
func TestTrial_DrainedWithoutAWorker(t *testing.T) {
	w := writtenByNew(t, nil)
	w.CancelUpgrade(w.now, errBroken)
	w.settle()
	w.broken = true // those that follow do not start
	for len(w.workers) > 0 {
		w.exit(w.workers[0].id)
	}
	if phase := w.UpgradePhase(); phase != "rolling_back" {
		t.Fatalf("the phase is %q; want that the trials are awaited", phase)
	}
	w.Drain(w.now)
	ended := 0
	for _, e := range w.Effects() {
		if e.Kind == Stopped {
			ended++
		}
		w.carryOut(e)
	}
	if r := w.report(); ended != 1 || r.Outcome != "abandoned" {
		t.Errorf("the pool stops %d times, the upgrade is %s; want once, and abandoned", ended, r.Outcome)
	}
}
