package core

// route returns the version that may serve the ticket, nil for any.
func (c *Core) route(t *Ticket) *version {
	if c.upgrade == nil {
		return nil
	}
	return c.upgrade.versionFor(t.session, t.assigned)
}

// versionFor returns the version that may serve a request which is bound to no worker; nil for any. Assigned is the version that
// assign has chosen when the request came.
//
//   - A state that the new version has refused needs the old one, as long as there is a worker of it.
//   - While there is only the canary, a state stays with the version that has written it.
//   - While old workers are replaced, a state may move to the new version, and not back.
//   - While the upgrade is rolled back, any worker may serve a session, so that requests do not wait for workers that leave.
func (u *upgrade) versionFor(s *session, assigned *version) *version {
	if s == nil {
		return assigned
	}
	writer := u.writer(s)
	switch {
	case s.pinned && (u.rollingBack() || !u.fromGone):
		return u.from
	case u.rollingBack():
		return nil
	case writer == u.to || (writer != nil && u.inCanary()):
		return writer
	}
	return assigned
}

// writer returns the version of the worker that has the state of a session, or has written the one that is kept; nil where
// there is none.
func (u *upgrade) writer(s *session) *version {
	switch {
	case s.where == onWorker:
		return s.home.version
	case s.where != kept || !u.core.isCurrent(s):
		return nil
	case s.snapshot.state.Version == u.to.label:
		return u.to
	}
	return u.from
}

// assign chooses the version for a request that has just come, and has no session or a new one; nil for any. The canary gets its
// share of these requests, if a worker of it is free. A request that may be run twice is chosen for a shadow where workers of
// both versions are free.
func (u *upgrade) assign(r *Request) *version {
	switch {
	case u == nil || u.rollingBack() || u.fromGone:
		return nil
	case r.Idempotent && r.Session == "" && u.shadows():
		r.shadowed = true
		return u.from
	case !u.inCanary():
		return nil
	case u.share.earn(u.plan.Share) && u.isFree(u.to, r):
		u.share.spend()
		return u.to
	}
	return u.from
}

// shadows reports whether the request that comes is given to both versions. It counts a request that should have been, and for
// which no worker was free.
func (u *upgrade) shadows() bool {
	if u.plan.Shadow <= 0 || !u.shadow.earn(u.plan.Shadow) {
		return false
	}
	u.shadow.spend()
	if u.from.idle.next() == nil || u.to.idle.next() == nil {
		u.report.ShadowsSkipped++
		return false
	}
	return true
}

// isFree reports whether a worker of the version can serve the request at once. The request has no session, or a new one.
func (u *upgrade) isFree(v *version, r *Request) bool {
	if r.Session == "" {
		return v.idle.next() != nil
	}
	return u.core.fewestSessionsOf(v) != nil
}

// reroute puts every request that waits into the lane of the version that may serve it now, and looks for workers for them.
func (c *Core) reroute() {
	for t := c.firstTicket; t != nil; t = t.later {
		t.assigned = nil
		if c.upgrade != nil && c.upgrade.inCanary() {
			t.assigned = c.upgrade.from
		}
		s := t.session
		switch {
		case s == nil:
			t.lane.anonymous.remove(t)
			c.lineUp(t)
		case s.head == t && t.place[anyone] != 0:
			t.lane.unbound.remove(t)
			c.lineUp(t)
		case s.head != t:
			continue
		}
		c.eligible(t)
	}
}

// noteFromGone notes that no worker of the old version serves any more: requests that wait for one get the new version.
func (u *upgrade) noteFromGone() {
	if u.fromGone || u.inCanary() || u.rollingBack() {
		return
	}
	u.fromGone = !u.core.hasWorker(func(w *worker) bool { return w.version == u.from && w.available() })
	if u.fromGone {
		u.core.reroute()
	}
}

// Refused says that the worker has not taken Lease.Import over: it has refused it, or took too long, and is stuck. It returns
// true where the session goes on with another worker: one of the version that has written the state, or any, where the worker
// was ended meanwhile. The lease is to be released then, and the request to be tried again. Otherwise the state is lost, as
// Learned.ImportFailed has it.
func (c *Core) Refused(now Time, l *Lease, stuck bool, why error) (elsewhere bool) {
	c.begin(now)
	rec := c.record(l)
	if rec == nil || rec.session == nil || rec.session.where != kept {
		return false
	}
	defer c.end()
	s := rec.session
	switch u := c.upgrade; {
	case stuck && l.worker.gone: // which says nothing of the state
		rec.moves = true
		c.liveHome(s)
		return true
	case u == nil || l.worker.version != u.to || u.writer(s) != u.from:
		return false
	default:
		elsewhere = c.refusedBy(s, l.worker, stuck, why)
		if rec = c.record(l); rec != nil {
			rec.moves = elsewhere
		}
		return elsewhere
	}
}

// refusedBy notes a refusal of the new version. The gates come first: a state is not lost to a version
// that is rolled back because of it.
func (c *Core) refusedBy(s *session, w *worker, stuck bool, why error) (elsewhere bool) {
	u := c.upgrade
	u.pin(s, why)
	if stuck {
		c.abandon(w, why)
		c.deliver()
	}
	if c.upgrade == u && u.fromGone && !u.rollingBack() {
		s.pinned = false
		return false
	}
	c.detach(s) // its state is kept
	return true
}
