package affinity

// Stats are the books of a table since its beginning. Each number is right, but not all are of one instant.
type Stats struct {
	Sessions      int // that are known now, lost ones included
	Snapshots     int // that are kept now
	SnapshotBytes int

	Hits    uint64 // requests whose session was where they were sent
	Misses  uint64 // requests that began a session
	Rebinds uint64 // sessions with a history that got another worker
	Lost    uint64 // sessions whose worker went away with their state
	Expired uint64 // sessions that nobody used for the timeout
	Evicted uint64 // snapshots that had to make room
}

// Stats returns the books.
func (t *Table) Stats() Stats {
	var sum Stats
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		sum.Sessions += len(s.sessions)
		sum.Hits += s.stats.Hits
		sum.Misses += s.stats.Misses
		sum.Rebinds += s.stats.Rebinds
		sum.Lost += s.stats.Lost
		sum.Expired += s.stats.Expired
		s.mu.Unlock()
	}
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	sum.Snapshots, sum.SnapshotBytes, sum.Evicted = t.store.count, t.store.bytes, t.store.evicted
	return sum
}

// Len returns how many sessions are known, lost ones included.
func (t *Table) Len() (n int) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		n += len(s.sessions)
		s.mu.Unlock()
	}
	return n
}
