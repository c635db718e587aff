package runtime

import "context"

// Suspend makes the machine serve nothing but requests, from the moment it returns. Events and time-outs pile up in the
// order of their arrival (R099). To suspend a suspended machine changes nothing.
func (s *Server) Suspend(ctx context.Context) error {
	return s.request(ctx, func() {
		s.engine.flags |= flagSuspended
		s.setSuspended(true)
	})
}

// Resume makes a suspended machine go on with what has piled up (R100).
func (s *Server) Resume(ctx context.Context) error {
	return s.request(ctx, func() {
		s.engine.flags &^= flagSuspended
		s.setSuspended(false)
	})
}

func (s *Server) setSuspended(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acquireInbox().out.suspended = yes
}

// suspended is for whoever runs the machine.
func (s *Server) suspended() bool { return s.engine.flags&flagSuspended != 0 }
