package pool

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool/affinity"
)

// index knows which workers are free and who waits for one. It is derived: the workers' machines say when a worker may be
// handed out. Its lock is a leaf but for those of the table of sessions, and no machine is called under it.
//
// Nobody waits for a worker that is free: whoever may have it gets it in the step that frees it.
type index struct {
	pool     string
	limits   indexLimits
	born     time.Time
	sessions affinity.Table

	mu       sync.Mutex
	serving  map[uint64]*worker
	free     []*worker // the last used last
	waiting  line      // for any worker
	length   int       // of all lines
	requests uint64    // that ever stood in line
	pace     pace
	closed   error         // why nobody gets a worker any more
	wake     chan struct{} // the keeper's: somebody waits
}

func (x *index) configure(c *Config) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.limits = indexLimits{queue: c.MaxQueue, sessions: c.MaxSessions, spill: c.SpillAfter, grows: c.Size.Max > c.Size.Min}
}

// indexLimits are what the configuration says of lines and sessions. They are under the lock.
type indexLimits struct {
	queue    int // how many may wait; negative means any number
	sessions int // how many a worker may have; negative means any number
	spill    time.Duration
	grows    bool // somebody who waits can make the pool larger
}

// spot is what the index keeps of one worker, under its lock.
type spot struct {
	offered bool // its machine says that it may be handed out
	slots   int  // how many clients it may have at once
	used    int  // how many have it, or have reserved it and not checked out yet
	waiting line // for this worker: requests of sessions that are bound to it
}

// free reports whether the worker can be had.
func (s *spot) free() bool { return s.offered && s.used < s.slots }

// reservation is a slot of a worker that nobody else gets until it is checked out, and then until it is given back.
type reservation struct {
	worker  *worker
	binding affinity.Binding // of the session; zero for anonymous work
	err     error            // instead of a worker
}

// try returns a worker that is free for the wish, without waiting. It reports false if there is none.
func (x *index) try(w wish, now time.Time) (reservation, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed != nil {
		return reservation{err: x.closed}, true
	}
	t := ticket{wish: w}
	if worker := x.pick(&t); worker != nil {
		return x.reserve(worker, &t, now), true
	}
	return reservation{}, false
}

// acquire waits until the ticket's turn has come. It fails only with ctx; why the pool has nothing for anybody, the
// reservation says.
func (x *index) acquire(ctx context.Context, t *ticket) (reservation, error) {
	if ctx.Err() != nil {
		return reservation{}, context.Cause(ctx)
	}
	if r, ok := x.enter(ctx, t); ok {
		return r, nil
	}
	var spill <-chan time.Time
	if t.session != "" && t.affinity == Prefer && !t.roaming {
		spill = time.After(x.spillAfter())
	}
	for {
		select {
		case r := <-t.got:
			return r, nil
		case <-spill:
			if spill = nil; !x.roam(t) {
				spill = time.After(x.spillAfter())
			}
		case <-ctx.Done():
			x.leave(t)
			return reservation{}, context.Cause(ctx)
		}
	}
}

// enter serves the ticket at once, puts it into the line or refuses it at the door.
func (x *index) enter(ctx context.Context, t *ticket) (reservation, bool) {
	now := time.Now()
	deadline, bounded := ctx.Deadline()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed != nil {
		return reservation{err: x.closed}, true
	}
	if w := x.pick(t); w != nil {
		return x.reserve(w, t, now), true
	}
	if t.place == (place{}) {
		if err := x.admit(t, now, deadline, bounded); err != nil {
			return reservation{err: err}, true
		}
		x.requests++
		t.place = place{since: now.Sub(x.born) - t.priority.worth(), number: x.requests}
	}
	x.stand(t)
	return reservation{}, false
}

// admit refuses a request that would only make the line longer.
func (x *index) admit(t *ticket, now, deadline time.Time, bounded bool) error {
	if t.affinity == FailFast && x.boundTo(t) != nil {
		return &SessionBusyError{Pool: x.pool, Session: t.session}
	}
	if x.limits.queue >= 0 && x.length >= x.limits.queue {
		return &OverloadError{Pool: x.pool, Waiting: x.length, Limit: x.limits.queue}
	}
	if !bounded {
		return nil
	}
	if wait := x.pace.wait(x.length, x.slots()); wait > deadline.Sub(now) {
		return &OverloadError{Pool: x.pool, Waiting: x.length, Estimate: wait, Left: deadline.Sub(now)}
	}
	return nil
}

// slots is how many clients the workers can have all together.
func (x *index) slots() (n int) {
	for _, w := range x.serving {
		n += w.spot.slots
	}
	return n
}

// pick chooses a free worker: for a session the one that has it, for a new session the one that has the fewest, and for
// anonymous work the one used last.
func (x *index) pick(t *ticket) *worker {
	if bound := x.boundTo(t); bound != nil {
		if bound.spot.free() && !x.sessions.InUse(t.session) {
			return bound
		}
		if !t.roaming || x.sessions.InUse(t.session) {
			return nil
		}
	}
	if len(x.free) == 0 {
		return nil
	}
	if t.session == "" {
		return x.free[len(x.free)-1]
	}
	least := slices.MinFunc(x.free, func(a, b *worker) int { return cmp.Compare(a.home.Count(), b.home.Count()) })
	if !x.hasRoom(least) {
		return nil
	}
	return least
}

// hasRoom reports whether the worker may have one more session.
func (x *index) hasRoom(w *worker) bool {
	return x.limits.sessions < 0 || w.home.Count() < x.limits.sessions
}

// boundTo returns the worker that has the ticket's session, nil if none has.
func (x *index) boundTo(t *ticket) *worker {
	if t.session == "" {
		return nil
	}
	return x.serving[x.sessions.Worker(t.session)]
}

// stand puts the ticket into the line that it belongs into.
func (x *index) stand(t *ticket) {
	x.length++
	if x.limits.grows {
		signal(x.wake)
	}
	if w := x.boundTo(t); w != nil && !t.roaming {
		w.spot.waiting.insert(t)
		return
	}
	x.waiting.insert(t)
}

// depart takes the ticket out of its line. It reports false if it stands in none.
func (x *index) depart(t *ticket) bool {
	if !t.leave() {
		return false
	}
	x.length--
	return true
}

// reserve takes a slot of the worker and binds the ticket's session to it.
func (x *index) reserve(w *worker, t *ticket, now time.Time) reservation {
	w.spot.used++
	if !w.spot.free() {
		x.unlist(w)
	}
	r := reservation{worker: w}
	if t.session == "" {
		return r
	}
	if t.portable && x.sessions.Worker(t.session) != w.id {
		x.sessions.Portable(t.session)
	}
	r.binding = x.sessions.Bind(t.session, w.home, now)
	return r
}

// roam lets a ticket whose session's worker is busy have another one. It reports false if the session cannot go on there
// now, but may later.
func (x *index) roam(t *ticket) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if t.line == nil || t.roaming {
		return true
	}
	if !t.portable && !x.sessions.CanMove(t.session) {
		return false
	}
	x.depart(t)
	t.roaming = true
	if w := x.pick(t); w != nil {
		t.got <- x.reserve(w, t, time.Now())
		return true
	}
	x.stand(t)
	return true
}

func (x *index) spillAfter() time.Duration {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.limits.spill
}

// leave takes back a ticket whose request is over. A worker that it got meanwhile goes to the next.
func (x *index) leave(t *ticket) {
	x.mu.Lock()
	left := x.depart(t)
	x.mu.Unlock()
	if left {
		return
	}
	if r := <-t.got; r.worker != nil {
		x.giveBack(r, t.session)
	}
}

// giveBack undoes a reservation that nothing came of: its request is over, or the worker's machine refused the checkout. Who
// stood in line for the worker because of the session may have any worker now.
func (x *index) giveBack(r reservation, session string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if session != "" {
		x.sessions.Unbind(session, r.binding.Generation)
		x.serveAgain(r.worker.spot.waiting.empty())
	}
	x.freeSlot(r.worker, session)
}

// done ends what a reservation began. It comes before the machine learns of the checkin, so that the slot is free when the
// worker is offered again.
func (x *index) done(r reservation, session string, since, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if session != "" {
		x.sessions.Release(session, now)
	}
	x.pace.note(now.Sub(since))
	x.freeSlot(r.worker, session)
}

// freeSlot hands the worker on. Where it cannot be had any more, the session's next request may have waited for this one
// only, and get any.
func (x *index) freeSlot(w *worker, session string) {
	w.spot.used--
	x.handOut(w)
	if session != "" && !w.spot.offered {
		x.rouse()
	}
}

// confirm enters an answer into the books of the session. It reports false if the session has another worker by now: then
// what the answer says is out of date.
func (x *index) confirm(session string, answered affinity.Binding, kept func()) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.sessions.Lookup(session).Generation > answered.Generation {
		return false
	}
	kept()
	return true
}

// counts returns how many requests wait, since when the first of them does, and how many slots are taken.
func (x *index) counts() (waiting int, since time.Duration, used int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := time.Since(x.born)
	look := func(l line) {
		for _, t := range l {
			since = max(since, now-t.place.since-t.priority.worth())
		}
	}
	look(x.waiting)
	for _, w := range x.serving {
		look(w.spot.waiting)
		used += w.spot.used
	}
	return x.length, since, used
}
