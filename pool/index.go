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
type index struct {
	mu       sync.Mutex
	sessions affinity.Table
	serving  map[uint64]*worker
	free     []*worker // offered and not reserved, the last used last
	waiting  []*ticket // for any worker, oldest first
	tickets  uint64
	closed   error // why nobody gets a worker any more
}

// place is what the index keeps of one worker, under its lock.
type place struct {
	free    bool
	waiting []*ticket // for this worker, oldest first
}

// ticket is the place of one request in the line. It keeps its number until it has a worker, so nobody overtakes it.
type ticket struct {
	number  uint64
	session string
	got     chan reservation // has room for one
}

// reservation is a worker that nobody else gets until it is checked out or refused.
type reservation struct {
	worker  *worker
	binding affinity.Binding // of the session; zero for anonymous work
	err     error            // instead of a worker
}

func newTicket(session string) *ticket {
	return &ticket{session: session, got: make(chan reservation, 1)}
}

// acquire waits until the ticket's turn has come, or ctx ends.
func (x *index) acquire(ctx context.Context, t *ticket) (reservation, error) {
	if r, ok := x.enter(t); ok {
		return r, r.err
	}
	select {
	case r := <-t.got:
		return r, r.err
	case <-ctx.Done():
		x.leaveLine(t)
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
	if w := x.pick(t); w != nil {
		return x.reserve(w, t), true
	}
	if t.number == 0 {
		x.tickets++
		t.number = x.tickets
	}
	x.enqueue(t)
	return reservation{}, false
}

// pick chooses a free worker: for a session the one that has it, for a new session the one that has the fewest, and for
// anonymous work the one used last.
func (x *index) pick(t *ticket) *worker {
	if bound := x.boundTo(t); bound != nil {
		if bound.place.free {
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

// reserve takes the worker from the free ones and binds the ticket's session to it.
func (x *index) reserve(w *worker, t *ticket) reservation {
	x.unlist(w)
	r := reservation{worker: w}
	if t.session != "" {
		r.binding = x.sessions.Bind(t.session, w.id)
	}
	return r
}

// line returns the line that the ticket belongs into.
func (x *index) line(t *ticket) *[]*ticket {
	if w := x.boundTo(t); w != nil {
		return &w.place.waiting
	}
	return &x.waiting
}

func (x *index) enqueue(t *ticket) {
	line := x.line(t)
	i, _ := slices.BinarySearchFunc(*line, t.number, func(t *ticket, n uint64) int { return cmp.Compare(t.number, n) })
	*line = slices.Insert(*line, i, t)
}

// leaveLine takes back a ticket whose request is over. A worker that it got meanwhile goes to the next.
func (x *index) leaveLine(t *ticket) {
	x.mu.Lock()
	line := x.line(t)
	if i := slices.Index(*line, t); i >= 0 {
		*line = slices.Delete(*line, i, i+1)
		x.mu.Unlock()
		return
	}
	x.mu.Unlock()
	if r := <-t.got; r.worker != nil {
		x.giveBack(r, t)
	}
}

// giveBack undoes a reservation that was not used. A worker that may no longer be handed out is left to its machine.
func (x *index) giveBack(r reservation, t *ticket) {
	x.refused(r, t)
	if r.worker.fsm.CanCheckout() {
		x.offer(r.worker)
	}
}

// refused undoes a reservation whose worker would not be checked out.
func (x *index) refused(r reservation, t *ticket) {
	if t.session != "" {
		x.sessions.Unbind(t.session, r.binding.Generation)
	}
}

// offer says that the worker may be handed out. The oldest request that may have it gets it.
func (x *index) offer(w *worker) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.serving == nil {
		x.serving = make(map[uint64]*worker)
	}
	x.serving[w.id] = w
	if t := x.next(w); t != nil {
		t.got <- x.reserve(w, t)
		return
	}
	if !w.place.free {
		w.place.free = true
		x.free = append(x.free, w)
	}
}

// next takes the oldest ticket that the worker may serve out of its line. One whose session has come to another worker
// while it waited moves over to that worker's line.
func (x *index) next(w *worker) *ticket {
	for len(x.waiting) > 0 {
		t := x.waiting[0]
		if bound := x.boundTo(t); bound == nil || bound == w {
			break
		}
		x.waiting = x.waiting[1:]
		x.enqueue(t)
	}
	own := &w.place.waiting
	line := &x.waiting
	if len(*line) == 0 || (len(*own) > 0 && (*own)[0].number < (*line)[0].number) {
		line = own
	}
	if len(*line) == 0 {
		return nil
	}
	t := (*line)[0]
	*line = (*line)[1:]
	return t
}

// withdraw says that the worker must not be handed out.
func (x *index) withdraw(w *worker) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unlist(w)
}

func (x *index) unlist(w *worker) {
	if w.place.free {
		w.place.free = false
		x.free = slices.DeleteFunc(x.free, func(f *worker) bool { return f == w })
	}
}

// remove says that the worker serves no more. Its sessions are dropped, and who waited for it may have any worker. It
// returns how many sessions had state there.
func (x *index) remove(w *worker) (lost int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unlist(w)
	delete(x.serving, w.id)
	lost = x.sessions.DropWorker(w.id)
	waiting := w.place.waiting
	w.place.waiting = nil
	for _, t := range waiting {
		x.again(t)
	}
	return lost
}

// again finds a worker for a ticket that was in line for one that is gone.
func (x *index) again(t *ticket) {
	if w := x.pick(t); w != nil {
		t.got <- x.reserve(w, t)
		return
	}
	x.enqueue(t)
}

// close makes everybody who waits, and everybody who comes, get err. The first err counts.
func (x *index) close(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed != nil {
		return
	}
	x.closed = err
	for _, t := range x.waiting {
		t.got <- reservation{err: err}
	}
	x.waiting = nil
	for _, w := range x.serving {
		for _, t := range w.place.waiting {
			t.got <- reservation{err: err}
		}
		w.place.waiting = nil
	}
}

// serves reports whether the worker is between its first offer and its removal. Unlike the state that its machine shows,
// which changes when a step is complete, this is true already when the machine of the pool is told so.
func (x *index) serves(w *worker) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.serving[w.id] == w
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
