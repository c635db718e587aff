package runtime

import (
	"context"
	"math"
)

// batch is how many messages a sender serves for others before it hands the machine over to a goroutine.
const batchSize = 16

// patience says how long a goroutine that runs a machine goes on doing so for others. The zero value hands over at once.
type drainBudget struct {
	messages int             // messages
	call     *From           // the call whose answer the goroutine waits for; nil if it waits for none
	ctx      context.Context // of that call; nil if it does not end
}

// forever is the patience of a goroutine that has nothing else to do.
func unlimited() drainBudget { return drainBudget{messages: math.MaxInt} }

func (b *drainBudget) exhausted() bool {
	return b.messages <= 0 || b.call.isAnswered() || b.ctx != nil && b.ctx.Err() != nil
}

// post puts a message into the mailbox, and serves the mailbox if nobody runs the machine.
func (s *Server) send(item any, budget drainBudget) error {
	runs, err := s.enqueue(item)
	if runs {
		s.drain(budget)
	}
	return err
}

// put puts a message into the mailbox. It reports whether the machine was idle, and is now to be run by the caller.
func (s *Server) enqueue(item any) (runs bool, err error) {
	s.mu.Lock()
	w := s.word.Load()
	if w&wordEnded != 0 {
		s.mu.Unlock()
		return false, s.engine.Err()
	}
	q := s.acquireInbox()
	if q.full(s.limit) && isExternal(item) {
		s.mu.Unlock()
		return false, ErrMailboxFull
	}
	q.put(item)
	if w&(wordQueued|wordOwned) != wordQueued|wordOwned { // else it stays so until the runner has had the lock
		runs = s.word.Or(wordQueued|wordOwned)&wordOwned == 0
	}
	s.mu.Unlock()
	return runs, nil
}

// pile puts a message into the mailbox for whoever runs the machine, and who will find it.
func (s *Server) enqueueAsOwner(item any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acquireInbox().put(item)
	s.word.Or(wordQueued)
}

// drain serves the mailbox for whoever runs the machine, and gives the machine back when nothing is left to serve. Out of
// patience, it hands the machine over to a goroutine.
func (s *Server) drain(budget drainBudget) {
	given := false
	defer func() {
		if !given { // a hook ended this goroutine
			go s.drain(unlimited())
		}
	}()
	for !s.serveAll(&budget) {
	}
	given = true
}

// serveAll serves until the machine is given away. It reports false if a crash came in between, which ends the machine: what
// then waits is still to be told.
func (s *Server) serveAll(budget *drainBudget) (given bool) {
	var item any
	defer func() {
		if !given {
			_ = s.crash(recover(), fromOf(item)) // it is the reason of the machine's end now
		}
	}()
	// The machine is not looked up anew for each message: senders write where the server keeps it.
	e, machine, q := s.engine, s.machine, s.ownedInbox()
	for ; ; budget.messages-- {
		item = nil
		if !e.Direct() {
			s.settle()
		}
		if e.Stopped() {
			s.shutDown(q)
			return true
		}
		if budget.exhausted() && s.handOver() {
			return true
		}
		var ok bool
		if item, ok = s.nextItem(q); !ok {
			return true
		}
		e.runMessage(machine, item)
	}
}

// crowdOfRunner returns the crowd of the server, which stays its crowd until the runner gives the machine away.
func (s *Server) ownedInbox() *inbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acquireInbox()
}

// settle empties the queues inside the machine, and has the group know when to wake it.
func (s *Server) settle() {
	if !s.engine.isSettled() {
		s.engine.Settle(s.machine)
	}
	if s.engine.flags&flagRearm != 0 {
		s.rearm()
	}
}

// take returns the next message. With none that can be served it gives the machine away.
func (s *Server) nextItem(q *inbox) (item any, ok bool) {
	item, ok = q.take()
	if ok {
		return item, true
	}
	s.mu.Lock()
	if q.swap() {
		item, ok = q.take()
	}
	if !ok {
		s.releaseInbox()
		s.word.Store(s.idle())
	}
	s.mu.Unlock()
	return item, ok
}

// handOver gives the machine to a goroutine if something waits for it.
func (s *Server) handOver() bool {
	if s.word.Load()&wordQueued == 0 {
		return false
	}
	s.engine.publishState()
	go s.drain(unlimited())
	return true
}

// close ends the server of a machine that has ended, and tells everybody who waited. Requests find that out by themselves.
func (s *Server) shutDown(q *inbox) {
	s.mu.Lock()
	s.word.Store(s.idle() | wordEnded)
	waiting := q.close()
	s.mu.Unlock()
	if g := s.engine.clock.group; g != nil {
		g.remove(s)
	}
	err := s.engine.Err()
	for _, item := range waiting {
		if m, ok := item.(*message); ok && m.event.Kind == KindInvoke {
			s.discardLater(m.event.Content.(*Invocation))
			continue
		}
		fromOf(item).Fail(err)
	}
	s.mu.Lock()
	s.word.Or(wordNotified)
	if q.notified != nil {
		close(q.notified)
	}
	s.mu.Unlock()
	if v := s.engine.ext.invokes; v == nil || v.idle() {
		s.closeDone()
	}
}

// finish is called when no invoke runs. If everybody knows that the machine has ended, nothing is left of it then.
func (s *Server) closeDone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.word.Load()&(wordNotified|wordDone) != wordNotified {
		return
	}
	s.word.Or(wordDone)
	if s.inbox != nil && s.inbox.done != nil {
		close(s.inbox.done)
	}
	s.releaseInbox()
}
