package affinity

import (
	"fmt"
	"sync"
)

// Snapshot is the state of a session at one moment, as its worker has written it down.
type Snapshot struct {
	ContentType string
	Data        []byte
}

// TooLargeError reports a snapshot that is over its bound.
type TooLargeError struct {
	Session     string
	Size, Limit int // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("affinity: session %q: the snapshot has %d bytes: the limit is %d", e.Session, e.Size, e.Limit)
}

// store bounds the snapshots of a table. Its lock is a leaf below those of the shards.
type store struct {
	one, all int // bytes

	mu             sync.Mutex
	bytes, count   int
	evicted        uint64
	oldest, newest *snapshot
}

// snapshot is what the store keeps. Where it has none any more, the data is nil.
type snapshot struct {
	Snapshot
	older, newer *snapshot
}

// get returns a snapshot, nil if it has been evicted.
func (s *store) get(n *snapshot) *Snapshot {
	if n == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.Data == nil {
		return nil
	}
	kept := n.Snapshot
	return &kept
}

func (s *store) keep(e *entry, snap Snapshot) error {
	s.drop(e)
	if limit := min(s.one, s.all); len(snap.Data) > limit {
		return &TooLargeError{Session: e.name, Size: len(snap.Data), Limit: limit}
	}
	if snap.Data == nil {
		snap.Data = []byte{}
	}
	n := &snapshot{Snapshot: snap}
	e.snapshot = n
	s.mu.Lock()
	defer s.mu.Unlock()
	s.push(n)
	for s.bytes > s.all {
		s.evicted++
		s.remove(s.oldest)
	}
	return nil
}

func (s *store) drop(e *entry) {
	if e.snapshot == nil {
		return
	}
	s.mu.Lock()
	s.remove(e.snapshot)
	s.mu.Unlock()
	e.snapshot = nil
}

func (s *store) push(n *snapshot) {
	n.older = s.newest
	if s.newest == nil {
		s.oldest = n
	} else {
		s.newest.newer = n
	}
	s.newest = n
	s.bytes += len(n.Data)
	s.count++
}

func (s *store) remove(n *snapshot) {
	if n.Data == nil {
		return
	}
	if n.older == nil {
		s.oldest = n.newer
	} else {
		n.older.newer = n.newer
	}
	if n.newer == nil {
		s.newest = n.older
	} else {
		n.newer.older = n.older
	}
	s.bytes -= len(n.Data)
	s.count--
	*n = snapshot{}
}
