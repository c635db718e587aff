package affinity

import "sync"

// shard is a part of the table. Everything in it, and in its entries, is under its lock.
type shard struct {
	mu       sync.Mutex
	sessions map[string]located
	wheel    wheel
	stats    Stats
}

// entry is one session. There may be millions.
type entry struct {
	name       string
	home       *Home // nil while it is bound to no worker
	generation uint64
	used       int64     // last, on the table's clock
	snapshot   *snapshot // nil if none was kept
	users      int32     // requests in flight or in line
	slot       uint8     // of the wheel
	firm       bool      // an answer has come back: there is state to lose
	lost       bool      // state was lost, and nobody has been told yet
	orphaned   bool      // the state is nowhere but in the snapshot

	next, previous *entry // with the same home
	later, earlier *entry // in the same slot
}

// located is an entry, and beside it what is asked most: a second look at memory costs more than the first.
type located struct {
	*entry
	worker uint64 // the entry's home, 0 for none
}

func (s *shard) find(session string) (*entry, bool) {
	l, ok := s.sessions[session]
	return l.entry, ok
}

func (s *shard) add(session string) *entry {
	if s.sessions == nil {
		s.sessions = make(map[string]located)
	}
	e := &entry{name: session, slot: noSlot}
	s.sessions[session] = located{entry: e}
	return e
}

// note counts a binding to a new worker.
func (s *shard) note(e *entry) {
	if e.firm || e.lost || e.orphaned {
		s.stats.Rebinds++
		return
	}
	s.stats.Misses++
}

func (s *shard) attach(i int, e *entry, home *Home) {
	e.home = home
	e.next = home.sessions[i]
	if e.next != nil {
		e.next.previous = e
	}
	home.sessions[i] = e
	home.count.Add(1)
	s.sessions[e.name] = located{e, home.id}
}

// detach takes the session from its worker. The state of a firm binding lives on in its snapshot or is lost.
func (s *shard) detach(t *Table, i int, e *entry) {
	if e.home == nil {
		return
	}
	if e.previous == nil {
		e.home.sessions[i] = e.next
	} else {
		e.previous.next = e.next
	}
	if e.next != nil {
		e.next.previous = e.previous
	}
	e.home.count.Add(-1)
	e.home, e.next, e.previous = nil, nil, nil
	s.sessions[e.name] = located{entry: e}
	if e.firm {
		e.firm = false
		e.orphaned = t.store.get(e.snapshot) != nil
		e.lost = e.lost || !e.orphaned
	}
}

// drop takes the sessions of the shard from a worker.
func (s *shard) drop(t *Table, i int, home *Home) (lost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := home.sessions[i]; e != nil; e = home.sessions[i] {
		had := e.firm
		s.detach(t, i, e)
		if had && !e.orphaned {
			lost++
			s.stats.Lost++
		}
		s.forgetUnknown(t, i, e)
	}
	return lost
}

// forgetUnknown drops an entry that says nothing: no worker, no state, and no loss to tell of.
func (s *shard) forgetUnknown(t *Table, i int, e *entry) {
	if e.home == nil && !e.lost && !e.orphaned && e.users == 0 {
		s.forget(t, i, e)
	}
}

func (s *shard) forget(t *Table, i int, e *entry) {
	s.detach(t, i, e)
	t.store.drop(e)
	s.wheel.remove(e)
	delete(s.sessions, e.name)
}
