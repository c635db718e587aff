package pool

import (
	"slices"
	"time"
)

// offer says that the worker may be handed out. The first request in line that may have it gets it.
func (x *index) offer(w *worker) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.serving == nil {
		x.serving = make(map[uint64]*worker)
	}
	if x.serving[w.id] == nil { // to look costs less than to write
		x.serving[w.id] = w
	}
	w.spot.offered = true
	x.handOut(w)
}

// again says that sessions have ended, so that some workers have room for others.
func (x *index) again() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rouse()
}

// rouse hands out every free worker: there may be somebody now who can have it.
func (x *index) rouse() {
	if len(x.waiting) == 0 {
		return
	}
	for _, w := range slices.Clone(x.free) {
		x.handOut(w)
	}
}

// handOut gives the free slots of a worker to those who wait, and lists the worker if some are left.
func (x *index) handOut(w *worker) {
	for w.spot.free() {
		t := x.next(w)
		if t == nil {
			break
		}
		x.depart(t)
		t.got <- x.reserve(w, t, time.Now())
	}
	if w.spot.free() && !slices.Contains(x.free, w) {
		x.free = append(x.free, w)
	}
}

// next returns the first ticket that the worker may serve. One whose session has come to another worker while it waited
// moves over to that worker's line.
func (x *index) next(w *worker) *ticket {
	for {
		t := x.waiting.first(func(t *ticket) bool { return x.mayServe(w, t) })
		if t == nil || t.roaming {
			return before(t, w.spot.waiting.first(x.isIdle))
		}
		bound := x.boundTo(t)
		if bound == nil || bound == w {
			return before(t, w.spot.waiting.first(x.isIdle))
		}
		t.leave()
		bound.spot.waiting.insert(t)
	}
}

// mayServe reports whether a ticket of the common line is to be looked at for the worker.
func (x *index) mayServe(w *worker, t *ticket) bool {
	if t.session == "" || !x.isIdle(t) {
		return t.session == ""
	}
	bound := x.boundTo(t)
	return bound == w || x.hasRoom(w) || bound != nil && !t.roaming
}

// isIdle reports whether no request of the ticket's session is in flight: they are served one after the other.
func (x *index) isIdle(t *ticket) bool { return !x.sessions.InUse(t.session) }

// serveAgain finds workers for tickets that stand nowhere any more, or lines where they do.
func (x *index) serveAgain(tickets []*ticket) {
	x.length -= len(tickets)
	for _, t := range tickets {
		if w := x.pick(t); w != nil {
			t.got <- x.reserve(w, t, time.Now())
			continue
		}
		x.stand(t)
	}
}

// withdraw says that the worker must not be handed out. Whoever has reserved it will be refused.
func (x *index) withdraw(w *worker) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unlist(w)
	w.spot.offered = false
}

func (x *index) unlist(w *worker) {
	if i := slices.Index(x.free, w); i >= 0 {
		x.free = slices.Delete(x.free, i, i+1)
	}
}

// remove says that the worker serves no more. Its sessions are dropped, and who waited for it may have any worker. It
// returns how many sessions have lost their state.
func (x *index) remove(w *worker) (lost int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unlist(w)
	w.spot.offered = false
	delete(x.serving, w.id)
	lost = x.sessions.DropWorker(w.home)
	x.serveAgain(w.spot.waiting.empty())
	return lost
}

// close makes everybody who waits, and everybody who comes from now on, get err. It may be called again with another one.
func (x *index) close(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = err
	waiting := x.waiting.empty()
	for _, w := range x.serving {
		waiting = append(waiting, w.spot.waiting.empty()...)
	}
	x.length = 0
	for _, t := range waiting {
		t.got <- reservation{err: err}
	}
}
