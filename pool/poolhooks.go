package pool

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/generated/breakerfsm"
	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// poolHooks carries out what the machine of the pool decides.
type poolHooks struct{ p *Pool }

func (h poolHooks) EnoughReady(x *poolfsm.View) bool {
	return x.Data().Ready+1 >= h.p.conf().Size.Min
}

func (h poolHooks) BelowMinimum(x *poolfsm.View) bool {
	return x.Data().Ready-1 < h.p.conf().Size.Min
}

func (h poolHooks) Sufficient(x *poolfsm.View) bool   { return x.Data().Ready >= h.p.conf().Size.Min }
func (h poolHooks) Insufficient(x *poolfsm.View) bool { return !h.Sufficient(x) }

func (h poolHooks) AnyReady(x *poolfsm.View) bool   { return x.Data().Ready > 0 }
func (h poolHooks) LastWorker(x *poolfsm.View) bool { return x.Data().Alive == 1 }
func (h poolHooks) NoWorker(x *poolfsm.View) bool   { return x.Data().Alive == 0 }

func (h poolHooks) GiveUp(x *poolfsm.View, reason error) bool {
	if x.Data().Ready > 0 {
		return false
	}
	return isPermanent(reason) || x.Data().Failures+1 >= h.p.conf().StartAttempts
}

func (h poolHooks) AddWorker(x *poolfsm.Ctx) { x.Data().Alive++ }
func (h poolHooks) CountGone(x *poolfsm.Ctx) { x.Data().Alive-- }

func (h poolHooks) CountReady(x *poolfsm.Ctx) {
	x.Data().Ready++
	x.Data().Failures = 0
	h.p.counters.started.Add(1)
	_ = h.p.breaker.Post(breakerfsm.SuccessEvent{}) // it fails only when the pool has stopped
	signal(h.p.wake)
}

func (h poolHooks) CountRemoved(x *poolfsm.Ctx) {
	x.Data().Ready--
	h.p.counters.removed.Add(1)
}

func (h poolHooks) CountStartFailure(x *poolfsm.Ctx, worker uint64, reason error) {
	x.Data().Failures++
	h.fail(reason)
	_ = h.p.breaker.Post(breakerfsm.FailureEvent{Reason: reason}) // like CountReady
	h.p.conf().Logger.Error("a worker did not start", "pool", h.p.name, "worker", worker, "err", reason)
}

func (h poolHooks) Replace(*poolfsm.Ctx) { signal(h.p.wake) }

func (h poolHooks) Announce(*poolfsm.Ctx) { h.p.announce(nil) }

func (h poolHooks) NoteStartTimeout(x *poolfsm.Ctx) {
	err := &StartError{
		Pool: h.p.name, Err: &TimeoutError{What: "StartTimeout", After: x.Params().StartTimeout},
	}
	if workers := h.p.all(); len(workers) > 0 {
		err.Worker, err.Output = workers[0].id, workers[0].output()
	}
	h.fail(err)
}

// fail remembers why the first worker that did not start did not.
func (h poolHooks) fail(reason error) {
	start, _ := errors.AsType[*StartError](reason)
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	h.p.failure = cmp.Or(h.p.failure, start)
	h.p.latest = reason
}

// lastFailure is why the last worker that did not start did not.
func (p *Pool) lastFailure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest
}

func (h poolHooks) AbandonStart(x *poolfsm.Ctx) {
	h.p.mu.Lock()
	failure := h.p.failure
	h.p.mu.Unlock()
	if failure != nil {
		h.p.announce(failure)
		return
	}
	h.p.announce(h.p.closedIn(x.State()))
}

func (h poolHooks) RefuseRequests(x *poolfsm.Ctx) { h.p.index.close(h.p.closedIn(x.State())) }

func (h poolHooks) DrainWorkers(*poolfsm.Ctx) {
	for _, w := range h.p.all() {
		_ = w.fsm.Post(workerfsm.DrainEvent{Reason: &LeaveError{Reason: ReasonClosed}}) // fails for a worker that is gone already
	}
}

func (h poolHooks) StopWorkers(*poolfsm.Ctx) {
	for _, w := range h.p.all() {
		_ = w.fsm.Post(workerfsm.StopEvent{Reason: &LeaveError{Reason: ReasonClosed}}) // like DrainWorkers
	}
}

func (h poolHooks) CanUpgrade(*poolfsm.View) bool { return false }

// BeginUpgrade is never reached while CanUpgrade refuses.
func (h poolHooks) BeginUpgrade(*poolfsm.Ctx) {}

// Terminated makes sure that a pool whose machine crashed leaves nobody waiting and nothing behind.
func (h poolHooks) Terminated(_ *poolfsm.Ctx, reason error) {
	if reason == nil {
		return
	}
	err := fmt.Errorf("%w: %w", h.p.closedIn(poolfsm.StateStopped), reason)
	h.p.index.close(err)
	h.p.announce(err)
	for _, w := range h.p.all() {
		w.kill()
	}
	h.p.conf().Logger.Error("the machine of the pool crashed", "pool", h.p.name, "err", reason)
}
