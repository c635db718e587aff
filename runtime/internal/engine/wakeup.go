package engine

import "github.com/fsmgen/fsmgen/runtime/internal/timing"

// rearm tells the group about an earlier deadline of the machine. A cancelled or postponed timer
// does not change its place in the group: the wake-up then finds nothing due and rearms. That keeps
// starting and cancelling a timer cheap.
func (s *Server) rearm() {
	e := s.engine
	e.flags &^= flagRearm
	deadline, ok := e.Deadline()
	if !ok || deadline >= s.wake {
		return
	}
	s.wake = deadline
	g := timing.GroupOf(e.clock)
	if g == nil {
		g = new(timing.Group)
		timing.Begin(g, timing.Base(e.clock))
		e.clock = timing.ClockOf(g)
	}
	timing.Arm(g, s, deadline)
}

// WakeUp runs the time-outs that are due. The group of the machine calls it.
func (s *Server) WakeUp() {
	if s.enterBoxed() {
		_ = s.fireDirect() // an error means that a hook has failed, which ends the machine
		return
	}
	_ = s.send(&message{request: s.fireTimers}, drainBudget{messages: batchSize}) // fails only if the machine has ended
}

// Place returns the place of the machine in its group.
func (s *Server) Place() *timing.Member { return &s.member }

// fireDirect is fireTimers on a goroutine that has just taken the machine.
func (s *Server) fireDirect() (err error) {
	err = ErrUnfinished
	defer func() { s.leaveBoxed(&err, recover(), drainBudget{messages: batchSize}) }()
	s.fireTimers()
	return nil
}

// fireTimers handles the time-outs that are due. If the machine is suspended, they are put into the
// inbox instead, behind the messages that wait (R099).
func (s *Server) fireTimers() {
	e := s.engine
	s.wake = timing.Never
	e.flags |= flagRearm
	e.markExpired(e.clock.Now())
	for t := e.nextExpired(); t != nil; t = e.nextExpired() {
		if s.IsSuspended() {
			s.enqueueAsOwner(t.message())
			continue
		}
		ev, _ := e.timerEvent(t) // it runs: nextExpired returned it
		e.runEvent(s.machine, ev)
		if !e.isSettled() {
			e.Settle(s.machine)
		}
	}
}
