package pool

import "slices"

// offer says that the worker may be handed out. The oldest request that may have it gets it.
func (x *index) offer(w *worker) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.serving == nil {
		x.serving = make(map[uint64]*worker)
	}
	x.serving[w.id] = w
	w.place.offered = true
	if !w.place.reserved {
		x.handOut(w)
	}
}

func (x *index) handOut(w *worker) {
	if t := x.next(w); t != nil {
		t.leave()
		t.got <- x.reserve(w, t)
		return
	}
	x.free = append(x.free, w)
}

// next returns the oldest ticket that the worker may serve. One whose session has come to another worker while it waited
// moves over to that worker's line.
func (x *index) next(w *worker) *ticket {
	for {
		t := x.waiting.first()
		if t == nil {
			break
		}
		bound := x.boundTo(t)
		if bound == nil || bound == w {
			break
		}
		t.leave()
		bound.place.waiting.insert(t)
	}
	return older(x.waiting.first(), w.place.waiting.first())
}

// serveAgain finds workers for tickets that stand nowhere any more, or lines where they do.
func (x *index) serveAgain(tickets []*ticket) {
	for _, t := range tickets {
		if w := x.pick(t); w != nil {
			t.got <- x.reserve(w, t)
			continue
		}
		x.line(t).insert(t)
	}
}

// taken says that the worker is checked out: its reservation has come to something.
func (x *index) taken(w *worker) {
	x.mu.Lock()
	defer x.mu.Unlock()
	w.place.reserved = false
}

// withdraw says that the worker must not be handed out. Whoever has reserved it will be refused.
func (x *index) withdraw(w *worker) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unlist(w)
	w.place.offered = false
}

func (x *index) unlist(w *worker) {
	if w.place.free() {
		x.free = slices.DeleteFunc(x.free, func(f *worker) bool { return f == w })
	}
}

// remove says that the worker serves no more. Its sessions are dropped, and who waited for it may have any worker. It
// returns how many sessions had state there.
func (x *index) remove(w *worker) (lost int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unlist(w)
	w.place.offered = false
	delete(x.serving, w.id)
	lost = x.sessions.DropWorker(w.id)
	x.serveAgain(w.place.waiting.empty())
	return lost
}

// close makes everybody who waits, and everybody who comes from now on, get err. It may be called again with another one.
func (x *index) close(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = err
	waiting := x.waiting.empty()
	for _, w := range x.serving {
		waiting = append(waiting, w.place.waiting.empty()...)
	}
	for _, t := range waiting {
		t.got <- reservation{err: err}
	}
}
