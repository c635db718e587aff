package core

import "time"

// Affinity says what happens when the worker that has the state of a session cannot be had.
type Affinity uint8

// The policies. They are those of package pool.
const (
	Prefer Affinity = iota
	Strict
	FailFast
)

// Request is a request that wants a worker.
type Request struct {
	Session  string // empty for work without a session
	Affinity Affinity
	Portable bool          // the session can go on without its state
	Priority int           // -1, 0 or 1
	Deadline Time          // of the caller; 0 for none
	Timeout  time.Duration // after which a lease is Overdue; 0 for never
	Again    bool          // it is a retry
	// Idempotent says that the request may be run twice. It may be chosen for a shadow then: see Lease.Shadow.
	Idempotent bool
	// IsShadow says that the request is one that the other version has served already. It waits for no worker.
	IsShadow bool
	Owner    any // what the effects of the request carry

	shadowed bool // it is chosen for a shadow
}

// Lease is a slot of a worker that a request has. It is a handle: after Release, or when it is not one of this core, it
// has no effect.
type Lease struct {
	Worker     uint64
	Session    string
	Generation uint64 // of the session
	// Import is the state that the worker has to be given before the first request of the session; nil for none.
	Import *Snapshot
	// Rebound says that the session has lost its state. The caller is to be told; see Verdict.Told.
	Rebound bool
	// Shadow says that the request is to be given to the new version of an upgrade as well, with IsShadow.
	Shadow bool

	worker *worker
	slot   int32
	number uint64
}

// Valid reports whether the lease was granted at all.
func (l Lease) Valid() bool { return l.worker != nil }

// Slot is the number of the slot among those of the worker. No two leases have it at the same time.
func (l *Lease) Slot() int { return int(l.slot) }

// leaseRecord is a slot of a worker.
type leaseRecord struct {
	number  uint64 // of the grant; 0 while the slot is not in use
	session *session
	owner   any
	since   Time
	rebound bool
	timed   bool // how long it takes says something of the worker's version
	moves   bool // the request goes on with another worker, since this one has refused the state
	carried bool // it is no request: the state of the session is on its way to another worker
	late    bool // its worker has been told to leave without waiting for it
	forced  bool // as late, until the lease has ended
	timer   timer
	next    int32 // the next slot that is not in use; -1 for none
}

// Acquire looks for a worker. It returns the lease of one, or the ticket of a request that waits, or a *Refusal.
//
// A session gets the worker that has its state, a new session the free worker with the fewest sessions, and other work
// the free worker with the fewest requests, of these the one that was used last.
func (c *Core) Acquire(now Time, r Request) (Lease, *Ticket, error) {
	c.begin(now)
	if !c.open() {
		return Lease{}, nil, &Refusal{Kind: Closed, Phase: c.pool.State(), Session: r.Session}
	}
	if !r.Again {
		c.budget.earn()
	}
	w, s, v, refusal := c.choose(&r)
	if refusal == nil && w == nil {
		refusal = c.admit(&r)
	}
	if refusal != nil {
		if s != nil {
			c.forgetUnknown(s) // it may have lost its worker just now
		}
		c.end()
		return Lease{}, nil, refusal
	}
	if w == nil {
		t := c.enqueue(r, v)
		c.end()
		return Lease{}, t, nil
	}
	lease := c.grant(w, s, &r, c.now)
	c.place(w)
	c.end()
	return lease, nil, nil
}

// choose returns a free worker for a request that has just come, nil if it has to wait, and its session if there is one.
//
// The version is the one that the request has to wait for; nil for any.
//
// Four cases of a session that is known, in this order: it has lost its state and the request is to be told; it is bound
// to no worker, and goes where there is room; its worker is free; or it has to wait, which FailFast does not.
func (c *Core) choose(r *Request) (*worker, *session, *version, *Refusal) {
	if r.IsShadow {
		return c.chooseShadow()
	}
	if r.Session == "" {
		v := c.upgrade.assign(r)
		return c.leastBusy(v), nil, v, nil
	}
	s := c.sessions.byName[r.Session]
	if s != nil && c.sessions.isOver(s, c.now) {
		c.expire(s)
		s = nil
	}
	if s == nil {
		v := c.upgrade.assign(r)
		return c.fewestSessions(v), nil, v, nil
	}
	s.used = c.now // a request that is refused is one, too
	busy := s.lease != nil || s.tickets > 0
	home := c.liveHome(s)
	switch {
	case !busy && c.tell(s, r):
		c.forgetUnknown(s)
		return nil, nil, nil, &Refusal{Kind: SessionLost, Session: r.Session}
	case !busy && home == nil:
		v := c.assignKnown(r, s)
		return c.fewestSessions(v), s, v, nil
	case !busy && home.free():
		return home, s, nil, nil
	case r.Affinity == FailFast && (busy || home != nil) && !(s.isCarried() && s.tickets == 0):
		return nil, nil, nil, &Refusal{Kind: SessionBusy, Session: r.Session}
	}
	return nil, s, c.assignKnown(r, s), nil
}

// assignKnown is upgrade.assign for a session that is known.
func (c *Core) assignKnown(r *Request, s *session) *version {
	u := c.upgrade
	if u == nil {
		return nil
	}
	if u.writer(s) == nil && !s.pinned {
		return u.assign(r)
	}
	return u.versionFor(s, nil)
}

// chooseShadow returns a free worker of the new version.
func (c *Core) chooseShadow() (*worker, *session, *version, *Refusal) {
	if c.upgrade != nil {
		if w := c.upgrade.to.idle.next(); w != nil {
			return w, nil, nil, nil
		}
	}
	return nil, nil, nil, &Refusal{Kind: NoShadow}
}

// admit refuses a request that would only make the queue longer.
func (c *Core) admit(r *Request) *Refusal {
	if c.config.MaxQueue >= 0 && c.waiting >= c.config.MaxQueue {
		return &Refusal{Kind: QueueFull, Session: r.Session, Queue: c.waiting, Limit: c.config.MaxQueue, Shortage: c.Shortage()}
	}
	if r.Deadline == 0 {
		return nil
	}
	left := r.Deadline - c.now
	if wait := c.pace.wait(c.waiting, c.pool.Data().Ready*c.config.Slots); wait > left {
		return &Refusal{Kind: TooLate, Session: r.Session, Queue: c.waiting, Estimate: wait, Left: left}
	}
	return nil
}

// grant gives the request a slot of the worker, which is free. The caller has to call place.
//
// The checkout is a step of the worker's machine. It is taken here, in the call that has found the worker free, so that
// the machine cannot refuse it; and the number of the lease is new for the pool, so that a lease that has ended names no
// record any more.
func (c *Core) grant(w *worker, s *session, r *Request, since Time) Lease {
	slot := w.occupy(r.Session)
	rec := &w.leases[slot]
	c.counters.leases++
	rec.number, rec.owner, rec.since, rec.rebound = c.counters.leases, r.Owner, c.now, false
	rec.timed, rec.moves = r.Timeout > 0, false
	if r.Timeout > 0 {
		c.arm(&rec.timer, after(c.now, r.Timeout))
	}
	lease := Lease{Worker: w.id, Session: r.Session, worker: w, slot: slot, number: rec.number, Shadow: r.shadowed}
	if r.Session != "" {
		if s == nil {
			s = c.sessions.open(r.Session, c.now)
		}
		c.lend(s, w, r, rec, &lease)
	}
	if c.config.Events {
		c.report(Event{Kind: CheckedOut, Worker: w.id, Session: r.Session, Duration: c.now - since})
	}
	return lease
}

// occupy takes a slot of the worker, which is free. The caller has to call place.
func (w *worker) occupy(session string) int32 {
	if _, err := w.machine.Checkout(session); err != nil {
		panic("core: a free worker refuses a checkout: " + err.Error())
	}
	slot := w.unused
	w.unused = w.leases[slot].next
	return slot
}

// lend binds the session to the worker and says in the lease what has become of its state.
func (c *Core) lend(s *session, w *worker, r *Request, rec *leaseRecord, lease *Lease) {
	c.bind(s, w, r)
	if s.where == kept {
		lease.Import = s.snapshot.state // which is there: see settleEvicted
	}
	if s.lost && r.Portable {
		s.lost = false
		c.sessions.stats.GivenUp++
	}
	s.lease, rec.session, rec.rebound = rec, s, s.lost
	lease.Generation, lease.Rebound = s.generation, s.lost
}

// lost notes and reports that one session has lost its state.
func (c *Core) lost(s *session) {
	if n := c.lose(s); n > 0 {
		c.report(Event{Kind: SessionsLost, Session: s.name, Count: n})
	}
	if s.head != nil {
		c.eligible(s.head) // it may have to be told
	}
}

// grantTicket gives the worker to the ticket, unless its session has lost its state and the request is to be told so
// instead.
func (c *Core) grantTicket(w *worker, t *Ticket) {
	s := t.session
	if s != nil && c.tell(s, &t.request) {
		c.refuseTicket(t, &Refusal{Kind: SessionLost, Session: s.name, Waited: c.now - t.since})
		c.next(s)
		c.forgetUnknown(s)
		return
	}
	c.dequeue(t)
	lease := c.grant(w, s, &t.request, t.since)
	c.emit(Effect{Kind: Granted, Owner: t.request.Owner, Lease: lease})
}
