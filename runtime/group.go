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
	clock *Clock

	mu    sync.Mutex // a leaf: never held while a machine runs
	queue armedHeap
	timer *time.Timer // nil until a machine arms one
}

// NewGroup returns a group without machines. It needs no closing: it holds nothing while none of its machines waits.
func NewGroup() *Group { return &Group{clock: NewClock()} }

// rearm makes the group wake the machine in time for its earliest timer. A timer that was cancelled, or put off, leaves its
// place as it is: the wake-up then finds nothing due. That makes setting and cancelling cheap.
func (s *Server) rearm() {
	deadline, ok := s.engine.Deadline()
	if !ok || deadline >= s.wake {
		return
	}
	if s.timed == nil {
		s.timed = &armed{server: s, index: -1}
	}
	s.wake = deadline
	s.group.arm(s.timed, deadline)
}

// fire delivers the time-outs that are due. While the machine is suspended they take their place in the mailbox instead,
// behind what came before them (R099).
func (s *Server) fire() {
	s.wake = never
	for _, m := range s.engine.expire(s.engine.clock.Now()) {
		if s.box.suspended {
			s.mu.Lock()
			s.box.put(m)
			s.mu.Unlock()
			continue
		}
		s.handle(m)
		s.engine.Settle(s.machine)
	}
}

func (g *Group) arm(a *armed, when time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue.set(a, when)
	if a.index == 0 {
		g.reset()
	}
}

func (g *Group) remove(a *armed) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if a.index < 0 {
		return
	}
	g.queue.remove(a)
	if len(g.queue) == 0 {
		g.timer.Stop()
	}
}

// reset sets the runtime timer for the machine at the front.
func (g *Group) reset() {
	d := g.queue[0].when - g.clock.Now()
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
	for {
		s := g.due()
		if s == nil {
			break
		}
		_ = s.post(mail{wake: true}, patience{budget: batch}) // fails only when the machine has ended
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
	a := g.queue[0]
	if a.when > g.clock.Now() {
		g.reset()
		return nil
	}
	g.queue.remove(a)
	return a.server
}
