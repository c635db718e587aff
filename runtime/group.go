package runtime

import (
	"math"
	"sync"
	"time"
)

// never is when a machine without timers wants to be woken.
const never time.Duration = math.MaxInt64

// Group is the clock and the timer of many machines: one runtime timer for all of them, and no goroutine while nothing is
// due. Its machines run on the goroutine of that timer when a time-out of theirs fires, one after the other.
type Group struct {
	clock Clock

	mu    sync.Mutex // a leaf: never held while a machine runs
	queue wakeups
	timer *time.Timer // nil until a machine wants to be woken
}

// NewGroup returns a group without machines. It needs no closing: it holds nothing while none of its machines waits.
func NewGroup() *Group { return newGroup(time.Now()) }

func newGroup(base time.Time) *Group {
	g := new(Group)
	g.clock.base, g.clock.group = base, g
	return g
}

// rearm makes the group wake the machine in time for its earliest timer. A timer that was cancelled, or put off, leaves its
// place as it is: the wake-up then finds nothing due. That makes setting and cancelling cheap.
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
		_ = s.fireDirect() // fails if a hook does, which ends the machine
		return
	}
	_ = s.send(&message{request: s.fireTimers}, drainBudget{messages: batchSize}) // fails only if the machine has ended
}

func (s *Server) fireDirect() (err error) {
	err = ErrUnfinished
	defer func() { s.giveBackBoxed(&err, recover(), drainBudget{messages: batchSize}) }()
	s.fireTimers()
	return nil
}

// fire delivers the time-outs that are due. While the machine is suspended they take their place in the mailbox instead,
// behind what came before them (R099).
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
		ev, _ := e.timerEvent(t) // it runs
		e.runEvent(s.machine, ev)
		if !e.isSettled() {
			e.Settle(s.machine)
		}
	}
}

func (g *Group) arm(s *Server, when time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue.set(s, when)
	if s.heapIndex == 1 {
		g.resetTimer()
	}
}

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

// reset sets the runtime timer for the machine at the front.
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

// tick wakes every machine that wanted to be woken by now.
func (g *Group) tick() {
	over := false
	defer func() {
		if !over { // a hook ended this goroutine, and the others still want to be woken
			go g.tick()
		}
	}()
	for s := g.due(); s != nil; s = g.due() {
		s.wakeUp()
	}
	over = true
}

// due takes the next machine that wanted to be woken by now. With none it sets the timer for the next one.
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

// wakeup is when a machine wants to be woken.
type wakeup struct {
	when   time.Duration
	server *Server
}

// wakeups orders machines by when they want to be woken, as a heap whose nodes have four children. Each machine knows its
// place, counted from 1; 0 is none.
type wakeups []wakeup

// set gives s the place of when.
func (h *wakeups) set(s *Server, when time.Duration) {
	if s.heapIndex == 0 {
		*h = append(*h, wakeup{when, s})
		s.heapIndex = int32(len(*h))
	}
	i := int(s.heapIndex) - 1
	(*h)[i].when = when
	h.fix(i)
}

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

// fix moves what is at i to where it belongs.
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

func (h wakeups) store(i int, w wakeup) {
	h[i] = w
	w.server.heapIndex = int32(i) + 1
}

// earliest returns the child of i that is due first, or 0 if i has none.
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
