package runtime

// batch is how many messages a sender serves for others before it hands the machine over to a goroutine.
const batch = 16

// patience says how long a goroutine that runs a machine goes on doing so for others. The zero value hands over at once.
type patience struct {
	budget int             // messages
	own    *From           // the call whose answer the goroutine waits for; nil if it waits for none
	done   <-chan struct{} // closed when it no longer waits
}

func (p *patience) over() bool {
	if p.budget <= 0 || p.own.isAnswered() {
		return true
	}
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// post puts a message into the mailbox, and serves the mailbox if nobody runs the machine.
func (s *Server) post(m mail, p patience) error {
	runs, err := s.put(m)
	if runs {
		s.drain(p)
	}
	return err
}

// put puts a message into the mailbox. It reports whether the machine was idle, and is now to be run by the caller.
func (s *Server) put(m mail) (runs bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false, s.engine.Err()
	}
	if s.limit > 0 && m.outside() && s.box.outside >= s.limit {
		return false, ErrMailboxFull
	}
	s.box.put(m)
	return s.word.Or(wordMore|wordRun)&wordRun == 0, nil
}

// drain serves the mailbox for whoever runs the machine, and gives the machine back when nothing is left to serve. Out of
// patience, it hands the machine over to a goroutine.
func (s *Server) drain(p patience) {
	given := false
	defer func() {
		if !given { // a hook ended this goroutine
			go s.drain(patience{budget: batch})
		}
	}()
	for {
		s.settle()
		s.rearm()
		m, ok := s.take(!p.over())
		if !ok {
			break
		}
		s.serve(m)
		p.budget--
	}
	given = true
}

// settle empties the queues inside the machine. A crash on the way ends the machine, and so does a crash of Terminate.
func (s *Server) settle() {
	for !s.guard(func() { s.engine.Settle(s.machine) }) {
	}
}

// take returns the next message. With none, or when the caller serves no more, it gives the machine away: to nobody, to a
// goroutine, or to the end.
func (s *Server) take(more bool) (mail, bool) {
	s.mu.Lock()
	if s.engine.Stopped() {
		waiting := s.close()
		s.mu.Unlock()
		s.fail(waiting)
		return mail{}, false
	}
	if s.box.next() == len(s.box.mail) {
		s.word.Store(s.idle())
		s.mu.Unlock()
		return mail{}, false
	}
	if !more {
		s.mu.Unlock()
		go s.drain(patience{budget: batch})
		return mail{}, false
	}
	m, ok := s.box.take()
	s.mu.Unlock()
	return m, ok
}

// serve runs one message. A crash ends the machine and fails the call that it was about, if it was about one.
func (s *Server) serve(m mail) {
	switch {
	case m.system != nil:
		m.system()
	case m.wake:
		s.guard(s.fire)
	default:
		s.guard(func() { s.handle(m) })
	}
}

func (s *Server) handle(m mail) {
	ev, ok := m.event, true
	if m.expiry != 0 {
		ev, ok = s.engine.delivered(m)
	}
	if ok {
		_, _ = s.engine.step(s.machine, ev) // who waits for the reply has it already
	}
}

// guard runs f, which runs hooks, and ends the machine if one of them panics. It reports whether none did.
func (s *Server) guard(f func()) (ok bool) {
	defer func() {
		if !ok {
			_ = s.crash(recover()) // it is the reason of the machine's end now
		}
	}()
	f()
	return true
}

// close marks the machine as ended, under the lock, and returns what nobody will serve.
func (s *Server) close() []mail {
	s.ended = true
	s.word.Store(s.idle())
	return s.box.close()
}

// fail tells everybody who waits that the machine has ended. Requests find that out by themselves.
func (s *Server) fail(waiting []mail) {
	if s.timed != nil {
		s.group.remove(s.timed)
	}
	err := s.engine.Err()
	for _, m := range waiting {
		m.event.From.Fail(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = true
	if s.done != nil {
		close(s.done)
	}
}
