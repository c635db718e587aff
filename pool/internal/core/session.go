package core

// location is where the state of a session is.
type location uint8

const (
	nowhere  location = iota // there is none, or it is lost
	onWorker                 // on the worker that the session is bound to
	kept                     // in the snapshot, and nowhere else
)

// session is what the pool knows of one session. There may be millions, so fields that few sessions need are pointers, and
// those that a request of a session on its worker needs come first: they share a line of the processor's cache.
type session struct {
	home       *worker      // to which it is bound; nil for none. See Core.home for one that is gone
	generation uint64       // of the binding: it grows with each new one, over all sessions
	used       Time         // when a request of it came, left the queue, or ended last
	lease      *leaseRecord // of the request that has a worker; nil for none
	head       *Ticket
	waiting    *heap[*Ticket] // tickets that wait for the end of a request of the session, or for its head
	snapshot   *snapshot
	tickets    int32
	where      location
	slot       uint8  // of the wheel
	lost       bool   // state was lost, and no caller has been told
	lostAgain  bool   // as lost, behind the loss that the lease in progress tells of
	pinned     bool   // the new version of an upgrade has refused the state
	stays      bool   // the state could not be carried to another worker
	noted      uint16 // the number of the upgrade that has found the state for a trial
	deaths     uint8  // workers of an upgrade that have died while they took the state over: see noteDeath

	name           string
	oversize       bool     // the last state was over MaxSnapshot
	next, previous *session // bound to the same worker
	later, earlier *session // in the same slot of the wheel
}

// wait puts a ticket among those that wait for the session. Few sessions have any, so the heap is made on demand.
func (s *session) wait(t *Ticket) {
	if s.waiting == nil {
		h := newTicketHeap(own)
		s.waiting = &h
	}
	s.waiting.push(t)
}

// known reports whether the pool would lose anything by forgetting the session.
func (s *session) known() bool {
	return s.home != nil || s.where != nowhere || s.lost || s.lease != nil || s.tickets > 0
}

// liveHome returns the worker that the session is bound to, nil if there is none or it is gone. A worker that goes may have
// any number of sessions: those that are not looked up are detached by sweep, a few in each call.
func (c *Core) liveHome(s *session) *worker {
	if s.home != nil && s.home.gone {
		c.detach(s)
	}
	return s.home
}

// bind puts the session on the worker for a request.
func (c *Core) bind(s *session, w *worker, r *Request) {
	s.used = c.now
	c.sessions.schedule(s)
	if s.home == w {
		c.sessions.stats.Hits++
		return
	}
	if s.where != nowhere || s.lost {
		c.sessions.stats.Rebinds++
	} else {
		c.sessions.stats.Misses++
	}
	if r.Portable && s.where == onWorker && !c.isCurrent(s) {
		s.where = nowhere // the caller gives the state up
	}
	c.detach(s)
	c.link(s, w)
	c.sessions.generations++
	s.generation = c.sessions.generations
}

// link enters the session into the list of the worker, and unlink takes it out.
func (c *Core) link(s *session, w *worker) {
	s.home = w
	s.next = w.sessions
	if s.next != nil {
		s.next.previous = s
	}
	w.sessions = s
	c.recount(w, 1)
}

// unlink is the opposite of link. The session keeps its generation until it is bound again.
func (c *Core) unlink(s *session) {
	w := s.home
	if s.previous == nil {
		w.sessions = s.next
	} else {
		s.previous.next = s.next
	}
	if s.next != nil {
		s.next.previous = s.previous
	}
	s.home, s.next, s.previous = nil, nil, nil
	c.recount(w, -1)
}

// detach takes the session from its worker. Its state is kept if there is a current snapshot, and lost otherwise.
func (c *Core) detach(s *session) {
	w := s.home
	if w == nil {
		return
	}
	c.unlink(s)
	s.stays = false
	if !w.gone {
		c.drop(w, s)
	}
	if s.where == onWorker {
		if s.where = nowhere; c.isCurrent(s) {
			s.where = kept
			c.upgrade.noteKept(s)
		} else {
			w.lost += c.lose(s)
		}
	}
	if t := s.head; t != nil {
		w.queue.remove(t)
		c.disarm(&t.spillTimer)
		c.unspill(t)
		c.lineUp(t)
		c.eligible(t)
	}
}

// lose notes that the session has lost its state, and returns 1 if that is a loss that is still to be told.
func (c *Core) lose(s *session) int {
	switch {
	case !s.lost:
		s.lost = true
	case s.lease != nil && !s.lostAgain:
		s.lostAgain = true
	default:
		return 0 // the caller learns of both at once
	}
	c.sessions.stats.Lost++
	if c.upgrade != nil {
		c.upgrade.lose(s)
	}
	return 1
}

// settleEvicted notes the loss of a state that was nowhere but in a snapshot that was evicted. A lease in progress has the
// state in its Import, and may have brought it to the worker.
func (c *Core) settleEvicted(s *session) {
	if s.where == kept && s.lease == nil && !c.isCurrent(s) {
		s.where = nowhere
		c.lost(s)
	}
}

// tell reports whether the request has to be refused because its session has lost its state. The loss has been told then.
func (c *Core) tell(s *session, r *Request) bool {
	if !s.lost || s.lease != nil || r.Affinity == Prefer || r.Portable {
		return false
	}
	s.lost = false
	c.sessions.stats.Reported++
	return true
}

// sweep detaches sessions from workers that are gone, at most that many.
//
// A worker may have a hundred thousand sessions, and detaching them in the call that reports its exit would keep every
// request of the pool waiting for the lock. So each call of the core detaches a few, and a timer lets the next call come
// at once. A session that is asked for meanwhile is detached on the spot: see home.
func (c *Core) sweep(most int) {
	for n := 0; n < most && len(c.sweeping) > 0; n++ {
		w := c.sweeping[0]
		s := w.sessions
		if s == nil {
			if w.lost > 0 {
				c.report(Event{Kind: SessionsLost, Worker: w.id, Count: w.lost})
				w.lost = 0
			}
			c.sweeping = c.sweeping[1:]
			continue
		}
		c.detach(s)
		c.forgetUnknown(s)
	}
	if len(c.sweeping) > 0 {
		c.arm(&c.expireTimer, c.now) // the next Tick goes on
	}
}

// drop lets the worker forget the state of a session, which goes on elsewhere or has ended.
func (c *Core) drop(w *worker, s *session) { c.dropRef(w, SessionRef{s.name, s.generation}) }

// dropRef is drop for a state that the session does not have any more. What one call of the core drops from one worker
// becomes one effect.
func (c *Core) dropRef(w *worker, ref SessionRef) {
	if len(w.drops) == 0 {
		c.dropping = append(c.dropping, w)
	}
	w.drops = append(w.drops, ref)
}

// flushDrops emits what dropRef has collected. A worker that is gone has forgotten everything.
func (c *Core) flushDrops() {
	for i, w := range c.dropping {
		if !w.gone {
			c.emit(Effect{Kind: Drop, Worker: w.id, Sessions: w.drops})
		}
		w.drops, c.dropping[i] = nil, nil
	}
	c.dropping = c.dropping[:0]
}

// forgetUnknown removes the session if nothing is known of it.
func (c *Core) forgetUnknown(s *session) {
	if !s.known() {
		c.forget(s)
	}
}

// forget ends a session that no request has or waits for. A loss that was not told is told to no caller any more.
func (c *Core) forget(s *session) {
	if s.lost {
		c.sessions.stats.Unreported++
	}
	s.where, s.lost = nowhere, false
	s.pinned = false
	c.detach(s)
	c.snapshots.drop(s)
	c.sessions.remove(s)
}

// Snapshot is the state of a session, as its worker has written it down. It is not changed once the core has it.
type Snapshot struct {
	Version     string // of the worker's code; the core fills it in
	ExportedBy  string // the export hook that wrote it, empty for none
	ContentType string
	Data        []byte
}

// snapshots bounds the states that the pool keeps. Those that were kept longest ago are evicted first.
//
// Example with a bound of 100 bytes: the states of sessions a, b and c have 40 bytes each, and came in this order. When c
// comes, a is evicted. If a worker has the state of a as well, nothing is lost. If the pool alone had it, because its
// worker is gone, session a has lost its state, which is counted and told to its next request.
type snapshots struct {
	one, all int // bytes

	oversize       func(s *session, size int) // called when a state is over the bound, and the one before was not
	lost           func(s *session)           // called when a snapshot is evicted
	bytes, count   int
	evicted        uint64
	refused        uint64 // for their size
	oldest, newest *snapshot
	cursor         *snapshot // the next one of the walk; nil for none
}

// snapshot is one state that is kept. An evicted one has no state.
type snapshot struct {
	of           *session
	state        *Snapshot
	older, newer *snapshot
}

// isCurrent reports whether the pool has the state of the session as it was acknowledged last.
func (c *Core) isCurrent(s *session) bool { return s.snapshot != nil && s.snapshot.state != nil }

// keep replaces the snapshot of the session. There is none if the new one is over the bound.
func (k *snapshots) keep(s *session, state *Snapshot) {
	k.drop(s)
	before := s.oversize
	if s.oversize = len(state.Data) > min(k.one, k.all); s.oversize {
		k.refused++
		if !before {
			k.oversize(s, len(state.Data))
		}
		return
	}
	n := &snapshot{of: s, state: state, older: k.newest}
	s.snapshot = n
	if n.older == nil {
		k.oldest = n
	} else {
		n.older.newer = n
	}
	k.newest = n
	k.bytes += len(state.Data)
	k.count++
	for k.bytes > k.all {
		k.evicted++
		evicted := k.oldest.of
		k.remove(k.oldest)
		k.lost(evicted)
	}
}

// drop forgets the state of a session, as one that is not current any more.
func (k *snapshots) drop(s *session) {
	if s.snapshot != nil {
		k.remove(s.snapshot)
		s.snapshot = nil
	}
}

// walk returns the session of the next state, from the newest to the oldest one. The cursor has to be there.
func (k *snapshots) walk() *session {
	s := k.cursor.of
	k.cursor = k.cursor.older
	return s
}

// remove takes a snapshot out of the list and clears it. Its session still points at it then, so that isCurrent, which
// looks at the state, says no.
func (k *snapshots) remove(n *snapshot) {
	if n.state == nil {
		return
	}
	if n == k.cursor {
		k.cursor = n.older
	}
	if n.older == nil {
		k.oldest = n.newer
	} else {
		n.older.newer = n.newer
	}
	if n.newer == nil {
		k.newest = n.older
	} else {
		n.newer.older = n.older
	}
	k.bytes -= len(n.state.Data)
	k.count--
	*n = snapshot{}
}
