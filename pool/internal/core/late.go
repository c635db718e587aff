package core

import (
	"slices"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// A worker that has to leave at once, because ShutdownTimeout is over or the pool closes, may still have leases. They are
// late. Some end well within ShutdownGrace, and their callers may release them after the process has been reaped. The others
// are interrupted: they are released with a loss, or not released at all while the last answers of the process are read.

// markLate marks the leases of a worker that has to leave at once, but those that are of no request.
func (w *worker) markLate() {
	for i := range w.leases {
		rec := &w.leases[i]
		rec.late = rec.number != 0 && rec.number < handedOver
		rec.forced = rec.late
	}
}

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
