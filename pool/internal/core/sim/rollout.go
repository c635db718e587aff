package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Rollout plays an upgrade of a pool under load to a version that has one fault, with nothing else going wrong. The error
// says what should not have happened: a request that failed and not because of the fault, a state that was lost, a sound
// version that was rolled back, or a bad one that was not.
func Rollout(seed uint64) (what string, err error) {
	w := newWorld(newSource(seed), false)
	f := fault(seed % uint64(faults))
	return f.String(), w.rollout(f)
}

// rolloutConfig is a pool in which nothing else happens than the upgrade.
func (w *world) rolloutConfig() core.Config {
	s := w.source
	return core.Config{
		Name: "sim", Version: "v0", Min: 2 + s.below(4), Max: 6, Slots: pick(s, 1, 4),
		StartTimeout: time.Minute, StartupTimeout: 10 * time.Second, StartAttempts: 3, ParallelStarts: 2,
		QueueTimeout: 5 * time.Second, MaxQueue: 1000, MaxAttempts: 3, SpillAfter: 100 * time.Millisecond,
		SessionTimeout: time.Hour, SessionCleanup: time.Minute, MaxSessions: 10000, MaxSnapshot: 1 << 20, MaxSnapshots: 1 << 30,
		HealthCheckInterval: 30 * time.Second, DegradedProbeDelay: 5 * time.Second, MaxHealthFailures: 3,
		Recovery: recovery.Default(), BreakerThreshold: 5, BreakerCoolDown: 30 * time.Second, MaxUnavailable: 1,
		GrowAfter: 100 * time.Millisecond, GrowCooldown: time.Second, ShrinkAfter: time.Hour, ShrinkCooldown: time.Hour,
		ExportTimeout: 5 * time.Second, ShutdownTimeout: 30 * time.Second, ShutdownGrace: time.Second,
		Events: true, Seed: uint64(s.below(1 << 16)),
	}
}

const rolloutSessions = 40

func (w *world) rollout(f fault) error {
	w.calm, w.steady, w.kept = true, true, true
	w.config = w.rolloutConfig()
	w.core = core.New(w.config, 0)
	w.settle()
	w.play(time.Second)
	w.askSleepers()
	for _, id := range w.ids() { // so that only the pool has their states
		w.core.Recycle(w.now, id)
	}
	w.play(time.Minute)
	for n := range rolloutSessions { // before there is a new version
		w.client(n)
	}
	w.play(2 * time.Second)
	w.beginUpgrade("v1", f, core.Rollout{
		Share: 0.2, Bake: 10 * time.Second, MinRequests: 20, MaxUnavailable: 1, MaxWorkerFailures: 2, MaxErrorRate: 0.01, MaxLatency: 2,
	})
	for len(w.outcomes) == 0 && w.now < 10*time.Minute && w.failure == nil {
		w.play(time.Second)
	}
	w.askSleepers()
	w.over = true
	w.play(10 * time.Second)
	if w.failure != nil {
		return w.failure
	}
	return w.checkRollout(f)
}

// sleepers are sessions that no client asks for while the upgrade is under way.
const sleepers = 12

func (w *world) askSleepers() {
	for n := range sleepers {
		w.number++
		c := &call{number: w.number, since: w.now}
		c.request = core.Request{Owner: c, Session: "sleeper" + strconv.Itoa(n), Affinity: core.Strict, Timeout: 10 * time.Second}
		w.account(c.request.Session).touched = w.now
		w.acquire(c)
	}
	w.play(time.Second)
}

// client asks again and again for the session of that number.
func (w *world) client(n int) {
	if w.over {
		return
	}
	w.number++
	c := &call{number: w.number, since: w.now}
	c.request = core.Request{Owner: c, Session: "s" + strconv.Itoa(n), Timeout: 10 * time.Second}
	if n%4 == 0 { // work without a session
		c.request.Session = ""
	} else {
		w.account(c.request.Session).touched = w.now
	}
	c.then = func() { w.in(50*time.Millisecond, func() { w.client(n) }) }
	w.acquire(c)
}

// play lets the time pass.
func (w *world) play(d time.Duration) {
	w.in(d, func() {})
	for end := w.now + d; w.now < end && w.failure == nil; {
		w.advance()
		w.settle()
	}
}

func (w *world) checkRollout(f fault) error {
	if len(w.outcomes) != 1 {
		return fmt.Errorf("the upgrade has not ended in 10 minutes: %+v", w.core.Stats())
	}
	r := w.outcomes[0]
	want := "rolled_back"
	if f == sound {
		want = "done"
	}
	switch {
	case r.Outcome != want:
		return fmt.Errorf("the upgrade has ended %s because of %v; want %s: %+v", r.Outcome, r.Why, want, r)
	case f == diesInBake && slices.ContainsFunc(r.Phases, func(p core.PhaseReport) bool { return p.Name == "ramping" }):
		return fmt.Errorf("old workers were replaced while every canary dies: %+v", r.Phases)
	case r.Sessions.Lost > 0:
		return fmt.Errorf("%d states were lost: %v", r.Sessions.Lost, r.Sessions.LostNames)
	case len(w.unexpected) > 0:
		return fmt.Errorf("%d requests failed, the first one: %v", len(w.unexpected), w.unexpected[0])
	case f == sound && (r.Sessions.Verified < sleepers || r.Sessions.Unverified > 0):
		return fmt.Errorf("%d of %d states that only the pool had were tried: %+v", r.Sessions.Verified, sleepers, r)
	case f == sound && r.Sessions.Carried == 0:
		return fmt.Errorf("no state was carried over: %+v", r)
	}
	return nil
}
