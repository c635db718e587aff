package core

import (
	"slices"
	"testing"
	"time"
)

// takingOver returns a world in which a request has given up while its worker takes over the state of session "a", and the lease
// of that takeover.
func takingOver(t *testing.T) (w *world, takeover Lease) {
	t.Helper()
	w = newWorld(t, nil)
	w.exit(w.serve(Request{Session: "a"}, saved("state of a")).Worker)
	w.wait(time.Second)
	l := w.acquire(Request{Session: "a", Affinity: Strict, Owner: "first", Timeout: time.Second})
	if l.Import == nil {
		t.Fatal("the state is not kept")
	}
	takeover = w.HandOver(w.now, &l)
	w.settle()
	w.release(l, Verdict{Failure: "handler_fatal", Err: errBroken}) // has no effect any more
	if len(w.killed) > 0 || w.Stats().Busy != 1 {
		t.Fatalf("%v are killed, %d slots are in use; want that the takeover goes on", w.killed, w.Stats().Busy)
	}
	return w, takeover
}

func TestHandOver_RequestsWaitForTheTakeover(t *testing.T) {
	for name, affinity := range map[string]Affinity{"prefer": Prefer, "strict": Strict, "fail fast": FailFast} {
		t.Run(name, func(t *testing.T) {
			w, takeover := takingOver(t)
			w.enqueue(Request{Session: "a", Affinity: affinity, Owner: "next"})
			w.wait(2 * time.Second)
			if len(w.overdue) > 0 {
				t.Errorf("%v are overdue; want none, since the request has ended", w.overdue)
			}
			w.release(takeover, Verdict{Learned: Learned{Imported: true}, NoRequest: true})
			l := w.granted["next"]
			if l.Worker != takeover.Worker || l.Import != nil || l.Rebound {
				t.Errorf("the request that waited has %+v; want the worker %d, with the state", l, takeover.Worker)
			}
			w.release(l, Verdict{Learned: ran})
			if again := w.serve(Request{Session: "a"}, ran); again.Worker != takeover.Worker || again.Rebound {
				t.Errorf("the next request has %+v; want the same worker", again)
			}
		})
	}
}

func TestHandOver_RefusalIsToldToTheNextRequest(t *testing.T) {
	w, takeover := takingOver(t)
	w.enqueue(Request{Session: "a", Affinity: Strict, Owner: "next"})
	w.release(takeover, Verdict{Learned: Learned{ImportFailed: true}, NoRequest: true, Failure: "timeout_stuck", Err: errBroken})
	refusal, ok := w.refused["next"].(*Refusal)
	if !ok || refusal.Kind != SessionLost || w.Stats().Sessions.Lost != 1 || w.Stats().Sessions.Reported != 1 {
		t.Errorf("the request that waited gets %v, %+v; want one loss, which is told", w.refused["next"], w.Stats().Sessions)
	}
	if len(w.killed) != 1 || w.killed[0] != takeover.Worker {
		t.Errorf("%v are killed; want the worker that is stuck", w.killed)
	}
	if again := w.serve(Request{Session: "a", Affinity: Strict}, ran); again.Import != nil || again.Rebound {
		t.Errorf("the next request has %+v; want a new session", again)
	}
}

// TestHandOver_WorkerThatDies says nothing of the state, which another worker is given.
func TestHandOver_WorkerThatDies(t *testing.T) {
	w, takeover := takingOver(t)
	w.exit(takeover.Worker)
	w.release(takeover, Verdict{NoRequest: true, Failure: "lost_unsent", Err: errBroken})
	w.wait(time.Second)
	l := w.acquire(Request{Session: "a", Affinity: Strict})
	if l.Worker == takeover.Worker || l.Import == nil || string(l.Import.Data) != "state of a" {
		t.Errorf("the next request has %+v; want another worker, and the state", l)
	}
}

// TestHandOver_LeaseThatHasEnded gives none.
func TestHandOver_LeaseThatHasEnded(t *testing.T) {
	w := newWorld(t, nil)
	l := w.serve(Request{Session: "a"}, ran)
	if to := w.HandOver(w.now, &l); to.Valid() {
		t.Errorf("HandOver = %+v; want no lease", to)
	}
}

// TestHandOver_IsNoRequestToInterrupt: a worker that has to leave at once ends no request with a takeover.
func TestHandOver_IsNoRequestToInterrupt(t *testing.T) {
	w, takeover := takingOver(t)
	w.deaf = true
	w.Close(w.now)
	w.settle()
	w.exit(takeover.Worker)
	w.release(takeover, Verdict{NoRequest: true, Failure: "lost_unsent", Err: errBroken})
	w.Settled(w.now, takeover.Worker)
	if n := w.Stats().Interrupted; n != 0 {
		t.Errorf("%d requests are interrupted; want none", n)
	}
}

// TestRefused_GatesComeFirst has the last old worker be gone when the new version does not take a state over. The state is lost,
// unless the gates turn the upgrade back for it.
func TestRefused_GatesComeFirst(t *testing.T) {
	for _, tt := range []struct {
		name    string
		stuck   bool
		allowed int // MaxWorkerFailures
		kept    bool
	}{
		{"refused", false, 0, false},
		{"stuck, within what is allowed", true, 1, false},
		{"stuck, and rolled back", true, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, l := refusing(t)
			u := w.Core.upgrade
			u.plan.MaxWorkerFailures = tt.allowed
			w.startAll()
			for _, one := range slices.Clone(w.workers) {
				if one.version.label == "v1" {
					w.exit(one.id)
				}
			}
			if kept := w.Refused(w.now, &l, tt.stuck, errBroken); kept != tt.kept {
				t.Errorf("the state is kept: %v; want %v", kept, tt.kept)
			}
			w.release(l, Verdict{Learned: Learned{ImportFailed: !tt.kept}, NoRequest: true})
			if back := u.state.String() == "rolled_back"; back != tt.kept {
				t.Errorf("the upgrade is %v", u.state)
			}
			if lost := w.Stats().Sessions.Lost; (lost == 0) != tt.kept {
				t.Errorf("%d states are lost", lost)
			}
			if r := &u.report.Sessions; r.Refused != 1 {
				t.Errorf("the report has %+v; want the refusal", r)
			}
		})
	}
}

// TestRefused_ByAWorkerThatIsGone says nothing of the state: the worker was ended in the middle of the import.
func TestRefused_ByAWorkerThatIsGone(t *testing.T) {
	w := newWorld(t, nil)
	w.exit(w.serve(Request{Session: "a"}, saved("state of a")).Worker)
	w.wait(time.Second)
	l := w.acquire(Request{Session: "a", Affinity: Strict})
	w.exit(l.Worker)
	if !w.Refused(w.now, &l, true, errBroken) {
		t.Error("the state is lost; want that another worker gets it")
	}
	w.release(l, Verdict{NoRequest: true})
	if again := w.acquire(Request{Session: "a", Affinity: Strict}); again.Import == nil {
		t.Errorf("the next request has %+v; want the state", again)
	}
}

// TestHandOver_IsNoRequestOfItsVersion: however a takeover ends during an upgrade, it counts for neither version.
func TestHandOver_IsNoRequestOfItsVersion(t *testing.T) {
	for _, v := range []Verdict{
		{NoRequest: true, Learned: Learned{Imported: true}},
		{NoRequest: true, Learned: Learned{ImportFailed: true}, Failure: "timeout_stuck", Err: errBroken},
	} {
		w := newWorld(t, versionOne)
		w.exit(w.serve(Request{Session: "a"}, saved("state of a")).Worker)
		w.wait(time.Second)
		w.hold = true // else the state is tried with the canary first
		l := w.acquire(Request{Session: "a"})
		w.upgrade(nil)
		takeover := w.HandOver(w.now, &l)
		w.settle()
		w.release(takeover, v)
		w.CancelUpgrade(w.now, errBroken)
		w.settle()
		if r := w.finish(CarryDone); l.Import == nil || r.Old.Requests != 0 || r.Old.Failures != 0 || r.New.Requests != 0 {
			t.Errorf("%+v: the versions are %+v and %+v; want no request of either", v, r.Old, r.New)
		}
	}
}
