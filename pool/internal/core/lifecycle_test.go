package core

import (
	"slices"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// TestWorker_ReapedHasNoTimers has a failure ask for a probe of a worker that is removed because of it.
func TestWorker_ReapedHasNoTimers(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.HealthCheckInterval = -1 })
	for range 2 {
		w.release(w.acquire(Request{}), Verdict{Action: recovery.Remove, Err: errBroken})
		if ticks := w.wait(w.Config().DegradedProbeDelay * 2); ticks != 0 {
			t.Errorf("the core was called %d times; want nothing due, since no worker is degraded", ticks)
		}
	}
}

// TestExport_AsksForWhatThePoolDoesNotHave recycles a worker with a state that was kept and one that was not.
func TestExport_AsksForWhatThePoolDoesNotHave(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max = 1, 1 })
	w.exported["b"] = &Snapshot{Data: []byte("b")}
	w.serve(Request{Session: "a"}, saved("a"))
	w.serve(Request{Session: "b"}, ran)
	for id := uint64(1); id <= 2; id++ {
		w.Recycle(w.now, id)
		w.settle()
		if !slices.Equal(w.asked, []string{"b"}) {
			t.Errorf("the workers were asked for %q; want b, once: a is kept, and so is b from then on", w.asked)
		}
	}
	for _, name := range []string{"a", "b"} {
		l := w.acquire(Request{Session: name})
		if l.Import == nil || string(l.Import.Data) != name || l.Rebound {
			t.Errorf("the lease of %s is %+v; want its state handed over", name, l)
		}
		w.release(l, Verdict{Learned: Learned{Imported: true, Ran: true}})
	}
}

// TestExported_OfAnEarlierBinding changes nothing.
func TestExported_OfAnEarlierBinding(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max = 1, 1 })
	l := w.serve(Request{Session: "a"}, ran)
	for _, ref := range []SessionRef{{"a", l.Generation - 1}, {"a", l.Generation + 1}, {"b", l.Generation}} {
		w.Exported(w.now, 1, ref, &Snapshot{Data: []byte("old")})
		w.settle()
	}
	if s := w.Stats().Sessions; s.Snapshots != 0 || s.Lost != 0 {
		t.Errorf("%+v; want no state kept and none lost", s)
	}
	if again := w.acquire(Request{Session: "a"}); again.Generation != l.Generation || again.Import != nil {
		t.Errorf("the lease is %+v; want the session where it was", again)
	}
}

// TestMeasured_OverTheHardLimit kills a worker, whether or not a request has it.
func TestMeasured_OverTheHardLimit(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.HardWorkerRSS = 100 })
	l := w.acquire(Request{})
	for id, rss := range map[uint64]int64{1: 101, 2: 100} {
		w.Measured(w.now, id, rss)
	}
	w.settle()
	other := w.Workers()[0].ID
	w.Measured(w.now, other, 1000)
	w.settle()
	want := []uint64{1, other}
	if got := w.Stats().Left[Reason(recovery.OutOfMemory)]; !slices.Equal(w.killed, want) || got != 2 {
		t.Errorf("workers %d were killed, %d left because of their memory; want %d", w.killed, got, want)
	}
	w.release(l, Verdict{})
}

// TestClose_WorkerThatHasNotAnsweredYet is killed; one that serves is asked to leave.
func TestClose_WorkerThatHasNotAnsweredYet(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max = 1, 1 })
	w.slow = true
	w.Recycle(w.now, 1)
	w.settle()
	w.Close(w.now)
	w.settle()
	if !slices.Equal(w.killed, []uint64{2}) || !w.stopped {
		t.Errorf("workers %d were killed, stopped %v; want the one that starts", w.killed, w.stopped)
	}
}

// TestClose_DoesNotWaitForLeases, and Drain does.
func TestClose_DoesNotWaitForLeases(t *testing.T) {
	for _, drain := range []bool{false, true} {
		w := newWorld(t, nil)
		l := w.acquire(Request{})
		for range 2 {
			if drain {
				w.Drain(w.now)
			} else {
				w.Close(w.now)
			}
			w.settle()
			if w.stopped == drain {
				t.Errorf("drain %v: stopped %v with a lease", drain, w.stopped)
			}
		}
		w.release(l, Verdict{})
		if !w.stopped {
			t.Errorf("drain %v: the pool goes on after the last lease", drain)
		}
	}
}

// TestStopped_ArmsNothing has a caller go on with a lease of a pool that has stopped.
func TestStopped_ArmsNothing(t *testing.T) {
	w := newWorld(t, nil)
	l := w.acquire(Request{Timeout: time.Minute})
	w.Kill(w.now)
	w.settle()
	w.SetTimeout(w.now, &l, time.Second)
	w.BeginRequest(w.now, &l, "owner", time.Second)
	if at, armed := w.Deadline(); !w.stopped || armed {
		t.Errorf("stopped %v, something is due at %v: %v; want nothing of a pool that has stopped", w.stopped, at, armed)
	}
	w.release(l, Verdict{})
}
