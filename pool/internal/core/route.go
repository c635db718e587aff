package core

import (
	"cmp"
	"slices"
	"time"
)

// route returns the version that may serve the ticket, nil for any.
func (c *Core) route(t *Ticket) *version {
	if c.upgrade == nil {
		return nil
	}
	return c.upgrade.route(t.session, t.only)
}

// route says which workers may serve a request that is bound to none: those of one version, or any, which is nil. Only is
// what was decided when the request came.
//
//   - A state that the new version has refused needs the old one, as long as there is a worker of it.
//   - While there is only the canary, a state stays with the version that has written it.
//   - While old workers are replaced, a state may move to the new version, and not back.
//   - When the upgrade has turned back, any worker will do, for the sake of those that wait.
func (u *upgrade) route(s *session, only *version) *version {
	if s == nil {
		return only
	}
	writer := u.writer(s)
	switch {
	case s.pinned && (u.turnedBack() || !u.fromGone):
		return u.from
	case u.turnedBack():
		return nil
	case writer == u.to || (writer != nil && u.inCanary()):
		return writer
	}
	return only
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

// choose says, for a request without a session or with a new one that has just come, which workers may serve it: the canary
// gets its share of them, if it is free. A request that may be run twice is chosen for a shadow where workers of both versions
// are free.
func (u *upgrade) choose(r *Request) *version {
	switch {
	case u == nil || u.turnedBack() || u.fromGone:
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

// shadows reports whether the request that comes is given to both versions, and notes one for which there is no worker.
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

// isFree reports whether a worker of the version could serve the request at once, which has no session or a new one.
func (u *upgrade) isFree(v *version, r *Request) bool {
	if r.Session == "" {
		return v.idle.next() != nil
	}
	return u.core.roomiestOf(v) != nil
}

// reroute lets every request that waits do so where it belongs, and looks for workers for them.
func (c *Core) reroute() {
	for t := c.firstTicket; t != nil; t = t.later {
		t.only = nil
		if c.upgrade != nil && c.upgrade.inCanary() {
			t.only = c.upgrade.from
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

// noteFromGone notes that no worker of the old version serves any more: what waits for one has to do with the new one.
func (u *upgrade) noteFromGone() {
	if u.fromGone || u.inCanary() || u.turnedBack() {
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
		c.home(s)
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

// refusedBy notes a refusal of the new version. The gates come first: a state is not lost to a version that is turned back for it.
func (c *Core) refusedBy(s *session, w *worker, stuck bool, why error) (elsewhere bool) {
	u := c.upgrade
	u.pin(s, why)
	if stuck {
		c.abandon(w, why)
		c.deliver()
	}
	if c.upgrade == u && u.fromGone && !u.turnedBack() {
		s.pinned = false
		return false
	}
	c.detach(s) // its state is kept
	return true
}

// An upgrade spreads the sessions evenly over the workers that stay. Each version in turn has one worker before the others, the
// canary: without a rule it would get what the first old worker has, and a share of what every later one has.
//
// Example: three workers have 100 sessions each. The first old one hands its sessions to the canary, which has 100 then: an even
// share. The sessions of the second one are for its replacement alone. While that serves a request, the canary is free, and
// the session waits nevertheless.

// spreadPatience is how long the sessions of a worker wait for a worker with fewer sessions to be free. Afterwards each one goes
// to any that is, until one has gone to the worker with the fewest again: a long stream holds no upgrade up.
const spreadPatience = time.Second

// receiver returns the worker that a session of the worker is carried to, nil if it has to wait for one.
func (c *Core) receiver(from *worker) *worker {
	v := c.upgrade.stays()
	to := c.roomiestOf(v)
	if to == nil || !to.free() {
		return nil
	}
	emptiest, total := to, 0
	for _, w := range c.workers {
		if !w.available() {
			continue
		}
		total += w.count
		if w.version == v && !w.leaving && w.bound() < emptiest.bound() {
			emptiest = w
		}
	}
	if emptiest == to || to.bound()*c.size.wanted < total {
		from.spreading = false
		return to
	}
	if !from.spreading {
		from.spreading, from.spreadUntil = true, after(c.now, spreadPatience)
	}
	if c.now < from.spreadUntil {
		c.again(from.spreadUntil)
		return nil
	}
	return to
}

// byRoom returns the workers, those with the fewest sessions first: where they have become uneven, those that are replaced last
// can be shared out among all the others.
func byRoom(workers []*worker) []*worker {
	return slices.SortedStableFunc(slices.Values(workers), func(a, b *worker) int { return cmp.Compare(a.bound(), b.bound()) })
}
