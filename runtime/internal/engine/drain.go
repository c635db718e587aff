package engine

import (
	"context"
	"math"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/internal/reply"
	"github.com/fsmgen/fsmgen/runtime/internal/timing"
)

// batchSize is the number of messages that a sender serves for other senders before it hands the
// machine over to a new goroutine.
const batchSize = 16

// drainBudget is the limit for a goroutine that serves messages of other senders. The zero value
// hands the machine over at once.
type drainBudget struct {
	messages int             // how many it still serves
	call     *reply.From     // the call that the goroutine waits for; nil if it waits for none
	ctx      context.Context // the context of that call; nil if it does not end
}

// unlimited returns the budget of a goroutine that only serves this machine.
func unlimited() drainBudget { return drainBudget{messages: math.MaxInt} }

// exhausted reports whether the goroutine should stop serving: it has served its messages, has its
// answer, or its context has ended.
func (b *drainBudget) exhausted() bool {
	return b.messages <= 0 || reply.IsAnswered(b.call) || b.ctx != nil && b.ctx.Err() != nil
}

// send enqueues a message. If the machine is idle, the goroutine becomes its owner and serves the
// inbox.
func (s *Server) send(item any, budget drainBudget) error {
	runs, err := s.enqueue(item)
	if runs {
		s.drain(budget)
	}
	return err
}

// enqueue puts a message into the inbox. It reports whether the machine was idle: then the
// goroutine is its owner now and must call drain.
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
		return false, fsm.ErrMailboxFull
	}
	q.put(item)
	if w&(wordQueued|wordOwned) != wordQueued|wordOwned { // with both flags set, no goroutine clears them before it has had the lock
		runs = s.word.Or(wordQueued|wordOwned)&wordOwned == 0
	}
	s.mu.Unlock()
	return runs, nil
}

// enqueueAsOwner puts a message into the inbox on the goroutine of the owner, which serves it
// later. The bound does not apply.
func (s *Server) enqueueAsOwner(item any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acquireInbox().put(item)
	s.word.Or(wordQueued)
}

// drain serves the inbox on the goroutine of the owner, and gives the machine back when no message
// is left that can be served. When the budget is used up, it hands the machine over to a new
// goroutine.
//
// Handing over needs no lock and no channel: the owner does not clear wordOwned, and the new
// goroutine continues as the owner. The go statement orders their accesses to the machine. An
// example: a sender of a cast has the budget {messages: 2} and becomes the owner, and three
// messages come in while it runs the machine:
//
//	sender     serves its cast     messages = 1
//	sender     serves message 1    messages = 0: exhausted
//	sender     handOver            starts a goroutine; the sender returns
//	goroutine  serves 2 and 3      its budget is unlimited
//	goroutine  nextItem            finds no message and clears wordOwned
//
// The sender of a call also hands over as soon as its call is answered.
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

// serveAll serves messages until the machine is given back or handed over. It reports false after a
// panic of a hook, which ends the machine: the next call fails the calls that still wait.
func (s *Server) serveAll(budget *drainBudget) (given bool) {
	var item any
	defer func() {
		if !given {
			_ = s.crash(recover(), fromOf(item)) // the reason of the end of the machine
		}
	}()
	// Local copies: senders write to the cache line of s.
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

// ownedInbox returns the inbox of the server. The server keeps it until the owner gives the machine
// back.
func (s *Server) ownedInbox() *inbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acquireInbox()
}

// settle empties the queues inside the machine and tells the group of a new earliest deadline.
func (s *Server) settle() {
	if !s.engine.isSettled() {
		s.engine.Settle(s.machine)
	}
	if s.engine.flags&flagRearm != 0 {
		s.rearm()
	}
}

// nextItem returns the next message. If no message can be served, it gives the machine back and
// reports false.
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

// handOver hands the machine to a new goroutine if a message waits. It reports whether it did.
func (s *Server) handOver() bool {
	if s.word.Load()&wordQueued == 0 {
		return false
	}
	s.engine.publishState()
	go s.drain(unlimited())
	return true
}

// shutDown closes the server of a machine that has ended and fails the calls that wait. Requests
// are dropped: their senders wait for the end of the machine too.
func (s *Server) shutDown(q *inbox) {
	s.mu.Lock()
	s.word.Store(s.idle() | wordEnded)
	waiting := q.close()
	s.mu.Unlock()
	if g := timing.GroupOf(s.engine.clock); g != nil {
		timing.Remove(g, s)
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

// closeDone closes Done. It is called when no invoke runs. It does nothing before all waiting
// callers have been notified, and nothing the second time.
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
