package core

import (
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// The words for workerfsm that other files use.
const (
	readyState      = workerfsm.StateReady
	terminatedState = workerfsm.StateTerminated
)

// probe asks a worker how it is. One that serves as many requests as it can is judged by them.
func (c *Core) probe(w *worker) {
	if state := w.machine.State(); w.probing || (state != workerfsm.StateReady && state != workerfsm.StateDegraded) {
		c.planProbe(w)
		return
	}
	w.probing = true
	c.emit(Effect{Kind: Probe, Worker: w.id})
}

// Probed says how the worker has answered the probe: err is nil if it is well.
//
// A probe that has failed makes the machine count one more failure in a row, which degrades the worker, and removes it at
// the limit. The answer to a probe of a worker that has begun to leave meanwhile is of no interest.
func (c *Core) Probed(now Time, id uint64, err error) {
	c.worker(now, id, func(w *worker) {
		w.probing = false
		if err == nil {
			_ = w.machine.HealthOK() // a worker that is busy or leaves ignores both
			c.planProbe(w)
		} else {
			c.planProbe(w) // which the machine may put forward
			_ = w.machine.HealthFailed(&Cause{Reason: ReasonHealth, Err: err})
		}
	})
}

// planProbe arms the next probe of a worker: after the interval, a tenth more or less, or soon where the worker is
// degraded, since only a probe brings it back.
func (c *Core) planProbe(w *worker) {
	config := &c.config
	switch {
	case config.DisableHealthMonitoring || !w.available():
		c.disarm(&w.probeTimer)
	case w.machine.State() == workerfsm.StateDegraded:
		c.arm(&w.probeTimer, after(c.now, config.DegradedProbeDelay))
	case config.HealthCheckInterval <= 0:
		c.disarm(&w.probeTimer)
	default:
		spread := (c.random.Float64() - 0.5) / 5
		c.arm(&w.probeTimer, after(c.now, config.HealthCheckInterval+time.Duration(spread*float64(config.HealthCheckInterval))))
	}
}

// FailureLimit asks the recovery table.
func (h workerHooks) FailureLimit(x *workerfsm.View) bool {
	d := x.Data()
	action := h.w.core.config.Recovery.Decide(recovery.HealthFailed, recovery.Snapshot{
		Failures: d.Failures + 1, MaxFailures: x.Params().MaxHealthFailures,
	}).Worker
	return action == recovery.Remove || action == recovery.Replace
}

// LastChance is FailureLimit for a worker that has a lease.
func (h workerHooks) LastChance(x *workerfsm.View) bool { return h.Leased(x) && h.FailureLimit(x) }

// MarkHealthy forgets the failures in a row.
func (h workerHooks) MarkHealthy(x *workerfsm.Ctx) {
	x.Data().Health = healthy
	x.Data().Failures = 0
}

// CountFailure also has the worker probed sooner than planned, and later with every failure in a row.
func (h workerHooks) CountFailure(x *workerfsm.Ctx, _ error) {
	x.Data().Health = unhealthy
	x.Data().Failures++
	x.Data().Errors++
	h.w.core.probeSoon(h.w, x.Data().Failures)
}

// probeSoon arms the probe of a degraded worker. The pause is DegradedProbeDelay, and grows with the failures in a row as
// the rule of the table for failed probes does.
func (c *Core) probeSoon(w *worker, failures int) {
	if c.config.DisableHealthMonitoring {
		return
	}
	delay := c.config.DegradedProbeDelay
	d := c.decide(recovery.HealthFailed, recovery.Snapshot{Failures: failures})
	if d.Delay > 0 && d.Rule.Delay > 0 {
		delay = time.Duration(float64(delay) * float64(d.Delay) / float64(d.Rule.Delay))
	}
	c.arm(&w.probeTimer, after(c.now, delay))
}
