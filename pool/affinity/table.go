package affinity

import (
	"hash/maphash"
	"sync/atomic"
	"time"
)

// Binding says where a session is.
type Binding struct {
	// Worker is the id of the worker; 0 means that the session is bound to none.
	Worker uint64
	// Generation grows with every worker that a session is bound to. A worker that sees another one than before starts the
	// session anew, and what an earlier worker still says about the session is out of date.
	Generation uint64
	// Rebound says that the session had state on an earlier worker, which is gone.
	Rebound bool
	// Snapshot is the session's state, which the worker has to take over before its next request; nil if there is none to
	// take over. Nobody changes it.
	Snapshot *Snapshot
}

// Home is a worker that sessions can be bound to. It belongs to one table, and must not be copied.
type Home struct {
	id       uint64
	count    atomic.Int64
	sessions [shards]*entry // the first of each shard's list, under the shard's lock
}

// NewHome returns the home of the worker with this id, which is not 0.
func NewHome(id uint64) *Home { return &Home{id: id} }

// Count returns how many sessions are bound to the worker.
func (h *Home) Count() int { return int(h.count.Load()) }

// Table maps sessions to workers. The zero Table is empty, forgets nothing and keeps no snapshots. It may be used by many
// goroutines; its locks are leaves, and each is held for a few entries at a time.
type Table struct {
	clock    clock
	store    store
	bindings atomic.Uint64 // so far; no two bindings share a generation, also when one was forgotten in between
	shards   [shards]shard
}

// Config bounds a table.
type Config struct {
	// Timeout is after how long without use a session is forgotten; 0 or less means never.
	Timeout time.Duration
	// MaxSnapshot bounds one snapshot, and MaxSnapshots all of them together, in bytes; 0 means that none is kept. When
	// there are too many, those that were kept longest ago go first.
	MaxSnapshot, MaxSnapshots int
}

// New returns an empty table.
func New(c Config) *Table {
	t := &Table{}
	t.Configure(c)
	return t
}

// Configure changes the bounds of a table that nobody uses at that moment.
func (t *Table) Configure(c Config) {
	t.clock = newClock(c.Timeout)
	t.store.one, t.store.all = c.MaxSnapshot, c.MaxSnapshots
}

// shards is how many parts the table has, each with a lock of its own. It is a power of two.
const shards = 64

var seed = maphash.MakeSeed()

func (t *Table) shard(session string) (*shard, int) {
	i := int(maphash.String(seed, session) % shards)
	return &t.shards[i], i
}

// Lookup returns where the session is, without counting as use of it. The zero Binding means that nothing is known of it.
func (t *Table) Lookup(session string) Binding {
	s, _ := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.find(session); ok {
		return t.binding(e)
	}
	return Binding{}
}

// Worker is [Table.Lookup] for those who want only the id of the worker: it looks no further than the name.
func (t *Table) Worker(session string) uint64 {
	s, _ := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[session].worker
}

// Bind puts the session on the worker, tentatively, and returns the binding. Binding it where it already is only uses it.
// The session is
// in use until [Table.Release] or [Table.Unbind].
func (t *Table) Bind(session string, home *Home, now time.Time) Binding {
	s, i := t.shard(session)
	at := t.clock.read(now)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, _ := s.find(session)
	if e != nil && t.clock.isOver(e, at) {
		s.forget(t, i, e)
		s.stats.Expired++
		e = nil
	}
	if e == nil {
		e = s.add(session)
	}
	t.use(s, e, at)
	if e.home == home {
		s.stats.Hits++
		return t.binding(e)
	}
	s.note(e)
	s.detach(t, i, e)
	s.attach(i, e, home)
	e.generation = t.bindings.Add(1)
	return t.binding(e)
}

// use notes that the session is in use from now on.
func (t *Table) use(s *shard, e *entry, at int64) {
	e.used = at
	e.users++
	if e.slot == noSlot {
		s.schedule(&t.clock, e)
	}
}

func (t *Table) binding(e *entry) Binding {
	b := Binding{Generation: e.generation, Rebound: e.lost}
	if e.home != nil {
		b.Worker = e.home.id
	}
	if e.orphaned {
		b.Snapshot = t.store.get(e.snapshot)
		b.Rebound = b.Rebound || b.Snapshot == nil
	}
	return b
}

// Release ends a use that [Table.Bind] has begun, whatever became of it. The session's time begins anew.
func (t *Table) Release(session string, now time.Time) {
	s, i := t.shard(session)
	at := t.clock.read(now)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.find(session)
	if !ok {
		return
	}
	e.users = max(0, e.users-1)
	e.used = at
	if e.slot == noSlot {
		s.schedule(&t.clock, e)
	}
	s.forgetUnknown(t, i, e)
}

// Confirm makes the binding of that generation firm: the worker has answered, and from now on holds the session's state. A
// snapshot of before is dropped, since the state has gone on. What the binding says of an earlier loss has been told. If the
// worker was dropped while its answer was on the way, the state is lost already, and whoever is bound next is told so, unless
// the state is kept: then whoever is bound next takes that over.
func (t *Table) Confirm(session string, generation uint64) {
	t.confirm(session, generation, func(e *entry) { t.store.drop(e) })
}

// Unchanged is [Table.Confirm] where the answer says that the state is still that of the last snapshot.
func (t *Table) Unchanged(session string, generation uint64) {
	t.confirm(session, generation, func(*entry) {})
}

// Keep is [Table.Confirm] with the state as it is now. A snapshot that is over its bound is a [TooLargeError], and then the
// session has none.
func (t *Table) Keep(session string, generation uint64, snapshot Snapshot) (err error) {
	t.confirm(session, generation, func(e *entry) { err = t.store.keep(e, snapshot) })
	return err
}

func (t *Table) confirm(session string, generation uint64, snapshot func(*entry)) {
	s, _ := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, _ := s.find(session)
	if e == nil {
		e = s.add(session)
	}
	switch {
	case e.generation == generation && e.home != nil:
		e.firm, e.lost, e.orphaned = true, false, false
		snapshot(e)
	case !e.firm && e.generation <= generation: // the worker was dropped meanwhile
		snapshot(e)
		e.generation, e.orphaned = generation, t.store.get(e.snapshot) != nil
		e.lost = !e.orphaned
	case !e.firm:
		e.lost = true
	}
}

// Untold says that nobody has been told yet of the loss that the binding of that generation spoke of: the next one does.
func (t *Table) Untold(session string, generation uint64) {
	s, _ := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.find(session); ok && e.generation == generation {
		e.lost = true
	}
}

// Lose says that the worker of that generation could not take over the session's snapshot: the state is lost.
func (t *Table) Lose(session string, generation uint64) {
	s, _ := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.find(session); ok && e.generation == generation && e.orphaned {
		t.store.drop(e)
		e.orphaned, e.lost = false, true
	}
}

// Unbind undoes a [Table.Bind] whose request never reached the worker: it ends the use, and the binding if it is tentative
// and of that generation.
func (t *Table) Unbind(session string, generation uint64) {
	s, i := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.find(session)
	if !ok || e.users == 0 {
		return
	}
	e.users--
	if e.generation == generation && !e.firm {
		s.detach(t, i, e)
	}
	s.forgetUnknown(t, i, e)
}

// DropWorker takes every session from the worker and returns how many have lost their state.
func (t *Table) DropWorker(home *Home) (lost int) {
	for i := range t.shards {
		lost += t.shards[i].drop(t, i, home)
	}
	return lost
}

// Forget ends the session: its next request is that of a new one.
func (t *Table) Forget(session string) {
	s, i := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.find(session); ok {
		s.forget(t, i, e)
	}
}

// InUse reports whether the session is in use: between [Table.Bind] and its end.
func (t *Table) InUse(session string) bool {
	s, _ := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.find(session)
	return ok && e.users > 0
}

// CanMove reports whether the session can go on with another worker: nobody uses it, and its state is kept or there is none.
func (t *Table) CanMove(session string) bool {
	s, _ := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.find(session)
	return !ok || e.users == 0 && (!e.firm || t.store.get(e.snapshot) != nil)
}

// Portable says that the session can do without its state, unless that is kept: moving it is no loss.
func (t *Table) Portable(session string) {
	s, _ := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.find(session); ok && t.store.get(e.snapshot) == nil {
		e.firm, e.lost, e.orphaned = false, false, false
	}
}

// Acknowledge says that the loss of the session's state has been told: its next request is that of a new one.
func (t *Table) Acknowledge(session string) {
	s, i := t.shard(session)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.find(session); ok {
		e.lost = false
		if e.orphaned && t.store.get(e.snapshot) == nil {
			e.orphaned = false
		}
		s.forgetUnknown(t, i, e)
	}
}

// Unsaved returns the sessions that have state on the worker and nowhere else, with their generations.
func (t *Table) Unsaved(home *Home) map[string]uint64 {
	unsaved := make(map[string]uint64, home.Count())
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for e := home.sessions[i]; e != nil; e = e.next {
			if e.firm && t.store.get(e.snapshot) == nil {
				unsaved[e.name] = e.generation
			}
		}
		s.mu.Unlock()
	}
	return unsaved
}
