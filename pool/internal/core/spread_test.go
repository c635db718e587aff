package core

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// spread returns how many sessions each worker has, the fewest first.
func (w *world) spread() (counts []int) {
	for _, one := range w.workers {
		counts = append(counts, one.count)
	}
	slices.Sort(counts)
	return counts
}

// upgradeTo lets an upgrade to the version come to its end.
func (w *world) upgradeTo(label string) {
	w.t.Helper()
	w.upgraded = nil
	if err := w.Upgrade(w.now, label, Rollout{Share: 0.25, Bake: 10 * time.Second, MaxUnavailable: 1, MaxErrorRate: 0.01}); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	if r := w.finish(CarryDone); r.Outcome != "done" {
		w.t.Fatalf("the upgrade to %s is %s: %v", label, r.Outcome, r.Why)
	}
}

func TestSpread_EvenAfterManyUpgrades(t *testing.T) {
	for slots := 1; slots <= 4; slots++ {
		t.Run(fmt.Sprint(slots, " slots"), func(t *testing.T) {
			w := newWorld(t, func(c *Config) {
				c.Version, c.Min, c.Max, c.Slots, c.SessionTimeout = "v1", 3, 3, slots, 0
			})
			for n := range 300 {
				w.serve(Request{Session: fmt.Sprint(n)}, ran)
			}
			for n := range 4 {
				w.upgradeTo(fmt.Sprint("v", n+2))
				if counts := w.spread(); counts[0] < 97 || counts[2] > 103 {
					t.Errorf("after upgrade %d the workers have %v sessions; want 100 each", n+1, counts)
				}
			}
		})
	}
}

// TestSpread_UnevenBefore has an upgrade share out what has become uneven.
func TestSpread_UnevenBefore(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.Min, c.Max, c.SessionTimeout = "v1", 3, 3, 0 })
	var held []Lease
	for range 2 {
		held = append(held, w.acquire(Request{}))
	}
	for n := range 90 {
		w.serve(Request{Session: fmt.Sprint(n)}, ran)
	}
	for _, l := range held {
		w.release(l, Verdict{})
	}
	if counts := w.spread(); counts[2] != 90 {
		t.Fatalf("the workers have %v sessions; want all on one", counts)
	}
	w.upgradeTo("v2")
	if counts := w.spread(); counts[0] < 29 || counts[2] > 31 {
		t.Errorf("the workers have %v sessions; want 30 each", counts)
	}
}

// TestSpread_EmptiestWorkerIsNotFree holds up neither the upgrade nor more than one session.
func TestSpread_EmptiestWorkerIsNotFree(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Version, c.SessionTimeout = "v1", 0 })
	for n := range 20 {
		w.serve(Request{Session: fmt.Sprint(n)}, ran)
	}
	w.upgrade(nil)
	w.wait(10 * time.Second)
	w.slow = true
	w.carryAll(CarryDone) // the canary has the sessions of the first worker
	w.wait(time.Second)
	w.startAll()
	k := w.first() // to the worker that has none, and whose only slot it takes
	from := w.find(k.From)
	if to := w.receiver(from); to != nil {
		t.Errorf("the next session goes to worker %d; want that it waits", to.id)
	}
	w.wait(spreadPatience)
	if to := w.receiver(from); to == nil || to.id == k.To || to.count != 10 {
		t.Errorf("after a second the next session goes to %+v; want the worker that is free", to)
	}
	w.end(k, CarryDone)
	if r := w.finish(CarryDone); r.Outcome != "done" || !slices.Equal(w.spread(), []int{9, 11}) {
		t.Errorf("the upgrade is %s, the workers have %v sessions; want one more on that which was free", r.Outcome, w.spread())
	}
}
