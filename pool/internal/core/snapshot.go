package core

// Snapshot is the state of a session, as its worker has written it down. It is not changed once the core has it.
type Snapshot struct {
	Version     string // of the worker's code; the core fills it in
	ExportedBy  string // the export hook that wrote it, empty for none
	ContentType string
	Data        []byte
}

// snapshots bounds the states that the pool keeps. Those that were kept longest ago are evicted first.
type snapshots struct {
	one, all int // bytes

	oversize       func(s *session, size int) // called for a session whose state is over the bound, when it was not before
	lost           func(s *session)           // called for a session whose state was nowhere but in an evicted snapshot
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
