package core

import (
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

func TestProbe_EveryIntervalAndOneAtATime(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.HealthCheckInterval = 1, 1, 10*time.Second })
	w.wait(time.Minute)
	if n := len(w.probed); n < 5 || n > 7 { // the interval varies by a tenth
		t.Errorf("%d probes in a minute; want 6, one more or less", n)
	}
	w.mute = true
	before := len(w.probed)
	w.wait(time.Minute)
	if n := len(w.probed) - before; n != 1 {
		t.Errorf("%d probes while the first one is not answered; want 1", n)
	}
	w.mute = false
	w.Probed(w.now, 1, nil)
	w.settle()
	w.wait(time.Minute)
	if n := len(w.probed) - before; n < 6 {
		t.Errorf("%d probes; want more of them after the answer", n)
	}
}

func TestProbe_FailuresDegradeAndThenRemove(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.MaxHealthFailures = 1, 1, 3 })
	w.sick = errBroken
	for failures := 1; failures <= 2; failures++ {
		for n := len(w.probed); len(w.probed) == n; {
			w.wait(time.Second)
		}
		got := w.Workers()[0]
		if got.State != workerfsm.StateDegraded || got.Data.Failures != failures || got.Data.Health != unhealthy {
			t.Fatalf("after %d probes that failed the worker is %v with %+v; want it degraded", failures, got.State, got.Data)
		}
	}
	w.wait(time.Minute)
	if got := w.Workers()[0]; got.ID == 1 || w.Stats().Left[ReasonHealth] == 0 {
		t.Errorf("the worker is %d, left: %v; want another one after three failures in a row", got.ID, w.Stats().Left)
	}
}

// TestProbe_OneThatSucceedsBringsADegradedWorkerBack also has the failures in a row begin anew.
func TestProbe_OneThatSucceedsBringsADegradedWorkerBack(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max = 1, 1 })
	for range 2 {
		l := w.acquire(Request{})
		w.release(l, Verdict{Action: "degrade", Err: errBroken})
		if got := w.Workers()[0]; got.State != workerfsm.StateDegraded || got.Data.Failures != 1 {
			t.Fatalf("the worker is %v with %+v; want it degraded by one failure", got.State, got.Data)
		}
		w.wait(w.Config().DegradedProbeDelay * 2)
		if got := w.Workers()[0]; got.State != workerfsm.StateReady || got.Data.Failures != 0 {
			t.Fatalf("the worker is %v with %+v; want it ready", got.State, got.Data)
		}
	}
}

// TestProbe_SuspectedWorker has a request that the worker did not begin in time, while a probe is not answered.
func TestProbe_SuspectedWorker(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.Slots = 1, 1, 2 })
	first, second := w.acquire(Request{}), w.acquire(Request{})
	w.mute = true
	for _, l := range []Lease{first, second} {
		w.release(l, Verdict{Failure: "timeout_kept", Action: "keep", Err: errBroken, Suspect: true})
		w.wait(time.Millisecond)
		if n := len(w.probed); n != 1 {
			t.Errorf("%d probes; want one, at once, until it is answered", n)
		}
	}
	if got := w.Workers()[0].State; got != workerfsm.StateDegraded {
		t.Errorf("the worker is %v; want it degraded", got)
	}
	w.Probed(w.now, 1, nil)
	w.settle()
	if got := w.Workers()[0].State; got != workerfsm.StateReady {
		t.Errorf("the worker is %v after its answer; want it ready", got)
	}
}

// TestReconfigure_PlansProbesAnew has a worker that became degraded while no worker was probed.
func TestReconfigure_PlansProbesAnew(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.DisableHealthMonitoring = 1, 1, true })
	w.release(w.acquire(Request{}), Verdict{Action: "degrade", Err: errBroken})
	w.wait(time.Hour)
	if len(w.probed) != 0 {
		t.Fatalf("%d probes; want none", len(w.probed))
	}
	config := w.Config()
	config.DisableHealthMonitoring, config.HealthCheckInterval = false, -1
	w.Reconfigure(w.now, config)
	w.settle()
	w.wait(config.DegradedProbeDelay)
	if got := w.Workers()[0].State; len(w.probed) != 1 || got != workerfsm.StateReady {
		t.Errorf("%d probes, the worker is %v; want one that brings it back", len(w.probed), got)
	}
	w.wait(time.Hour)
	if len(w.probed) > 2 { // the next one was planned before the worker had answered
		t.Errorf("%d probes; want none of a worker that is well", len(w.probed))
	}
}

// TestStart_FailuresMakePauses has starts that fail at once.
func TestStart_FailuresMakePauses(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Min, c.Max, c.BreakerThreshold = 1, 1, 100 })
	w.serve(Request{}, Learned{}) // a worker that no request has used would count as a failed start
	w.broken = true
	before := w.spawned
	w.exit(1)
	if n := w.spawned - before; n != 1 {
		t.Fatalf("%d starts at once; want 1", n)
	}
	w.wait(70 * time.Millisecond) // the first pause is 100 ms, a quarter more or less
	if n := w.spawned - before; n != 1 {
		t.Errorf("%d starts within 70 ms; want a pause after the first", n)
	}
	w.wait(60 * time.Millisecond)
	if n := w.spawned - before; n != 2 {
		t.Errorf("%d starts within 130 ms; want a second one", n)
	}
	w.wait(time.Minute)
	if n := w.spawned - before; n < 6 || n > 16 {
		t.Errorf("%d starts in a minute; want pauses that double up to 10 s", n)
	}
}
