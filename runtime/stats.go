package runtime

// Stats is what a server counts.
type Stats struct {
	Waiting   int    // casts and calls in the mailbox
	Unhandled uint64 // events that the state had no use for when their turn came, and that nobody waited for
}

// Stats returns what has been counted so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inbox == nil {
		return Stats{}
	}
	return Stats{Waiting: s.inbox.len(), Unhandled: s.inbox.unhandled}
}

// unheard counts an event that was rejected where nobody waits for the error.
func (e *Engine) countUnhandled(err error) {
	if _, rejected := err.(*UnhandledError); !rejected || e.server == nil {
		return
	}
	s := e.server
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acquireInbox().unhandled++
}
