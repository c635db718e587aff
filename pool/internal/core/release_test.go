package core

import (
	"slices"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// TestRelease_OldLease uses a lease that has ended while another request has its slot: the handle means nothing any more.
//
// Rows: W8.
func TestRelease_OldLease(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(w *world, l Lease)
	}{
		{"released", func(w *world, l Lease) { w.release(l, Verdict{Learned: ran}) }},
		{"released twice", func(w *world, l Lease) {
			w.release(l, Verdict{Learned: ran})
			w.release(l, Verdict{Failure: recovery.Exited, Err: errBroken})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Min, c.Max = 1, 1 })
			old := w.acquire(Request{Session: "s", Owner: "old"})
			tt.end(w, old)
			l := w.acquire(Request{Session: "s", Owner: "new"})
			before := w.Stats()
			w.release(old, Verdict{Failure: recovery.Protocol, Action: recovery.Remove, Learned: saved("wrong")})
			w.SetTimeout(w.now, &old, time.Second)
			if w.BeginRequest(w.now, &old, "old", time.Second) || w.Learn(w.now, &old, &Learned{Ran: true}) || w.Alive(&old) {
				t.Error("the old lease is taken for one that lasts")
			}
			w.wait(2 * time.Second)
			s := w.Stats()
			if s.Busy != 1 || s.Sessions.Snapshots != 0 || len(w.killed) > 0 || len(w.overdue) > 0 || s.Leases != before.Leases {
				t.Errorf("%+v, killed %v, overdue %v; want the new lease as it was", s, w.killed, w.overdue)
			}
			if !w.Alive(&l) {
				t.Error("the new lease has ended")
			}
		})
	}
}

// TestRelease_AfterItsWorkerIsGone also has the session go on elsewhere: what the late answer shows of the state is the
// state that is lost.
//
// Rows: W8.
func TestRelease_AfterItsWorkerIsGone(t *testing.T) {
	w := newWorld(t, nil)
	l := w.acquire(Request{Session: "s"})
	w.exit(l.Worker)
	if w.Alive(&l) {
		t.Error("the lease of a worker that is gone is alive")
	}
	w.release(l, Verdict{Learned: ran})
	next := w.acquire(Request{Session: "s"})
	if next.Worker == l.Worker || !next.Rebound {
		t.Errorf("the next lease is %+v; want another worker, and the loss reported", next)
	}
}

// TestRelease_FailureDecides shows what becomes of the worker and of its session after each failure: the table decides, and
// the machine of the worker and the sessions follow.
//
// Rows: R4.
func TestRelease_FailureDecides(t *testing.T) {
	for _, tt := range []struct {
		failure recovery.Kind
		state   workerfsm.State // 0: the worker is gone, and another one is there
		kept    bool            // the session has its state
	}{
		{"", workerfsm.StateReady, true},
		{recovery.HandlerError, workerfsm.StateReady, true},
		{recovery.BadRequest, workerfsm.StateReady, true},
		{recovery.TimeoutKept, workerfsm.StateReady, true},
		{recovery.HandlerFatal, 0, false},
		{recovery.TimeoutStuck, 0, false},
		{recovery.Protocol, 0, false},
		{recovery.Exited, 0, false},
		{recovery.LostInFlight, 0, false},
		{recovery.Unexpected, 0, false},
	} {
		t.Run(string(tt.failure), func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.Min, c.Max = 1, 1 })
			w.serve(Request{Session: "s"}, ran)
			l := w.acquire(Request{Session: "s"})
			w.release(l, Verdict{Failure: tt.failure, Err: errBroken})
			var state workerfsm.State
			for _, worker := range w.Workers() {
				if worker.ID == l.Worker {
					state = worker.State
				}
			}
			if state != tt.state {
				t.Errorf("the worker is %v; want %v", state, tt.state)
			}
			if s := w.Stats(); s.Workers["ready"] != 1 || len(s.Workers) != 1 {
				t.Errorf("workers %v; want one that is ready", s.Workers)
			}
			if next := w.acquire(Request{Session: "s"}); next.Rebound == tt.kept {
				t.Errorf("the next lease is %+v; want the state of the session kept: %v", next, tt.kept)
			}
		})
	}
}

// TestRelease_TableReplaced has the table say the opposite of the default.
//
// Rows: R4.
func TestRelease_TableReplaced(t *testing.T) {
	table := recovery.Default()
	for i := range table {
		if table[i].Kind == recovery.HandlerError {
			table[i].Worker = recovery.Remove
		}
	}
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.Recovery = 1, 1, table })
	l := w.acquire(Request{})
	w.release(l, Verdict{Failure: recovery.HandlerError, Err: errBroken})
	if got := w.Workers(); len(got) != 1 || got[0].ID == l.Worker {
		t.Errorf("workers %+v; want another one than %d", got, l.Worker)
	}
}

func TestRelease_SuspectIsProbedAtOnce(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max = 1, 1 })
	l := w.acquire(Request{})
	w.release(l, Verdict{Failure: recovery.TimeoutKept, Err: errBroken, Suspect: true})
	if got := w.Workers()[0].State; got != workerfsm.StateDegraded {
		t.Errorf("the worker is %v; want degraded", got)
	}
	w.wait(0)
	if got := w.Workers()[0].State; got != workerfsm.StateReady {
		t.Errorf("after a good probe the worker is %v; want ready", got)
	}
}

func TestBudget_RetriesPerRequest(t *testing.T) {
	var b budget
	for range 1000 {
		b.earn()
	}
	spent := 0
	for b.left() {
		b.spend()
		spent++
	}
	if spent != maxBudget/retryCost {
		t.Errorf("%d retries in advance; want %d", spent, maxBudget/retryCost)
	}
	for range retryCost {
		b.earn()
	}
	if !b.left() {
		t.Error("ten requests earn no retry")
	}
}

func TestOwners_AreThoseOfTheLeasesOfTheWorker(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.Slots = 2, 2, 2 })
	first := w.acquire(Request{Owner: "first"})
	ended := w.acquire(Request{Session: "s", Owner: "ended"})
	w.acquire(Request{Owner: "third"})
	w.release(ended, Verdict{})
	var all []any
	for _, id := range []uint64{1, 2} {
		for _, owner := range w.Owners(id) {
			if owner == "first" && id != first.Worker {
				t.Errorf("worker %d has the lease of worker %d", id, first.Worker)
			}
			all = append(all, owner)
		}
	}
	if len(all) != 2 || slices.Contains(all, any("ended")) {
		t.Errorf("owners = %v; want first and third", all)
	}
	if got := w.Owners(99); got != nil {
		t.Errorf("owners of no worker = %v; want none", got)
	}
}
