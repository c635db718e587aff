package runtime

import (
	"context"
	"math"
)

// batch is how many messages a sender serves for others before it hands the machine over to a goroutine.
const batch = 16

// patience says how long a goroutine that runs a machine goes on doing so for others. The zero value hands over at once.
type patience struct {
	budget int             // messages
	own    *From           // the call whose answer the goroutine waits for; nil if it waits for none
	ctx    context.Context // of that call; nil if it does not end
}

// forever is the patience of a goroutine that has nothing else to do.
func forever() patience { return patience{budget: math.MaxInt} }

func (p *patience) over() bool {
	return p.budget <= 0 || p.own.isAnswered() || p.ctx != nil && p.ctx.Err() != nil
}

// post puts a message into the mailbox, and serves the mailbox if nobody runs the machine.
func (s *Server) post(message any, p patience) error {
	runs, err := s.put(message)
	if runs {
		s.drain(p)
	}
	return err
}

// put puts a message into the mailbox. It reports whether the machine was idle, and is now to be run by the caller.
func (s *Server) put(message any) (runs bool, err error) {
	s.mu.Lock()
	w := s.word.Load()
	if w&wordEnded != 0 {
		s.mu.Unlock()
		return false, s.engine.Err()
	}
	c := s.more()
	if c.full(s.limit) && outside(message) {
		s.mu.Unlock()
		return false, ErrMailboxFull
	}
	c.put(message)
	if w&(wordMore|wordRun) != wordMore|wordRun { // else it stays so until the runner has had the lock
		runs = s.word.Or(wordMore|wordRun)&wordRun == 0
	}
	s.mu.Unlock()
	return runs, nil
}

// pile puts a message into the mailbox for whoever runs the machine, and who will find it.
func (s *Server) pile(message any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more().put(message)
	s.word.Or(wordMore)
}

// drain serves the mailbox for whoever runs the machine, and gives the machine back when nothing is left to serve. Out of
// patience, it hands the machine over to a goroutine.
func (s *Server) drain(p patience) {
	given := false
	defer func() {
		if !given { // a hook ended this goroutine
			go s.drain(forever())
		}
	}()
	for !s.serveAll(&p) {
	}
	given = true
}

// serveAll serves until the machine is given away. It reports false if a crash came in between, which ends the machine: what
// then waits is still to be told.
func (s *Server) serveAll(p *patience) (given bool) {
	var message any
	defer func() {
		if !given {
			_ = s.crash(recover(), caller(message)) // it is the reason of the machine's end now
		}
	}()
	// The machine is not looked up anew for each message: senders write where the server keeps it.
	e, machine, c := s.engine, s.machine, s.crowdOfRunner()
	for ; ; p.budget-- {
		message = nil
		if !e.Direct() {
			s.settle()
		}
		if e.Stopped() {
			s.close(c)
			return true
		}
		if p.over() && s.handOver() {
			return true
		}
		var ok bool
		if message, ok = s.take(c); !ok {
			return true
		}
		e.serve(machine, message)
	}
}

// crowdOfRunner returns the crowd of the server, which stays its crowd until the runner gives the machine away.
func (s *Server) crowdOfRunner() *crowd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.more()
}

// settle empties the queues inside the machine, and has the group know when to wake it.
func (s *Server) settle() {
	if !s.engine.settled() {
		s.engine.Settle(s.machine)
	}
	if s.engine.hot&hotArm != 0 {
		s.rearm()
	}
}

// take returns the next message. With none that can be served it gives the machine away.
func (s *Server) take(c *crowd) (message any, ok bool) {
	message, ok = c.take()
	if ok {
		return message, true
	}
	s.mu.Lock()
	if c.letOut() {
		message, ok = c.take()
	}
	if !ok {
		s.less()
		s.word.Store(s.idle())
	}
	s.mu.Unlock()
	return message, ok
}

// handOver gives the machine to a goroutine if something waits for it.
func (s *Server) handOver() bool {
	if s.word.Load()&wordMore == 0 {
		return false
	}
	s.engine.publish()
	go s.drain(forever())
	return true
}

// close ends the server of a machine that has ended, and tells everybody who waited. Requests find that out by themselves.
func (s *Server) close(c *crowd) {
	s.mu.Lock()
	s.word.Store(s.idle() | wordEnded)
	waiting := c.close()
	s.mu.Unlock()
	if g := s.engine.clock.group; g != nil {
		g.remove(s)
	}
	err := s.engine.Err()
	for _, message := range waiting {
		if l, ok := message.(*letter); ok && l.event.Kind == KindInvoke {
			s.discardLater(l.event.Content.(*Invocation))
			continue
		}
		caller(message).Fail(err)
	}
	s.mu.Lock()
	s.word.Or(wordTold)
	if c.told != nil {
		close(c.told)
	}
	s.mu.Unlock()
	if v := s.engine.rest.invokes; v == nil || v.idle() {
		s.finish()
	}
}

// finish is called when no invoke runs. If everybody knows that the machine has ended, nothing is left of it then.
func (s *Server) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.word.Load()&(wordTold|wordDone) != wordTold {
		return
	}
	s.word.Or(wordDone)
	if s.crowd != nil && s.crowd.done != nil {
		close(s.crowd.done)
	}
	s.less()
}
