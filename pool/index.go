package pool

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/fsmgen/fsmgen/pool/affinity"
)

// index knows which workers are free and who waits for one. It is derived: the workers' machines say when a worker may be
// handed out. Its lock is a leaf, and no machine is called under it.
//
// Nobody waits for a worker that is free: whoever may have it gets it in the step that frees it.
type index struct {
	mu       sync.Mutex
	sessions affinity.Table
	serving  map[uint64]*worker
	free     []*worker // the last used last
	waiting  line      // for any worker
	tickets  uint64
	closed   error // why nobody gets a worker any more
}

// place is what the index keeps of one worker, under its lock.
type place struct {
	offered  bool // its machine says that it may be handed out
	reserved bool // somebody has it who has neither checked it out nor given it back
	waiting  line // for this worker: requests of sessions that are bound to it
}

// free reports whether the worker can be had.
func (p *place) free() bool { return p.offered && !p.reserved }

// reservation is a worker that nobody else gets until it is checked out or given back.
type reservation struct {
	worker  *worker
	binding affinity.Binding // of the session; zero for anonymous work
	err     error            // instead of a worker
}

// acquire waits until the ticket's turn has come. It fails only with ctx; why the pool has nothing for anybody, the
// reservation says.
func (x *index) acquire(ctx context.Context, t *ticket) (reservation, error) {
	if ctx.Err() != nil {
		return reservation{}, context.Cause(ctx)
	}
	if r, ok := x.enter(t); ok {
		return r, nil
	}
	select {
	case r := <-t.got:
		return r, nil
	case <-ctx.Done():
		x.leave(t)
		return reservation{}, context.Cause(ctx)
	}
}

// enter serves the ticket at once or puts it into the line.
func (x *index) enter(t *ticket) (reservation, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed != nil {
		return reservation{err: x.closed}, true
	}
	if t.number == 0 {
		x.tickets++
		t.number = x.tickets
	}
	if w := x.pick(t); w != nil {
		return x.reserve(w, t), true
	}
	x.line(t).insert(t)
	return reservation{}, false
}

// pick chooses a free worker: for a session the one that has it, for a new session the one that has the fewest, and for
// anonymous work the one used last.
func (x *index) pick(t *ticket) *worker {
	if bound := x.boundTo(t); bound != nil {
		if bound.place.free() {
			return bound
		}
		return nil
	}
	if len(x.free) == 0 {
		return nil
	}
	if t.session == "" {
		return x.free[len(x.free)-1]
	}
	return slices.MinFunc(x.free, func(a, b *worker) int {
		return cmp.Compare(x.sessions.Count(a.id), x.sessions.Count(b.id))
	})
}

// boundTo returns the worker that has the ticket's session, nil if none has.
func (x *index) boundTo(t *ticket) *worker {
	if t.session == "" {
		return nil
	}
	return x.serving[x.sessions.Lookup(t.session).Worker]
}

// line returns the line that the ticket belongs into.
func (x *index) line(t *ticket) *line {
	if w := x.boundTo(t); w != nil {
		return &w.place.waiting
	}
	return &x.waiting
}

// reserve takes the worker from the free ones and binds the ticket's session to it.
func (x *index) reserve(w *worker, t *ticket) reservation {
	x.unlist(w)
	w.place.reserved = true
	r := reservation{worker: w}
	if t.session != "" {
		r.binding = x.sessions.Bind(t.session, w.id)
	}
	return r
}

// leave takes back a ticket whose request is over. A worker that it got meanwhile goes to the next.
func (x *index) leave(t *ticket) {
	x.mu.Lock()
	left := t.leave()
	x.mu.Unlock()
	if left {
		return
	}
	if r := <-t.got; r.worker != nil {
		x.giveBack(r, t)
	}
}

// giveBack undoes a reservation that nothing came of: its request is over, or the worker's machine refused the checkout. Who
// stood in line for the worker because of the ticket's session may have any worker now.
func (x *index) giveBack(r reservation, t *ticket) {
	x.mu.Lock()
	defer x.mu.Unlock()
	w := r.worker
	if t.session != "" {
		x.sessions.Unbind(t.session, r.binding.Generation)
		x.serveAgain(w.place.waiting.empty())
	}
	w.place.reserved = false
	if w.place.offered {
		x.handOut(w)
	}
}

// confirm notes that the worker has answered a request of the session, and so has its state. It reports false if the session
// has another worker by now: then what the answer says is out of date.
func (x *index) confirm(session string, answered affinity.Binding) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.sessions.Lookup(session).Generation > answered.Generation {
		return false
	}
	x.sessions.Confirm(session, answered.Generation)
	return true
}

// counts returns how many requests wait, and how many sessions are known.
func (x *index) counts() (waiting, sessions int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	waiting = len(x.waiting)
	for _, w := range x.serving {
		waiting += len(w.place.waiting)
	}
	return waiting, x.sessions.Len()
}
