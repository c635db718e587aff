package runtime

import (
	"math"
	"sync"
	"time"
)

// never is the deadline of a machine without timers.
const never time.Duration = math.MaxInt64

// Group is the clock and the timer of many machines: one timer of the Go runtime for all of them,
// and no goroutine while nothing is due. When a time-out fires, its machine runs on the goroutine
// of that timer, one machine after the other.
type Group struct {
	clock Clock

	mu    sync.Mutex // a leaf: never held while a machine runs
	queue wakeups
	timer *time.Timer // nil until a machine has a deadline
}

// NewGroup returns a group without machines. It needs no closing: it holds no resource while none
// of its machines has a deadline.
func NewGroup() *Group { return newGroup(time.Now()) }

// newGroup returns a group with the zero of its clock at base.
func newGroup(base time.Time) *Group {
	g := new(Group)
	g.clock.base, g.clock.group = base, g
	return g
}

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
	if e.clock.group == nil {
		e.clock = &newGroup(e.clock.base).clock
	}
	e.clock.group.arm(s, deadline)
}

// wakeUp is called when a timer of the machine may be due.
func (s *Server) wakeUp() {
	if s.enterBoxed() {
		_ = s.fireDirect() // an error means that a hook has failed, which ends the machine
		return
	}
	_ = s.send(&message{request: s.fireTimers}, drainBudget{messages: batchSize}) // fails only if the machine has ended
}

// fireDirect is fireTimers on a goroutine that has just taken the machine.
func (s *Server) fireDirect() (err error) {
	err = ErrUnfinished
	defer func() { s.giveBackBoxed(&err, recover(), drainBudget{messages: batchSize}) }()
	s.fireTimers()
	return nil
}

// fireTimers handles the time-outs that are due. If the machine is suspended, they are put into the
// inbox instead, behind the messages that wait (R099).
func (s *Server) fireTimers() {
	e := s.engine
	s.wake = never
	e.flags |= flagRearm
	e.markExpired(e.clock.Now())
	for t := e.nextExpired(); t != nil; t = e.nextExpired() {
		if s.suspended() {
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

// arm sets the deadline of a machine. Only a new first deadline changes the timer.
func (g *Group) arm(s *Server, when time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue.set(s, when)
	if s.heapIndex == 1 {
		g.resetTimer()
	}
}

// remove takes an ended machine out of the group.
func (g *Group) remove(s *Server) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s.heapIndex == 0 {
		return
	}
	g.queue.remove(s)
	if len(g.queue) == 0 {
		g.timer.Stop()
	}
}

// resetTimer sets the timer to the deadline of the first machine.
func (g *Group) resetTimer() {
	when, now := g.queue[0].when, g.clock.Now()
	var d time.Duration
	if when > now { // a deadline long ago is not subtracted: the difference could overflow
		d = when - now
	}
	if g.timer == nil {
		g.timer = time.AfterFunc(d, g.tick)
		return
	}
	g.timer.Reset(d)
}

// tick wakes the machines that are due.
func (g *Group) tick() {
	over := false
	defer func() {
		if !over { // a hook ended this goroutine: a new one wakes the other machines
			go g.tick()
		}
	}()
	for s := g.due(); s != nil; s = g.due() {
		s.wakeUp()
	}
	over = true
}

// due removes and returns the next machine with a deadline that has passed. If there is none, it
// sets the timer for the next deadline.
func (g *Group) due() *Server {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) == 0 {
		return nil
	}
	first := g.queue[0]
	if first.when > g.clock.Now() {
		g.resetTimer()
		return nil
	}
	g.queue.remove(first.server)
	return first.server
}

// wakeup is the deadline of a machine in a group.
type wakeup struct {
	when   time.Duration
	server *Server
}

// wakeups is a heap of machines ordered by deadline, with four children per node. Server.heapIndex
// is the index of a machine plus 1; 0 means that it is not in the heap.
type wakeups []wakeup

// set adds s with the deadline when, or moves it there.
func (h *wakeups) set(s *Server, when time.Duration) {
	if s.heapIndex == 0 {
		*h = append(*h, wakeup{when, s})
		s.heapIndex = int32(len(*h))
	}
	i := int(s.heapIndex) - 1
	(*h)[i].when = when
	h.fix(i)
}

// remove takes s out. The last node takes its place.
func (h *wakeups) remove(s *Server) {
	i, last := int(s.heapIndex)-1, len(*h)-1
	s.heapIndex = 0
	(*h)[i] = (*h)[last]
	(*h)[last] = wakeup{}
	*h = (*h)[:last]
	if i < last {
		(*h)[i].server.heapIndex = int32(i) + 1
		h.fix(i)
	}
}

// fix moves the node at i up or down to its place.
func (h wakeups) fix(i int) {
	w := h[i]
	for i > 0 && w.when < h[(i-1)/4].when {
		h.store(i, h[(i-1)/4])
		i = (i - 1) / 4
	}
	for child := h.earliest(i); child > 0 && h[child].when < w.when; child = h.earliest(i) {
		h.store(i, h[child])
		i = child
	}
	h.store(i, w)
}

// store puts w at i and tells the machine its index.
func (h wakeups) store(i int, w wakeup) {
	h[i] = w
	w.server.heapIndex = int32(i) + 1
}

// earliest returns the child of i with the earliest deadline, or 0 if i has no child.
func (h wakeups) earliest(i int) int {
	first := 4*i + 1
	if first >= len(h) {
		return 0
	}
	best := first
	for c := first + 1; c < min(first+4, len(h)); c++ {
		if h[c].when < h[best].when {
			best = c
		}
	}
	return best
}
