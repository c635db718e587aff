package core

import (
	"cmp"
	"slices"
	"time"
)

// fewestSessions returns the free worker with the fewest sessions, nil if there is none with room for one more. Where the version is
// nil, for any, one of the version that stays is taken first: a session on the other one would have to move again.
func (c *Core) fewestSessions(v *version) *worker {
	switch {
	case v != nil:
		return c.fewestSessionsOf(v)
	case c.upgrade == nil:
		return c.fewestSessionsOf(c.stable)
	}
	if w := c.fewestSessionsOf(c.upgrade.stays()); w != nil {
		return w
	}
	return c.fewestSessionsOf(c.upgrade.leaves())
}

// fewestSessionsOf is fewestSessions of one version. It removes workers that are not free from the heap as it meets them.
func (c *Core) fewestSessionsOf(v *version) *worker {
	for v.bySessions.len() > 0 {
		w := v.bySessions.first()
		switch {
		case !w.free() || w.carrying:
			v.bySessions.remove(w) // it is entered again when it is free
		case !c.hasRoom(w):
			return nil
		default:
			return w
		}
	}
	return nil
}

// newBySessions returns the heap of free workers by their number of sessions.
//
// Sessions on their way to a worker count as if they were there, so that several that are moved at once do not all go to
// the same worker. Of workers with as many sessions the one with the lower id comes first, which keeps the choice
// deterministic.
func newBySessions() heap[*worker] {
	return heap[*worker]{
		less: func(a, b *worker) bool {
			if x, y := a.bound(), b.bound(); x != y {
				return x < y
			}
			return a.id < b.id
		},
		place: func(w *worker) *int32 { return &w.sessionsPlace },
	}
}

// hasRoom reports whether the worker may have one more session.
func (c *Core) hasRoom(w *worker) bool {
	return c.config.MaxSessions < 0 || w.bound() < c.config.MaxSessions
}

// bound is how many sessions the worker has, or will have in a moment.
func (w *worker) bound() int { return w.count + w.incoming }

// recount follows a change of the number of sessions that a worker has.
func (c *Core) recount(w *worker, by int) {
	w.count += by
	c.reorder(w, by)
}

// reckon is recount for sessions that are on their way.
func (c *Core) reckon(w *worker, by int) {
	w.incoming += by
	c.reorder(w, by)
}

// reorder moves the worker to its place by its sessions. One that has room again may serve a request that waits for it.
func (c *Core) reorder(w *worker, by int) {
	if !w.version.bySessions.has(w) {
		return
	}
	w.version.bySessions.fix(w)
	if by >= 0 {
		return
	}
	for _, l := range [...]*lane{&c.shared, &w.version.lane} {
		if l.unbound.len() > 0 {
			c.eligible(l.unbound.first())
		}
	}
}

// An upgrade spreads the sessions evenly over the workers that stay. Each version in turn has one worker before the others, the
// canary: without a rule it would get what the first old worker has, and a share of what every later one has.
//
// Example: three workers have 100 sessions each. The first old one hands its sessions to the canary, which has 100 then: an even
// share. The sessions of the second one are for its replacement alone. While that serves a request, the canary is free, and
// the session waits nevertheless.

// spreadPatience is how long the sessions of a worker wait until a worker with fewer sessions is free. Afterwards each one goes to
// any free worker, until one has gone to the worker with the fewest again: so a long stream does not delay an upgrade.
const spreadPatience = time.Second

// receiver returns the worker that a session of the worker is carried to, nil if it has to wait for one.
func (c *Core) receiver(from *worker) *worker {
	v := c.upgrade.stays()
	to := c.fewestSessionsOf(v)
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

// sortedBySessions returns the workers, those with the fewest sessions first: where the numbers have become uneven, the sessions of
// those that are replaced last can be shared out among all the others.
func sortedBySessions(workers []*worker) []*worker {
	return slices.SortedStableFunc(slices.Values(workers), func(a, b *worker) int { return cmp.Compare(a.bound(), b.bound()) })
}
