package core

import (
	"fmt"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// TimeoutError reports that something took longer than the configuration allows.
type TimeoutError struct {
	What  string // the field of the configuration
	After time.Duration
}

func (e *TimeoutError) Error() string { return fmt.Sprintf("%s of %v is over", e.What, e.After) }

// Timeout is true, as errors of package net have it.
func (e *TimeoutError) Timeout() bool { return true }

// ExitReason is the Reason of a worker that was ready when its process has ended by itself. One that was not is a start that has
// failed.
const ExitReason = Reason(recovery.Exited)

// Started says that the worker has shaken hands and given its first healthy answer.
func (c *Core) Started(now Time, id uint64) {
	c.worker(now, id, func(w *worker) { _ = w.machine.Started() }) // a worker that leaves already ignores it
}

// StartFailed says that the worker could not be started, or does not serve. Exited follows.
func (c *Core) StartFailed(now Time, id uint64, err error, permanent bool) {
	c.worker(now, id, func(w *worker) {
		_ = w.machine.StartFailed(&Cause{Reason: Reason(recovery.StartFailed), Err: err, Permanent: permanent}) // like Started
	})
}

// Exited says that the process of the worker is gone and reaped. The id means nothing afterwards.
func (c *Core) Exited(now Time, id uint64, err error) {
	c.worker(now, id, func(w *worker) {
		cause := &Cause{Reason: ExitReason, Err: err}
		if w.machine.State() == workerfsm.StateInitializing {
			cause.Reason = Reason(recovery.StartFailed)
		}
		_ = w.machine.Exited(cause)
		if r := w.reason; r != nil && (r.Reason == Reason(recovery.LostUnsent) || r.Reason == Reason(recovery.LostInFlight)) {
			w.reason = cause // the end of the process is why the request was lost
		}
		c.remove(w)
	})
}

// worker runs a step of a worker, if there is one with that id.
//
// Reports about a worker that is not there any more come late, such as the answer to a probe that has crossed the exit.
// They are dropped.
func (c *Core) worker(now Time, id uint64, step func(w *worker)) {
	c.begin(now)
	if w := c.find(id); w != nil {
		step(w)
		c.stepped(w)
		c.changed = true
	}
	c.end()
}

// remove forgets a worker that is reaped.
func (c *Core) remove(w *worker) {
	c.workers = slices.DeleteFunc(c.workers, func(o *worker) bool { return o == w })
	for _, t := range []*timer{&w.machineTimer, &w.probeTimer, &w.ageTimer} {
		c.disarm(t)
	}
	c.deliver() // the pool learns that the worker serves no more before it learns that it is gone
	reason := ReasonHealth
	var err error
	if w.reason != nil {
		reason, err = w.reason.Reason, error(w.reason)
	}
	c.counters.left(reason)
	if w.hasLate() {
		c.unsettled = append(c.unsettled, w)
	}
	if w.history != nil {
		if c.counters.transitions == nil {
			c.counters.transitions = make(map[string]uint64)
		}
		c.counters.transitions[w.version.label] += w.history.Total()
	}
	c.report(Event{Kind: WorkerGone, Worker: w.id, Reason: string(reason), Err: err, Duration: c.now - w.born})
	_ = c.pool.WorkerGone(w.id) // a pool that has stopped knows
	c.refreshPool()
}

// Exceeded says that the worker has more memory than HardWorkerRSS allows: it is killed.
func (c *Core) exceeded(w *worker) {
	cause := &Cause{Reason: Reason(recovery.OutOfMemory), Err: &MemoryError{RSS: w.rss, Limit: w.limits.hard}}
	if w.reason == nil {
		w.reason = cause
	}
	c.emit(Effect{Kind: Kill, Worker: w.id})
	_ = w.machine.Stop(cause)
	c.stepped(w)
}

// MemoryError reports a worker that has gone over HardWorkerRSS.
type MemoryError struct{ RSS, Limit int64 }

func (e *MemoryError) Error() string {
	return fmt.Sprintf("the worker has %d bytes of memory: the limit is %d", e.RSS, e.Limit)
}

// Measured says how much memory the worker has, in bytes.
func (c *Core) Measured(now Time, id uint64, rss int64) {
	c.begin(now)
	w := c.find(id)
	if w == nil {
		return
	}
	w.rss = rss
	switch limits := w.limits; {
	case limits.hard > 0 && rss > limits.hard && w.machine.State().In(workerfsm.StateServing):
		c.exceeded(w)
	case limits.rss > 0 && rss > limits.rss:
		c.changed = true
	}
	c.end()
}

// armMeasure asks for the memory of the workers every second, where a limit needs it.
func (c *Core) armMeasure() {
	if c.config.MaxWorkerRSS <= 0 && c.config.HardWorkerRSS <= 0 || c.pool.State() == poolfsm.StateStopped {
		c.disarm(&c.measureTimer)
		return
	}
	c.arm(&c.measureTimer, after(c.now, measureEvery))
}

// ExportSession is a state that a worker that leaves has to be asked for.
type ExportSession = SessionRef

// NextExport returns the next session of a worker that has a state to be exported. It returns false when there is
// none any more, or when the worker has no more time for it: then ExportDone has to follow.
//
// The owner asks for one state at a time, so that one that takes long delays only those behind it, and what has been
// exported is kept when the time is over. States that the pool has already are not asked for.
func (c *Core) NextExport(now Time, id uint64) (SessionRef, bool) {
	c.begin(now)
	defer c.end()
	w := c.find(id)
	if w == nil || w.machine.State() != workerfsm.StateExporting {
		return SessionRef{}, false
	}
	for {
		s := w.sessions
		if s == nil {
			return SessionRef{}, false
		}
		if s.where == onWorker && !c.isCurrent(s) {
			return SessionRef{s.name, s.generation}, true
		}
		c.detach(s) // nothing is lost
		c.forgetUnknown(s)
	}
}

// Exported says what the worker made of the state of a session. Without one it is lost.
func (c *Core) Exported(now Time, id uint64, ref SessionRef, state *Snapshot) {
	c.begin(now)
	defer c.end()
	w, s := c.find(id), c.sessions.byName[ref.Name]
	if w == nil || s == nil || s.home != w || s.generation != ref.Generation {
		return // the session has ended or gone on meanwhile
	}
	if state != nil {
		state.Version = w.version.label
		if c.snapshots.keep(s, state); c.isCurrent(s) {
			w.moved++
		}
	}
	c.detach(s)
	c.forgetUnknown(s)
}

// ExportDone says that every session of the worker has been exported that can be.
func (c *Core) ExportDone(now Time, id uint64) {
	c.worker(now, id, func(w *worker) {
		if w.moved > 0 {
			c.report(Event{Kind: SessionsMoved, Worker: id, Count: w.moved})
			w.moved = 0
		}
		_ = w.machine.Exported() // a worker that has no more time ignores it
	})
}

// A worker that has to leave at once, because ShutdownTimeout is over or the pool closes, may still have leases. They are
// late. Some end well within ShutdownGrace, and their callers may release them after the process has been reaped. The others
// are interrupted: they are released with a loss, or not released at all while the last answers of the process are read.

// markLate marks the leases of a worker that has to leave at once, but those that are of no request.
//
// Example: Drain has lasted ShutdownTimeout, and worker 1 has two leases. Both are marked, and the worker gets the message
// to leave. The first request is answered within ShutdownGrace: it is released as any other, and counts as nothing. The
// second one is ended by SIGTERM and released with a loss, so it counts as interrupted; had its caller not released it by
// then, Settled would have counted it.
func (w *worker) markLate() {
	for i := range w.leases {
		rec := &w.leases[i]
		rec.late = rec.number != 0 && rec.number < handedOver
		rec.forced = rec.late
	}
}

// hasLate reports whether a lease of the worker is still to be counted as interrupted.
func (w *worker) hasLate() bool {
	return slices.ContainsFunc(w.leases, func(rec leaseRecord) bool { return rec.late })
}

// Settled says that the last answers of a worker that has exited have been read: what is late is interrupted.
func (c *Core) Settled(now Time, id uint64) {
	c.begin(now)
	c.unsettled = slices.DeleteFunc(c.unsettled, func(w *worker) bool {
		if w.id != id {
			return false
		}
		for i := range w.leases {
			c.interrupt(&w.leases[i])
		}
		return true
	})
}

// interrupt counts a lease that is late.
func (c *Core) interrupt(rec *leaseRecord) {
	if rec.late {
		rec.late = false
		c.counters.interrupted++
	}
}

// interrupted reports whether the lease was late and has ended with its worker: neither it nor its last request counts for a
// version.
func (rec *leaseRecord) interrupted() bool { return rec.forced && !rec.late }

// isLoss reports whether a request failed because its worker is gone.
func isLoss(kind recovery.Kind) bool {
	switch kind {
	case recovery.Exited, recovery.LostUnsent, recovery.LostInFlight, recovery.Protocol:
		return true
	default:
		return false
	}
}

// Forced reports whether the worker of the lease had to leave without waiting for it, and why; atOnce says that it was given no
// time. The end of such a request says nothing of the worker's version.
func (c *Core) Forced(l *Lease) (why Reason, atOnce, forced bool) {
	rec := c.record(l)
	if rec == nil || !rec.forced || l.worker.reason == nil {
		return "", false, false
	}
	return l.worker.reason.Reason, l.worker.atOnce, true
}
