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

type problems []error

func (p *problems) unless(ok bool, format string, args ...any) {
	if !ok {
		*p = append(*p, fmt.Errorf(format, args...))
	}
}

// checkWorkers: a slot has at most one lease, and the machine counts as many as there are; the places where free workers
// are looked for hold just these.
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
		errs.unless(leases+unused == len(w.leases), "worker %d: %d leases and %d unused slots of %d", w.id, leases, unused, len(w.leases))
		errs.unless(!serving || leases == w.busy(), "worker %d in %v: %d leases, the machine counts %d", w.id, state, leases, w.busy())
		errs.unless(serving || w.busy() == 0, "worker %d in %v: the machine counts %d leases", w.id, state, w.busy())
		errs.unless(w.free() == (w.level >= 0), "worker %d in %v: free is %v, level %d", w.id, state, w.free(), w.level)
		errs.unless(w.free() == c.roomiest.has(w), "worker %d in %v: free is %v, listed by room is %v", w.id, state, w.free(), c.roomiest.has(w))
		errs.unless(w.level < 0 || w.level == w.busy(), "worker %d: at level %d with %d leases", w.id, w.level, w.busy())
		errs.unless(state.In(workerfsm.StateServing) || w.gone || state == workerfsm.StateInitializing || w.sessions == nil,
			"worker %d in %v: has sessions and is not swept", w.id, state)
		count := 0
		for s := w.sessions; s != nil; s = s.next {
			count++
			errs.unless(s.home == w, "worker %d: session %q is elsewhere", w.id, s.name)
		}
		errs.unless(count == w.count, "worker %d: %d sessions, counted %d", w.id, count, w.count)
		errs.unless(c.config.MaxSessions < 0 || count <= c.config.MaxSessions || c.lowered, "worker %d: %d sessions of %d", w.id, count, c.config.MaxSessions)
	}
}

// checkQueue: no request waits while a worker that may serve it is free, and every ticket is in one place.
func (c *Core) checkQueue(errs *problems) {
	n := 0
	for t := c.firstTicket; t != nil; t = t.later {
		n++
		errs.unless(!t.ended, "ticket %d has ended and is in the queue", t.number)
		errs.unless(t.queueTimer.place > 0, "ticket %d has no QueueTimeout", t.number)
		errs.unless(t.place[own] > 0 || t.place[anyone] > 0, "ticket %d is in no queue", t.number)
		s := t.session
		if s == nil {
			continue
		}
		errs.unless(s.tickets > 0, "ticket %d: session %q has no tickets", t.number, s.name)
		if s.head != t {
			errs.unless(t.place[anyone] == 0 && !t.roams, "ticket %d is not the head of session %q and may be served", t.number, s.name)
			errs.unless(s.leased || s.head != nil, "session %q: tickets wait, and there is no head", s.name)
			errs.unless(s.head == nil || !before(t, s.head), "session %q: ticket %d waits behind a later one", s.name, t.number)
		} else {
			errs.unless(!s.leased, "session %q: a head beside a request in progress", s.name)
		}
	}
	errs.unless(n == c.waiting, "%d tickets, counted %d", n, c.waiting)
	for _, w := range c.workers {
		if !w.free() {
			continue
		}
		if t := c.nextFor(w); t != nil {
			errs.unless(false, "ticket %d waits while worker %d is free", t.number, w.id)
		}
	}
}

// checkSessions: a state that is kept has a snapshot, and losses add up.
func (c *Core) checkSessions(errs *problems) {
	lost := uint64(0)
	count, bytes := 0, 0
	for name, s := range c.sessions.byName {
		errs.unless(s.name == name, "session %q is stored as %q", s.name, name)
		errs.unless(s.known(), "session %q: nothing is known of it", name)
		errs.unless(s.where != onWorker || s.home != nil, "session %q: its state is on no worker", name)
		errs.unless(c.sessions.timeout <= 0 || s.slot != noSlot, "session %q never expires", name)
		errs.unless(s.leased || !s.lostAgain, "session %q: two losses and no lease", name)
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
	errs.unless(count == c.snapshots.count && bytes == c.snapshots.bytes, "%d snapshots of %d bytes, counted %d of %d",
		count, bytes, c.snapshots.count, c.snapshots.bytes)
	errs.unless(bytes <= max(0, c.snapshots.all), "%d bytes of snapshots: the bound is %d", bytes, c.snapshots.all)
	st := c.sessions.stats
	errs.unless(st.Lost == st.Told+st.GivenUp+st.Merged+st.Untold+lost, "losses do not add up: %+v and %d to tell", st, lost)
}

// checkPool: the pool's machine counts the workers that there are, and a pool that has stopped has nothing left.
func (c *Core) checkPool(errs *problems) {
	available := 0
	for _, w := range c.workers {
		if w.available() {
			available++
		}
	}
	d := c.pool.Data()
	errs.unless(d.Alive == len(c.workers), "%d workers, the pool's machine counts %d", len(c.workers), d.Alive)
	errs.unless(d.Ready == available, "%d available workers, the pool's machine counts %d", available, d.Ready)
	errs.unless(available == int(c.counters.started-c.counters.removed), "%d available workers, %d started and %d removed",
		available, c.counters.started, c.counters.removed)
	if c.pool.State() == poolfsm.StateStopped {
		errs.unless(len(c.workers) == 0 && c.timers.len() == 0 && c.waiting == 0, "stopped with %d workers, %d timers, %d tickets",
			len(c.workers), c.timers.len(), c.waiting)
	}
	errs.unless(c.open() || c.waiting == 0, "%d tickets in a pool that is %v", c.waiting, c.pool.State())
	errs.unless(len(c.inbox) == 0 && len(c.candidates) == 0 && !c.changed, "work is left over")
	for i, t := range c.timers.items {
		errs.unless(int(t.place) == i+1, "timer %d is at %d", t.place, i+1)
	}
}
