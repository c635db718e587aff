package pool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/affinity"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
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
			if err := i.Shutdown(ctx, "the pool has no more use for this worker"); err != nil {
				h.w.pool.conf().Logger.Debug("the worker did not say goodbye", "worker", h.w.id, "err", err)
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

func (h workerHooks) NoteReason(_ *workerfsm.Ctx, reason error) { h.w.note(reason) }

// FailureLimit is the recovery table's word.
func (h workerHooks) FailureLimit(x *workerfsm.View) bool {
	return ends(h.w.pool.conf().Recovery.Decide(recovery.HealthFailed, recovery.Snapshot{
		Failures: x.Data().Failures + 1, MaxFailures: x.Params().MaxHealthFailures,
	}).Worker)
}

func (h workerHooks) MarkHealthy(x *workerfsm.Ctx) {
	x.Data().Health = healthy
	x.Data().Failures = 0
}

func (h workerHooks) CountFailure(x *workerfsm.Ctx, _ error) {
	x.Data().Health = unhealthy
	x.Data().Failures++
	x.Data().Errors++
	h.w.hurryUp(x.Data().Failures)
}

func (h workerHooks) LastChance(x *workerfsm.View) bool { return h.Leased(x) && h.FailureLimit(x) }
func (h workerHooks) Leased(x *workerfsm.View) bool     { return x.Data().Leases > 0 }

func (h workerHooks) LastSlot(x *workerfsm.View) bool  { return x.Data().Leases+1 >= x.Params().Slots }
func (h workerHooks) LastLease(x *workerfsm.View) bool { return x.Data().Leases <= 1 }
func (h workerHooks) NoLease(x *workerfsm.View) bool   { return x.Data().Leases == 0 }

func (h workerHooks) BindSession(x *workerfsm.Ctx, _ string) {
	x.Data().Uses++
	x.Data().Leases++
	h.w.pool.unused.Store(0)
}

func (h workerHooks) Release(x *workerfsm.Ctx) { x.Data().Leases-- }

func (h workerHooks) Revoke(x *workerfsm.Ctx) { x.Data().Leases = 0 }

func (h workerHooks) Grant(x *workerfsm.View) workerfsm.Grant {
	return workerfsm.Grant{Worker: h.w.id, Generation: x.Data().Uses}
}

// ExportSessions asks for the state of every session whose state is not kept already.
func (h workerHooks) ExportSessions(x *workerfsm.Ctx) {
	limit := x.Params().ExportTimeout
	h.w.pool.wg.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		h.w.exportSessions(ctx)
		_ = h.w.fsm.CastExported() // it fails when the worker is gone, with what it had
	})
}

// exportSessions keeps what the worker can write down. What it cannot is lost, and whoever comes next is told.
func (w *worker) exportSessions(ctx context.Context) {
	i, sessions, moved := w.current(), &w.pool.index.sessions, 0
	for session, generation := range sessions.Unsaved(w.home) {
		if ctx.Err() != nil || !i.Can(wire.CanSession) {
			break
		}
		state, err := i.Export(ctx, wire.Session{ID: session, Generation: generation}, false)
		if err == nil {
			err = w.handOver(session, generation, state)
		}
		if err != nil {
			w.pool.conf().Logger.Warn("a session cannot be handed over", "worker", w.id, "session", session, "err", err)
			continue
		}
		moved++
	}
	if moved > 0 {
		w.pool.observe(Event{Kind: SessionsMoved, Worker: w.id, Count: moved})
	}
}

// handOver keeps the state of a session, unless that has moved on by itself.
func (w *worker) handOver(session string, generation uint64, state wire.Snapshot) (err error) {
	index := &w.pool.index
	index.confirm(session, affinity.Binding{Generation: generation}, func() {
		err = index.sessions.Keep(session, generation, affinity.Snapshot{ContentType: state.ContentType, Data: state.Payload})
	})
	return err
}

func (h workerHooks) DropSessions(*workerfsm.Ctx) {
	if lost := h.w.pool.index.remove(h.w); lost > 0 {
		h.w.pool.observe(Event{Kind: SessionsLost, Worker: h.w.id, Count: lost})
	}
}

func (h workerHooks) Offer(*workerfsm.Ctx)    { h.w.pool.index.offer(h.w) }
func (h workerHooks) Withdraw(*workerfsm.Ctx) { h.w.pool.index.withdraw(h.w) }

func (h workerHooks) ReportReady(*workerfsm.Ctx) {
	h.w.pool.observe(Event{Kind: WorkerReady, Worker: h.w.id, Duration: time.Since(h.w.born)})
	h.w.pool.report(poolfsm.WorkerReadyEvent{Worker: h.w.id})
}

// ReportRemoval also counts a worker that came to nothing: starting the next at once would do so for ever.
func (h workerHooks) ReportRemoval(x *workerfsm.Ctx) {
	if x.Data().Uses == 0 && time.Since(h.w.born) < youth {
		h.w.pool.unused.Add(1)
	}
	h.w.pool.report(poolfsm.WorkerRemovedEvent{Worker: h.w.id})
}

func (h workerHooks) ReportStartFailure(_ *workerfsm.Ctx, reason error) {
	h.reportStart(reason)
}

func (h workerHooks) ReportStartTimeout(x *workerfsm.Ctx) {
	late := &TimeoutError{What: "StartupTimeout", After: x.Params().StartupTimeout}
	h.w.note(late)
	h.reportStart(late)
}

func (h workerHooks) reportStart(reason error) {
	if exit, ok := errors.AsType[*ExitError](reason); ok && exit.How == "exit status 0" {
		reason = fmt.Errorf("%w, before it said that it is ready: a worker in Python calls worker.run()", reason)
	}
	err := &StartError{Pool: h.w.pool.name, Worker: h.w.id, Err: reason, Output: h.w.output()}
	h.w.pool.observe(Event{Kind: WorkerFailed, Worker: h.w.id, Err: err})
	h.w.pool.report(poolfsm.StartFailedEvent{Worker: h.w.id, Reason: err})
}

// Terminated does what the machine owes if a crash has ended it; otherwise that is done, and the process is gone.
func (h workerHooks) Terminated(x *workerfsm.Ctx, reason error) {
	if reason == nil {
		return
	}
	h.w.note(reason)
	h.w.kill()
	state := x.State()
	if state == workerfsm.StateInitializing {
		h.reportStart(reason)
	}
	if state.In(workerfsm.StateServing) {
		h.DropSessions(x)
	}
	if state.In(workerfsm.StateAvailable) {
		h.ReportRemoval(x)
	}
	h.w.pool.conf().Logger.Error("the machine of a worker crashed", "worker", h.w.id, "err", reason)
}

// signal puts a token into c unless it holds one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
