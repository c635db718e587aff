package core

import (
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
)

// Ticket is the place of a request in the queue. A request keeps its place until it gets a lease or is refused.
//
// The queue is several heaps, so that the next request of a worker is found without a search:
//
//   - A ticket without a session is in lane.anonymous: that of Core.shared, or during an upgrade that of a version.
//   - Of the tickets of one session at most one, its head, may be served; the others wait in session.waiting. There is no
//     head while a request of the session is in progress.
//   - The head of a session that is bound to a worker is in the queue of that worker. When the ticket has waited for
//     SpillAfter and the state can be moved, it is in lane.unbound as well: it is spilled.
//   - The head of a session that is bound to no worker is in lane.unbound.
//
// Example: session a is bound to worker 1, and serves a request. Tickets a1, a2 wait in session.waiting. When the request
// ends, a1 becomes the head and is put in the queue of worker 1, and worker 1 takes the ticket that came first: a1, or
// the first one of anonymous or unbound. If worker 1 exits instead, a1 moves to unbound, and any worker may take it.
type Ticket struct {
	request Request
	session *session // nil for work without one
	since   Time
	order   Time   // since minus what the priority is worth: earlier is served first
	number  uint64 // decides between tickets of the same order

	place    [2]int32 // in the heaps: own and anyone
	lane     *lane    // with the heaps that have the ticket, where it may get several workers
	assigned *version // that may serve it, as decided when it came; nil for any. See upgrade.versionFor
	spilled  bool
	ended    bool

	earlier, later *Ticket // in the order of arrival

	queueTimer, spillTimer timer
}

// Which of the two places of a ticket a heap uses.
const (
	own    = 0 // lane.anonymous, session.waiting, worker.queue
	anyone = 1 // lane.unbound
)

// priorityWorth is how much earlier a request counts as having come for each step of its priority. Since it is bounded,
// no request waits for ever.
const priorityWorth = time.Second

// newTicketHeap returns a heap of tickets that keeps the place of each one in Ticket.place[which].
func newTicketHeap(which int) heap[*Ticket] {
	return heap[*Ticket]{less: before, place: func(t *Ticket) *int32 { return &t.place[which] }}
}

// before reports whether a is served before b. The number decides in the end, so that equal tickets are served as they
// came.
func before(a, b *Ticket) bool {
	if a.order != b.order {
		return a.order < b.order
	}
	return a.number < b.number
}

// SetOwner replaces what the effects of the request carry. It is for the owner of a core that needs none but for a request
// that waits; it has to be called before the effects are taken.
func (t *Ticket) SetOwner(owner any) { t.request.Owner = owner }

// enqueue gives the request a place in the queue.
func (c *Core) enqueue(r Request, assigned *version) *Ticket {
	c.tickets++
	c.waiting++
	t := &Ticket{request: r, since: c.now, order: c.now - time.Duration(r.Priority)*priorityWorth, number: c.tickets, assigned: assigned}
	t.queueTimer = timer{kind: timerQueue, ticket: t}
	t.spillTimer = timer{kind: timerSpill, ticket: t}
	c.arm(&t.queueTimer, after(c.now, c.config.QueueTimeout))
	if t.earlier = c.lastTicket; t.earlier == nil {
		c.firstTicket = t
		c.armGrow()
	} else {
		t.earlier.later = t
	}
	c.lastTicket = t
	if r.Session == "" {
		c.lineUp(t)
		return t
	}
	s := c.sessions.open(r.Session, c.now)
	t.session = s
	s.tickets++
	switch {
	case s.lease != nil:
		s.wait(t)
	case s.head == nil:
		c.lead(s, t)
	case before(t, s.head):
		old := s.head
		c.unlead(s)
		s.wait(old)
		c.lead(s, t)
		c.eligible(t) // it may have to be told of a loss that the old head did not mind
	default:
		s.wait(t)
	}
	return t
}

// lead makes the ticket the head of its session.
func (c *Core) lead(s *session, t *Ticket) {
	home := c.liveHome(s) // before there is a head that would have to move
	s.head = t
	if home == nil {
		c.lineUp(t)
		return
	}
	home.queue.push(t)
	if t.request.Affinity == Prefer {
		c.arm(&t.spillTimer, after(c.now, c.config.SpillAfter))
	}
}

// unlead takes the head of a session from where it waits for a worker.
func (c *Core) unlead(s *session) {
	t := s.head
	s.head = nil
	if s.home != nil {
		s.home.queue.remove(t)
	}
	c.unspill(t)
	c.disarm(&t.spillTimer)
}

// spill lets a ticket wait for any worker, after its own one has been busy for SpillAfter, if the state of its session can be
// moved.
//
// Example: session a is bound to worker 1, which serves a long request of session b; SpillAfter is 100 ms. A request of a
// waits in the queue of worker 1. After 100 ms its ticket is put into lane.unbound as well if the pool has the state of a,
// as with Checkpoint; then worker 2, when it is free, takes the request, with the state. Without Checkpoint the state is
// on worker 1 alone. The ticket stays where it is, and is looked at again after another 100 ms, for worker 1 may have gone
// by then.
func (c *Core) spill(t *Ticket) {
	if !c.movable(t) {
		c.arm(&t.spillTimer, after(c.now, c.config.SpillAfter))
		return
	}
	t.spilled = true
	c.lineUp(t)
	c.eligible(t)
}

// lineUp lets the ticket wait for any worker that may serve it.
func (c *Core) lineUp(t *Ticket) {
	t.lane = c.laneOf(c.route(t))
	if t.session == nil {
		t.lane.anonymous.push(t)
	} else {
		t.lane.unbound.push(t)
	}
}

// unspill takes the head of a session from where it waits for any worker. It does nothing if it is not there.
func (c *Core) unspill(t *Ticket) {
	if t.place[anyone] != 0 {
		t.lane.unbound.remove(t)
	}
	t.spilled = false
}

// movable reports whether the ticket's session can go on with another worker, nothing being lost that matters to it.
func (c *Core) movable(t *Ticket) bool {
	return t.request.Portable || t.session.where != onWorker || c.isCurrent(t.session)
}

// eligible notes that the ticket may be served from now on. The running call looks for a worker before it returns.
//
// The grant itself would come too early: the caller of eligible is in the middle of a change, such as a session that has
// left one worker and is not yet bound to another one.
func (c *Core) eligible(t *Ticket) { c.candidates = append(c.candidates, t) }

// tryCandidates looks for workers for the tickets that have become eligible. A worker that is found serves the ticket that
// is first for it, which may be another one.
func (c *Core) tryCandidates() {
	for i := 0; i < len(c.candidates); i++ {
		t := c.candidates[i]
		c.candidates[i] = nil
		s := t.session
		if t.ended || (s != nil && s.head != t) {
			continue
		}
		if s != nil && c.tell(s, &t.request) {
			c.refuseTicket(t, &Refusal{Kind: SessionLost, Session: s.name, Waited: c.now - t.since})
			c.next(s)
			c.forgetUnknown(s)
		}
		for waiting := c.waiting; !t.ended; waiting = c.waiting {
			w := c.workerFor(t)
			if w == nil {
				break
			}
			if c.place(w); c.waiting == waiting && w.free() { // a carriage may have had its slot first
				panic("core: a free worker does not serve the ticket that it was found for")
			}
		}
	}
	c.candidates = c.candidates[:0]
}

// workerFor returns a free worker that may serve the ticket, nil if there is none.
func (c *Core) workerFor(t *Ticket) *worker {
	if t.session == nil {
		return c.leastBusy(c.route(t))
	}
	if home := c.liveHome(t.session); home != nil && home.free() {
		return home
	}
	if t.place[anyone] == 0 || (t.spilled && !c.movable(t)) {
		return nil
	}
	return c.fewestSessions(c.route(t))
}

// serve grants the worker to the requests that wait, as long as it is free.
func (c *Core) serve(w *worker) {
	for c.waiting > 0 && w.free() {
		t := c.nextFor(w)
		if t == nil {
			return
		}
		c.grantTicket(w, t)
	}
}

// nextFor returns the ticket that the worker has to serve first, nil if there is none that it may serve.
func (c *Core) nextFor(w *worker) *Ticket {
	var t *Ticket
	consider := func(h *heap[*Ticket]) {
		if h.len() > 0 && (t == nil || before(h.first(), t)) {
			t = h.first()
		}
	}
	consider(&w.queue)
	if w.carrying {
		return t
	}
	for _, l := range [...]*lane{&c.shared, &w.version.lane} {
		consider(&l.anonymous)
		if c.hasRoom(w) {
			c.settleSpilled(l, w)
			consider(&l.unbound)
		}
	}
	return t
}

// settleSpilled takes the tickets from the top of unbound that may not wait for any worker any more: since the ticket began
// to, the state of its session may have become one that exists on its worker only.
func (c *Core) settleSpilled(l *lane, w *worker) {
	for l.unbound.len() > 0 {
		t := l.unbound.first()
		if !t.spilled || t.session.home == w || c.movable(t) {
			return
		}
		c.unspill(t)
		c.arm(&t.spillTimer, after(c.now, c.config.SpillAfter))
	}
}

// dequeue takes the ticket out of the queue.
func (c *Core) dequeue(t *Ticket) {
	t.ended = true
	c.waiting--
	c.disarm(&t.queueTimer)
	if t.earlier == nil {
		c.firstTicket = t.later
	} else {
		t.earlier.later = t.later
	}
	if t.later == nil {
		c.lastTicket = t.earlier
	} else {
		t.later.earlier = t.earlier
	}
	s := t.session
	if s == nil {
		t.lane.anonymous.remove(t)
		return
	}
	s.tickets--
	s.used = c.now
	if s.head == t {
		c.unlead(s)
	} else {
		s.waiting.remove(t)
	}
}

// next makes the first ticket of the session its head, unless it has one or a request is in progress.
func (c *Core) next(s *session) {
	if s.lease != nil || s.head != nil || s.waiting == nil || s.waiting.len() == 0 {
		return
	}
	t := s.waiting.first()
	s.waiting.remove(t)
	c.lead(s, t)
	c.eligible(t)
}

// refuseTicket ends a ticket: its request gets no worker.
func (c *Core) refuseTicket(t *Ticket, why *Refusal) {
	c.dequeue(t)
	c.emit(Effect{Kind: Refused, Owner: t.request.Owner, Err: why})
}

// Cancel takes a request out of the queue. It returns false if the request has ended meanwhile: a Granted or Refused
// effect is there for it.
func (c *Core) Cancel(now Time, t *Ticket) bool {
	c.begin(now)
	if t.ended {
		return false
	}
	c.dequeue(t)
	c.succeed(t)
	c.end()
	return true
}

// expireTicket refuses a request that has waited for QueueTimeout.
func (c *Core) expireTicket(t *Ticket) {
	c.refuseTicket(t, &Refusal{Kind: WaitedOut, Session: t.request.Session, Waited: c.now - t.since, Shortage: c.Shortage()})
	c.succeed(t)
}

// succeed lets the next ticket of the session take the place of one that has left the queue.
func (c *Core) succeed(t *Ticket) {
	if s := t.session; s != nil {
		c.next(s)
		c.forgetUnknown(s)
	}
}

// refuseAll ends every ticket, in the order in which they came.
func (c *Core) refuseAll(phase poolfsm.State) {
	for c.firstTicket != nil {
		t := c.firstTicket
		c.refuseTicket(t, &Refusal{Kind: Closed, Phase: phase, Waited: c.now - t.since})
		if s := t.session; s != nil {
			c.forgetUnknown(s)
		}
	}
}

// pace is how long workers take for a request, as an average that forgets: recent requests count most.
type pace struct {
	mean    time.Duration
	samples int
}

const (
	paceShare  = 16 // one request is a sixteenth of the average
	paceEnough = 16 // requests before the average is used
)

// note counts how long a lease has taken. Old leases weigh less and less.
func (p *pace) note(took time.Duration) {
	p.samples++
	if p.samples == 1 {
		p.mean = took
		return
	}
	p.mean += (took - p.mean) / paceShare
}

// wait estimates how long a request waits behind that many others. It rather says too little: a request that is refused
// because of it would very likely have been in vain.
//
// Example: 8 requests wait for 2 workers with 2 slots, and a request takes 200 ms. Two rounds are ahead of the next
// request, which is 400 ms. One with a deadline in 300 ms is refused at once; it would have waited for nothing.
func (p *pace) wait(ahead, slots int) time.Duration {
	if p.samples < paceEnough || slots == 0 {
		return 0
	}
	return time.Duration(ahead/slots) * p.mean
}
