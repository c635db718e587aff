package pool

import (
	"context"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// workerHooks carries out what the machine of a worker decides. None of it blocks: what waits does so on a goroutine of
// the pool.
type workerHooks struct{ w *worker }

// The words of [workerfsm.Data.Health]; the third, unknown, is the default of the spec.
const (
	healthUnknown = "unknown"
	healthy       = "healthy"
	unhealthy     = "unhealthy"
)

func (h workerHooks) Spawn(*workerfsm.Ctx) { h.w.pool.wg.Go(h.w.run) }

// Shutdown asks politely only who has ever answered.
func (h workerHooks) Shutdown(x *workerfsm.Ctx) {
	i := h.w.condemn()
	switch {
	case i == nil:
	case x.Data().Health == healthUnknown:
		i.kill()
	default:
		limit := x.Params().KillTimeout
		h.w.pool.wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			if err := i.shutdown(ctx, "the pool has no more use for this worker"); err != nil {
				h.w.pool.config.Logger.Debug("the worker did not say goodbye", "worker", h.w.id, "err", err)
			}
		})
	}
}

func (h workerHooks) Terminate(*workerfsm.Ctx) {
	if i := h.w.current(); i != nil {
		i.terminate()
	}
}

func (h workerHooks) Kill(*workerfsm.Ctx) { h.w.kill() }

func (h workerHooks) FailureLimit(x *workerfsm.View) bool {
	return x.Data().Failures+1 >= x.Params().MaxHealthFailures
}

func (h workerHooks) MarkHealthy(x *workerfsm.Ctx) {
	x.Data().Health = healthy
	x.Data().Failures = 0
}

func (h workerHooks) CountFailure(x *workerfsm.Ctx, _ error) {
	x.Data().Health = unhealthy
	x.Data().Failures++
	signal(h.w.hurry)
}

func (h workerHooks) BindSession(x *workerfsm.Ctx, _ string) { x.Data().Uses++ }

func (h workerHooks) Grant(x *workerfsm.View) workerfsm.Grant {
	return workerfsm.Grant{Worker: h.w.id, Generation: x.Data().Uses}
}

func (h workerHooks) DropSessions(*workerfsm.Ctx) {
	h.w.pool.counters.sessionsLost.Add(uint64(h.w.pool.index.remove(h.w)))
}

func (h workerHooks) Offer(*workerfsm.Ctx)    { h.w.pool.index.offer(h.w) }
func (h workerHooks) Withdraw(*workerfsm.Ctx) { h.w.pool.index.withdraw(h.w) }

func (h workerHooks) ReportReady(*workerfsm.Ctx) {
	h.w.pool.report(poolfsm.WorkerReadyEvent{Worker: h.w.id})
}

func (h workerHooks) ReportRemoval(*workerfsm.Ctx) {
	h.w.pool.report(poolfsm.WorkerRemovedEvent{Worker: h.w.id})
}

func (h workerHooks) ReportStartFailure(_ *workerfsm.Ctx, reason error) {
	h.reportStart(reason)
}

func (h workerHooks) ReportStartTimeout(x *workerfsm.Ctx) {
	h.reportStart(&TimeoutError{What: "StartupTimeout", After: x.Params().StartupTimeout})
}

func (h workerHooks) reportStart(reason error) {
	err := &StartError{Pool: h.w.pool.config.Name, Worker: h.w.id, Err: reason, Output: h.w.output()}
	h.w.pool.report(poolfsm.StartFailedEvent{Worker: h.w.id, Reason: err})
}

// Terminated kills the process if the machine was ended by a crash; otherwise it is gone already.
func (h workerHooks) Terminated(_ *workerfsm.Ctx, reason error) {
	if reason != nil {
		h.w.pool.config.Logger.Error("the machine of a worker crashed", "worker", h.w.id, "err", reason)
		h.w.kill()
	}
}

// signal puts a token into c unless it holds one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
