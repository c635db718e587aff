package runtime

// spins is how often a sender looks whether a machine that runs has become idle.
const spins = 50

// Enter takes the machine if it is idle and nothing waits. Whoever gets true must call [Server.Leave].
func (s *Server) Enter() bool {
	w := s.word.Load()
	return w&wordFlags == 0 && s.word.CompareAndSwap(w, w|wordRun)
}

// patientEnter is Enter for whoever can wait a moment: a step takes less time than a message that has to wait.
func (s *Server) patientEnter() bool {
	for range spins {
		w := s.word.Load()
		switch {
		case w&wordFlags == 0:
			if s.word.CompareAndSwap(w, w|wordRun) {
				return true
			}
		case w&wordFlags != wordRun: // others wait already, or the machine is not to be entered
			return false
		}
	}
	return false
}

// Begin begins a direct step, whose error is to be *err. What it returns is for a deferred [Server.Leave].
func (s *Server) Begin(err *error) *error {
	*err = ErrUnfinished
	if s.engine.hot&hotTimed != 0 {
		s.engine.stepBegins()
	}
	return err
}

// Leave gives the machine back after a direct step. It is deferred, and *err is [ErrUnfinished] until the step is complete:
// a panic or Goexit in between ends the machine, and *err becomes what its caller gets.
func (s *Server) Leave(err *error) {
	if *err == ErrUnfinished {
		*err = s.crash(recover(), nil)
	}
	if e := s.engine; e.hot&^hotWatched == 0 {
		w := s.word.Load()
		if w&wordMore == 0 && s.word.CompareAndSwap(w, uint64(e.state)<<wordShift) {
			return
		}
	}
	if s.engine.hot&hotTimed != 0 {
		s.engine.stepEnds()
	}
	s.leave(patience{})
}

// leave gives the machine back, after serving what waits as long as p says.
func (s *Server) leave(p patience) {
	if s.engine.hot&hotArm != 0 {
		s.rearm()
	}
	if s.engine.Direct() && s.release() {
		return
	}
	s.drain(p)
}

// release gives the machine back unless something waits for it.
func (s *Server) release() bool {
	w := s.word.Load()
	return w&wordMore == 0 && s.word.CompareAndSwap(w, s.idle())
}

// idle is the word of the machine while nobody runs it and nothing in its mailbox can be served.
func (s *Server) idle() uint64 {
	w := uint64(s.engine.state) << wordShift
	if !s.engine.Direct() {
		w |= wordIndirect
	}
	return w
}

// leaveBoxed is [Server.Leave] for boxed events, after which others are served as long as p says.
func (s *Server) leaveBoxed(err *error, p *patience) {
	if *err == ErrUnfinished {
		*err = s.crash(recover(), p.own)
	}
	s.leave(*p)
}

// castDirect handles a cast on the goroutine of its sender, who has just taken the machine.
func (s *Server) castDirect(ev Event) (err error) {
	p := patience{budget: batch}
	err = ErrUnfinished
	defer s.leaveBoxed(&err, &p)
	s.handle(ev)
	return nil
}

// callDirect is castDirect for a call. The error is [ErrPending] if p.own is the call now, which is answered later.
func (s *Server) callDirect(content any, p *patience) (reply any, err error) {
	err = ErrUnfinished
	defer s.leaveBoxed(&err, p)
	e := s.engine
	if e.short() {
		reply, err = e.shortStep(s.machine, Event{Kind: KindCall, Content: content})
		if err != ErrPending {
			p.budget = 0 // others are served by somebody else
			return reply, err
		}
	}
	p.own = new(From)
	ev := Event{Kind: KindCall, Content: content, From: p.own}
	if err == ErrPending {
		e.park(ev)
	} else {
		_, _ = e.step(s.machine, ev)
	}
	return nil, ErrPending
}

// handle runs one event to completion, and leaves what it makes wait for later.
func (s *Server) handle(ev Event) {
	e := s.engine
	if !e.short() {
		_, _ = e.step(s.machine, ev) // who waits for the reply has it already
		return
	}
	reply, err := e.shortStep(s.machine, ev)
	if err == ErrPending {
		e.park(ev)
		return
	}
	e.answer(ev.From, reply, err)
}

// crash ends the machine because of a hook that panicked with v, or ended its goroutine, while it handled the call of from.
func (s *Server) crash(v any, from *From) error {
	err := newPanicError(s.engine.info.Machine, v)
	s.engine.crash(err, err)
	s.engine.endOver(from)
	return err
}
