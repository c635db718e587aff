package lineartest

import (
	"context"
	"errors"
	"slices"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
)

// audit compares the results of the senders with the records of the machine, and the records with
// those of a core.
func (w *workload) audit(t *rapid.T) {
	entries := w.ledger.records
	postponed := w.replay(t, entries)
	w.checkOrder(t, entries)
	for _, s := range w.senders {
		for _, out := range s.results {
			w.checkOutcome(t, out, entries, postponed)
		}
	}
	w.checkTime(t, entries)
}

// replay gives a core the events in the order in which the machine got them first. It compares the
// records, and returns the events that the core has postponed at the end.
func (w *workload) replay(t *rapid.T, entries []record) (postponed []event) {
	again := new(ledger)
	core, err := statem.NewCore(again.callback(), fsm.NewVirtualClock())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[event]bool{}
	for _, e := range entries {
		if !seen[e.event] {
			seen[e.event] = true
			_ = core.Call(e.event, func(any, error) {})
		}
	}
	core.Run()
	if diff := cmp.Diff(again.records, entries, cmp.AllowUnexported(record{}, event{})); diff != "" {
		t.Fatalf("the server has handled the same events in another way (-core +server):\n%s", diff)
	}
	for _, ev := range core.Status().Postponed {
		postponed = append(postponed, ev.Content.(event))
	}
	return postponed
}

// checkOrder checks that the events of each sender came in the order in which they were sent.
func (w *workload) checkOrder(t *rapid.T, entries []record) {
	last := make([]int, len(w.senders))
	seen := map[event]bool{}
	for _, e := range entries {
		if seen[e.event] {
			continue
		}
		seen[e.event] = true
		if e.number < last[e.sender] {
			t.Fatalf("event %d of sender %d comes after event %d", e.number, e.sender, last[e.sender])
		}
		last[e.sender] = e.number
	}
}

// checkOutcome checks that the result of an event agrees with the records, and that it was handled
// once.
func (w *workload) checkOutcome(t *rapid.T, out result, entries []record, postponed []event) {
	var ends []record
	for _, e := range entries {
		if e.event == out.event && e.verdict != "postponed" {
			ends = append(ends, e)
		}
	}
	oneWay := out.route == byCast || out.route == byPost
	wait, interrupted := errors.AsType[*fsm.WaitError](out.err)
	switch {
	case interrupted && wait.Withdrawn:
		if slices.ContainsFunc(entries, func(e record) bool { return e.event == out.event }) {
			t.Fatalf("%v: the machine has handled it", out)
		}
	case len(ends) > 1:
		t.Fatalf("%v was handled %d times", out, len(ends))
	case len(ends) == 1 && ends[0].verdict == "crashed":
		if !oneWay && (!errors.As(out.err, new(*fsm.PanicError)) || errors.Is(out.err, fsm.ErrStopped)) {
			t.Fatalf("%v: its caller must get the PanicError", out)
		}
	case out.err == nil && oneWay:
		if len(ends) == 0 && !w.ended.Load() && !slices.Contains(postponed, out.event) {
			t.Fatalf("%v was lost", out)
		}
	case out.err == nil:
		if len(ends) == 0 || ends[0].total != out.total {
			t.Fatalf("%v was answered; the records are %v", out, ends)
		}
	case errors.Is(out.err, fsm.ErrStopped):
		if len(ends) != 0 {
			t.Fatalf("%v was refused; the records are %v", out, ends)
		}
	case !errors.Is(out.err, context.Canceled) && out.err != statem.ErrAbandoned:
		t.Fatalf("%v: want a reply, ErrStopped, or the cause of its caller", out)
	}
}

// checkTime checks real-time order: an event that was answered before another one was sent has been
// handled before it.
func (w *workload) checkTime(t *rapid.T, entries []record) {
	answered := map[event]int64{}
	begun := map[event]int64{}
	for _, s := range w.senders {
		for _, out := range s.results {
			begun[out.event] = out.begun
			if out.err == nil && out.route != byCast && out.route != byPost {
				answered[out.event] = out.ended
			}
		}
	}
	latest := int64(0) // when the latest event handled so far was sent
	for _, e := range entries {
		if at, ok := answered[e.event]; ok && e.verdict == "handled" && at < latest {
			t.Fatalf("%v was answered before an event was sent that was handled before it", e)
		}
		latest = max(latest, begun[e.event])
	}
}
