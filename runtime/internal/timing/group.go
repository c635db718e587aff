package timing

import (
	"math"
	"sync"
	"time"
)

// Never is the deadline of a machine without timers.
const Never time.Duration = math.MaxInt64

// Group is the clock and the timer of many machines: one timer of the Go runtime for all of them,
// and no goroutine while nothing is due. When a time-out fires, its machine runs on the goroutine
// of that timer, one machine after the other.
type Group struct {
	clock Clock

	mu    sync.Mutex // a leaf: never held while a machine runs
	queue wakeups
	timer *time.Timer // nil until a machine has a deadline
}

// Begin makes the zero Group at g a group with the zero of its clock at base.
func Begin(g *Group, base time.Time) { g.clock.base, g.clock.group = base, g }

// ClockOf returns the clock of the machines of a group.
func ClockOf(g *Group) *Clock { return &g.clock }

// Member is the place of a machine in its group. The machine embeds it in its server.
type Member struct {
	index int32 // in the heap, plus 1; 0 means that it is not there; the lock of the group guards it
}

// Waker is a machine with timers.
type Waker interface {
	// WakeUp is called when a timer of the machine may be due, without the lock of the group.
	WakeUp()
	// Place returns the place of the machine in its group.
	Place() *Member
}

// Arm sets the deadline of a machine. Only a new first deadline changes the timer.
func Arm(g *Group, s Waker, when time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue.set(s, when)
	if s.Place().index == 1 {
		g.resetTimer()
	}
}

// Remove takes an ended machine out of the group.
func Remove(g *Group, s Waker) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s.Place().index == 0 {
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
		s.WakeUp()
	}
	over = true
}

// due removes and returns the next machine with a deadline that has passed. If there is none, it
// sets the timer for the next deadline.
func (g *Group) due() Waker {
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
	server Waker
}

// wakeups is a heap of machines ordered by deadline, with four children per node.
type wakeups []wakeup

// set adds s with the deadline when, or moves it there.
func (h *wakeups) set(s Waker, when time.Duration) {
	place := s.Place()
	if place.index == 0 {
		*h = append(*h, wakeup{when, s})
		place.index = int32(len(*h))
	}
	i := int(place.index) - 1
	(*h)[i].when = when
	h.fix(i)
}

// remove takes s out. The last node takes its place.
func (h *wakeups) remove(s Waker) {
	place := s.Place()
	i, last := int(place.index)-1, len(*h)-1
	place.index = 0
	(*h)[i] = (*h)[last]
	(*h)[last] = wakeup{}
	*h = (*h)[:last]
	if i < last {
		(*h)[i].server.Place().index = int32(i) + 1
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
	w.server.Place().index = int32(i) + 1
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
