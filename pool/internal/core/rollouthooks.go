package core

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/generated/rolloutfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// rolloutHooks are what the machine of a rollout decides. Which workers are started and replaced follows from its state: see
// manageUpgrade.
type rolloutHooks struct{ u *upgrade }

func (h rolloutHooks) EnoughRequests(*rolloutfsm.View) bool {
	return h.u.served >= uint64(max(0, h.u.plan.MinRequests))
}

// CanaryServes does not hold for a canary that is degraded, or is being replaced.
func (h rolloutHooks) CanaryServes(*rolloutfsm.View) bool { return h.u.canaryServes() }

func (u *upgrade) canaryServes() bool {
	return u.core.hasWorker(func(w *worker) bool {
		state := w.machine.State()
		return w.version == u.to && !w.leaving && (state == workerfsm.StateReady || state == workerfsm.StateBusy)
	})
}

// TooManyFailures also holds for a failure that every further start would have.
func (h rolloutHooks) TooManyFailures(_ *rolloutfsm.View, reason error) bool {
	_, gate := errors.AsType[*GateError](reason)
	return gate || failsAlways(reason)
}

// BeginPhase also runs while the machine is made.
func (h rolloutHooks) BeginPhase(x *rolloutfsm.Ctx) { h.u.enterPhase(x.State(), x.Data().Reason) }

func (h rolloutHooks) Conclude(x *rolloutfsm.Ctx) { h.u.conclude(x.State(), x.Data().Reason) }

func (h rolloutHooks) NoteReason(x *rolloutfsm.Ctx, reason error) { x.Data().Reason = reason }

func (h rolloutHooks) Terminated(*rolloutfsm.Ctx, error) {}

// inCanary reports whether there is one worker of the new version, beside the old ones.
func (u *upgrade) inCanary() bool { return u.state.In(rolloutfsm.StateCanary) }

// rollingBack reports whether workers of the old version take over again.
func (u *upgrade) rollingBack() bool { return u.state == rolloutfsm.StateRollingBack }

// leaves is the version that the workers are not of in the end, as it looks now: the other one than stays.
func (u *upgrade) leaves() *version {
	if u.stays() == u.from {
		return u.to
	}
	return u.from
}

// isNew reports whether the worker is of the new version of an upgrade.
func (c *Core) isNew(w *worker) bool { return c.upgrade != nil && w.version == c.upgrade.to }

// ready notes a worker that serves now.
func (u *upgrade) ready(w *worker) {
	if w.version == u.from {
		u.oldReady++
		return
	}
	u.newReady++
	u.core.post(message{kind: newReady, worker: w})
}

// workerLost notes a worker that has served, went away and was not asked to.
func (u *upgrade) workerLost(w *worker) {
	if w.version == u.from {
		u.oldLost++
		return
	}
	u.newLost++
	u.core.post(message{kind: newFailed, worker: w}) // its machine is in a step, and has not noted why yet
}

// startFailed notes a worker of the new version that has never served.
func (u *upgrade) startFailed(w *worker, reason error) {
	u.unready++
	u.core.lastFailure = reason
	u.core.post(message{kind: newFailed, worker: w, err: reason})
}

// failsAlways reports whether every further start would fail for that reason. One that took too long says nothing of the next.
func failsAlways(reason error) bool {
	cause, ok := reason.(*Cause)
	if !ok || !cause.Permanent {
		return false
	}
	late, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](cause.Err)
	return !ok || !late.Timeout()
}

// failedWorkers returns a *GateError if more workers of the new version have failed than may, and the reason otherwise.
func (u *upgrade) failedWorkers(reason error) error {
	if failsAlways(reason) {
		return reason
	}
	if u.newLost+u.unready <= u.plan.MaxWorkerFailures+u.oldLost {
		return reason
	}
	return &GateError{
		Gate: "workers", Old: fmt.Sprintf("%d lost", u.oldLost),
		New: fmt.Sprintf("%d not started, %d lost", u.unready, u.newLost), Allowed: fmt.Sprintf("%d more", u.plan.MaxWorkerFailures), Err: reason,
	}
}

// cause is why the worker leaves, nil where that is unknown.
func (w *worker) cause() error {
	if w.reason == nil {
		return nil
	}
	return w.reason
}

// note counts a request that has ended, unless it has not reached its worker. The duration is 0 where it says nothing.
func (u *upgrade) note(w *worker, v *Verdict, took time.Duration) {
	if v.Failure == recovery.NoWorker {
		return
	}
	isNew := w.version == u.to
	n := &u.old
	if isNew {
		n = &u.new
	}
	if v.Failure != "" && v.Cancelled {
		n.cancel(took)
	} else {
		n.serve(v.Failure != "", took)
		if isNew {
			u.served++
		}
		if isNew && v.Failure != "" {
			u.lastError = v.Err
		}
	}
	if isNew {
		u.judge()
	}
}

// judge turns the rollout back if the new version is worse than is allowed.
func (u *upgrade) judge() {
	if err := u.plan.judge(&u.old, &u.new, &u.newTotal); err != nil {
		if gate := err.(*GateError); gate.Gate == "error rate" {
			gate.Err = u.lastError
		}
		_ = u.machine.GateFailed(err) // one that is rolled back ignores it
	}
	_ = u.machine.RequestServed() // like it
	u.core.refreshUpgrade()
}

// awaitsImports reports whether the bake is over, while workers are being given states of the old version for requests: what
// becomes of them belongs into the report, and counts for the gate. It holds for twice ExportTimeout at most.
func (u *upgrade) awaitsImports() bool {
	if u.state != rolloutfsm.StateBaking {
		return false
	}
	c, over := u.core, after(u.report.Phases[len(u.report.Phases)-1].began, u.plan.Bake)
	if c.now < over || c.now >= after(over, 2*c.config.ExportTimeout) {
		return false
	}
	return c.hasWorker(func(w *worker) bool {
		return slices.ContainsFunc(w.leases, func(rec leaseRecord) bool {
			return rec.session != nil && rec.session.where == kept && u.writer(rec.session) == u.from
		})
	})
}
