package core

import (
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// Check returns every invariant that does not hold, nil if all do. It looks at everything, so that only tests and
// simulations call it, between two calls of other methods.
func (c *Core) Check() error {
	var errs problems
	c.checkWorkers(&errs)
	c.checkQueue(&errs)
	c.checkSessions(&errs)
	c.checkPool(&errs)
	return errors.Join(errs...)
}

// problems are the invariants that do not hold.
type problems []error

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Errorf(format, args...)) }

// checkWorkers checks that each slot has at most one lease, that the machine counts as many leases as there are, and that the two
// lists of free workers, version.idle and version.bySessions, have every free worker and no worker that does not serve.
//
// Slots that are not in use form a list through leaseRecord.next, which begins at worker.unused. A worker that hands its
// sessions over may be free and is in no list all the same, since it gets no requests but those of its sessions.
func (c *Core) checkWorkers(errs *problems) {
	for _, w := range c.workers {
		state := w.machine.State()
		serving := state.In(workerfsm.StateServing)
		leases, unused := 0, 0
		for i := range w.leases {
			if w.leases[i].number != 0 {
				leases++
			}
		}
		for at := w.unused; at >= 0 && unused <= len(w.leases); at = w.leases[at].next {
			unused++
		}
		if leases+unused != len(w.leases) {
			errs.add("worker %d: %d leases and %d unused slots of %d", w.id, leases, unused, len(w.leases))
		}
		if serving && leases != w.busy() {
			errs.add("worker %d in %v: %d leases, the machine counts %d", w.id, state, leases, w.busy())
		}
		if !serving && w.busy() != 0 {
			errs.add("worker %d in %v: the machine counts %d leases", w.id, state, w.busy())
		}
		if (w.free() && !w.carrying) != (w.idleLevel >= 0) {
			errs.add("worker %d in %v: free is %v, level of idle workers %d", w.id, state, w.free(), w.idleLevel)
		}
		if listed := w.version.bySessions.has(w); (w.free() && !w.carrying && !listed) || (listed && !w.available()) {
			errs.add("worker %d in %v: free is %v, listed by sessions is %v", w.id, state, w.free(), listed)
		}
		if w.idleLevel >= 0 && w.idleLevel != w.busy() {
			errs.add("worker %d: at level %d with %d leases", w.id, w.idleLevel, w.busy())
		}
		if !state.In(workerfsm.StateServing) && !w.gone && state != workerfsm.StateInitializing && w.sessions != nil {
			errs.add("worker %d in %v: has sessions, which should have been detached", w.id, state)
		}
		count := 0
		for s := w.sessions; s != nil; s = s.next {
			count++
			if s.home != w {
				errs.add("worker %d: session %q is elsewhere", w.id, s.name)
			}
		}
		if count != w.count {
			errs.add("worker %d: %d sessions, counted %d", w.id, count, w.count)
		}
		if c.config.MaxSessions >= 0 && count > c.config.MaxSessions && !c.lowered {
			errs.add("worker %d: %d sessions of %d", w.id, count, c.config.MaxSessions)
		}
	}
}

// checkQueue checks that no request waits while a worker that may serve it is free, and that every ticket is in a queue.
func (c *Core) checkQueue(errs *problems) {
	n := 0
	for t := c.firstTicket; t != nil; t = t.later {
		n++
		if t.ended {
			errs.add("ticket %d has ended and is in the queue", t.number)
		}
		if t.queueTimer.place <= 0 {
			errs.add("ticket %d has no QueueTimeout", t.number)
		}
		if t.place[own] <= 0 && t.place[anyone] <= 0 {
			errs.add("ticket %d is in no queue", t.number)
		}
		s := t.session
		if s == nil {
			continue
		}
		if s.home == nil && s.head == t && t.place[own] > 0 {
			errs.add("ticket %d of session %q waits for a worker that the session is not bound to", t.number, s.name)
		}
		if r := &t.request; s.head == t && s.lost && r.Affinity != Prefer && !r.Portable {
			errs.add("ticket %d waits, and its session has lost its state", t.number)
		}
		if s.tickets <= 0 {
			errs.add("ticket %d: session %q has no tickets", t.number, s.name)
		}
		if s.head != t {
			if t.place[anyone] != 0 || t.spilled {
				errs.add("ticket %d is not the head of session %q and may be served", t.number, s.name)
			}
			if s.lease == nil && s.head == nil {
				errs.add("session %q: tickets wait, and there is no head", s.name)
			}
			if s.head != nil && before(t, s.head) {
				errs.add("session %q: ticket %d waits behind a later one", s.name, t.number)
			}
		} else {
			if s.lease != nil {
				errs.add("session %q: a head beside a request in progress", s.name)
			}
		}
	}
	if n != c.waiting {
		errs.add("%d tickets, counted %d", n, c.waiting)
	}
	for _, w := range c.workers {
		if !w.free() {
			continue
		}
		if t := c.nextFor(w); t != nil {
			errs.add("ticket %d waits while worker %d is free", t.number, w.id)
		}
	}
}

// checkSessions checks that a state that is kept has a snapshot, and that losses add up.
//
// Losses add up if each loss that was counted was reported to a caller, was given up by a Portable request, was reported
// together with another one, was not reported because its session expired, or is not yet reported.
func (c *Core) checkSessions(errs *problems) {
	lost := uint64(0)
	count, bytes := 0, 0
	for name, s := range c.sessions.byName {
		if s.name != name {
			errs.add("session %q is stored as %q", s.name, name)
		}
		if !s.known() {
			errs.add("session %q: nothing is known of it", name)
		}
		if s.where == onWorker && s.home == nil {
			errs.add("session %q: its state is on no worker", name)
		}
		if c.sessions.timeout > 0 && s.slot == noSlot {
			errs.add("session %q never expires", name)
		}
		if s.lease == nil && s.lostAgain {
			errs.add("session %q: two losses and no lease", name)
		}
		if s.where == kept && s.lease == nil && !c.isCurrent(s) {
			errs.add("session %q: its state is in a snapshot that is not there", name)
		}
		if s.lease != nil && s.lease.session != s {
			errs.add("session %q: its lease is that of another one", name)
		}
		if s.lost {
			lost++
		}
		if s.lostAgain {
			lost++
		}
		if s.snapshot != nil && s.snapshot.state != nil {
			count++
			bytes += len(s.snapshot.state.Data)
		}
	}
	if count != c.snapshots.count || bytes != c.snapshots.bytes {
		errs.add("%d snapshots of %d bytes, counted %d of %d",
			count, bytes, c.snapshots.count, c.snapshots.bytes)
	}
	if bytes > max(0, c.snapshots.all) {
		errs.add("%d bytes of snapshots: the bound is %d", bytes, c.snapshots.all)
	}
	st := c.sessions.stats
	if st.Lost != st.Reported+st.GivenUp+st.ReportedTogether+st.Unreported+lost {
		errs.add("losses do not add up: %+v and %d not yet reported", st, lost)
	}
}

// checkPool checks that the pool's machine counts the workers that there are, and that a pool that has stopped has no workers,
// timers and tickets. Between two calls, no message is in the inbox, and no ticket is a candidate.
func (c *Core) checkPool(errs *problems) {
	available := 0
	for _, w := range c.workers {
		if w.available() {
			available++
		}
	}
	d := c.pool.Data()
	if d.Alive != len(c.workers) {
		errs.add("%d workers, the pool's machine counts %d", len(c.workers), d.Alive)
	}
	if d.Ready != available {
		errs.add("%d available workers, the pool's machine counts %d", available, d.Ready)
	}
	if available != int(c.counters.started-c.counters.removed) {
		errs.add("%d available workers, %d started and %d removed",
			available, c.counters.started, c.counters.removed)
	}
	if c.pool.State() == poolfsm.StateStopped {
		if !(len(c.workers) == 0 && c.timers.len() == 0) || c.waiting != 0 {
			errs.add("stopped with %d workers, %d timers, %d tickets",
				len(c.workers), c.timers.len(), c.waiting)
		}
	}
	if !c.open() && c.waiting != 0 {
		errs.add("%d tickets in a pool that is %v", c.waiting, c.pool.State())
	}
	if !(len(c.inbox) == 0 && len(c.candidates) == 0) || c.changed {
		errs.add("work is left over")
	}
	for i, t := range c.timers.items {
		if int(t.place) != i+1 {
			errs.add("timer %d is at %d", t.place, i+1)
		}
	}
}
