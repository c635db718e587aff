package runtime_test

import (
	"context"
	"errors"
	"slices"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// audit compares what the senders know with what the machine has written down, and that with what a core makes of it.
func (o *office) audit(t *rapid.T) {
	entries := o.ledger.entries
	parked := o.replay(t, entries)
	o.checkOrder(t, entries)
	for _, s := range o.senders {
		for _, out := range s.sent {
			o.checkOutcome(t, out, entries, parked)
		}
	}
	o.checkTime(t, entries)
}

// replay gives a core the letters in the order in which the machine has seen them first, and returns what it has postponed at
// the end.
func (o *office) replay(t *rapid.T, entries []entryInLedger) (parked []letter) {
	again := new(ledger)
	core, err := fsm.NewCore(again.callback(), fsm.NewVirtualClock())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[letter]bool{}
	for _, e := range entries {
		if !seen[e.letter] {
			seen[e.letter] = true
			_ = core.Call(e.letter, func(any, error) {})
		}
	}
	core.Run()
	if diff := cmp.Diff(again.entries, entries, cmp.AllowUnexported(entryInLedger{}, letter{})); diff != "" {
		t.Fatalf("the server has handled the same letters in another way (-core +server):\n%s", diff)
	}
	for _, ev := range core.Status().Postponed {
		parked = append(parked, ev.Content.(letter))
	}
	return parked
}

// checkOrder checks that the letters of each sender have come in the order in which they were sent.
func (o *office) checkOrder(t *rapid.T, entries []entryInLedger) {
	last := make([]int, len(o.senders))
	seen := map[letter]bool{}
	for _, e := range entries {
		if seen[e.letter] {
			continue
		}
		seen[e.letter] = true
		if e.number < last[e.sender] {
			t.Fatalf("letter %d of sender %d comes after letter %d", e.number, e.sender, last[e.sender])
		}
		last[e.sender] = e.number
	}
}

// checkOutcome checks that what a sender was told is what has happened, and that it has happened once.
func (o *office) checkOutcome(t *rapid.T, out outcome, entries []entryInLedger, parked []letter) {
	var ends []entryInLedger
	for _, e := range entries {
		if e.letter == out.letter && e.verdict != "postponed" {
			ends = append(ends, e)
		}
	}
	oneWay := out.way == byCast || out.way == byPost
	wait, interrupted := errors.AsType[*fsm.WaitError](out.err)
	switch {
	case interrupted && wait.Withdrawn:
		if slices.ContainsFunc(entries, func(e entryInLedger) bool { return e.letter == out.letter }) {
			t.Fatalf("%v: the machine has met it", out)
		}
	case len(ends) > 1:
		t.Fatalf("%v was handled %d times", out, len(ends))
	case len(ends) == 1 && ends[0].verdict == "crashed":
		if !oneWay && (!errors.As(out.err, new(*fsm.PanicError)) || errors.Is(out.err, fsm.ErrStopped)) {
			t.Fatalf("%v: its caller must get the PanicError", out)
		}
	case out.err == nil && oneWay:
		if len(ends) == 0 && !o.ended.Load() && !slices.Contains(parked, out.letter) {
			t.Fatalf("%v was lost", out)
		}
	case out.err == nil:
		if len(ends) == 0 || ends[0].total != out.total {
			t.Fatalf("%v was answered; the machine knows of %v", out, ends)
		}
	case errors.Is(out.err, fsm.ErrStopped):
		if len(ends) != 0 {
			t.Fatalf("%v was refused; the machine knows of %v", out, ends)
		}
	case !errors.Is(out.err, context.Canceled) && out.err != fsm.ErrAbandoned:
		t.Fatalf("%v: want a reply, ErrStopped, or what its caller did himself", out)
	}
}

// checkTime checks that a letter that was answered before another was sent has also been handled before it.
func (o *office) checkTime(t *rapid.T, entries []entryInLedger) {
	answered := map[letter]int64{}
	begun := map[letter]int64{}
	for _, s := range o.senders {
		for _, out := range s.sent {
			begun[out.letter] = out.begun
			if out.err == nil && out.way != byCast && out.way != byPost {
				answered[out.letter] = out.ended
			}
		}
	}
	latest := int64(0) // when the latest of what is handled so far was sent
	for _, e := range entries {
		if at, ok := answered[e.letter]; ok && e.verdict == "handled" && at < latest {
			t.Fatalf("%v was answered before a letter was sent that was handled before it", e)
		}
		latest = max(latest, begun[e.letter])
	}
}
