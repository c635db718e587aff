package core

import (
	"math"
)

// timer is one instant at which something of the core is due. Timers that are armed are in Core.timers.
type timer struct {
	at    Time
	order uint64 // of arming: timers of the same instant fire in this order
	place int32
	kind  timerKind
	// of is what the timer belongs to; nil for the timers of the core itself.
	worker *worker
	ticket *Ticket
	lease  *leaseRecord
}

// timerKind says what a timer is for.
type timerKind uint8

const (
	timerMachine timerKind = iota // a time-out of a worker's machine
	timerProbe                    // the next probe of a worker
	timerAge                      // a worker reaches its maximum age
	timerQueue                    // QueueTimeout of a ticket
	timerSpill                    // SpillAfter of a ticket
	timerRequest                  // the time of a request is up
	timerPool                     // a time-out of the pool's machine
	timerBreaker                  // a time-out of the breaker
	timerManage                   // a decision about the number of workers is due
	timerExpire                   // sessions may have expired
	timerMeasure                  // the memory of the workers is to be measured
	timerUpgrade                  // a time-out of the upgrade's machine
)

// newTimers returns the heap of all timers, the next one first.
func newTimers() heap[*timer] {
	return heap[*timer]{
		less: func(a, b *timer) bool {
			if a.at != b.at {
				return a.at < b.at
			}
			return a.order < b.order
		},
		place: func(t *timer) *int32 { return &t.place },
	}
}

// arm lets t fire at that instant, and at no other one. Nothing fires in a pool that has stopped.
//
// A timer that is armed again moves in the heap, which allocates nothing: a request arms and disarms one.
func (c *Core) arm(t *timer, at Time) {
	if c.stopped {
		return
	}
	c.timerOrder++
	t.order = c.timerOrder
	t.at = at
	if t.place > 0 {
		c.timers.fix(t)
		return
	}
	c.timers.push(t)
}

// disarm keeps t from firing. It does nothing if t is not armed.
func (c *Core) disarm(t *timer) {
	if t.place > 0 {
		c.timers.remove(t)
	}
}

// armUntil arms t for at, or disarms it where nothing is to happen.
func (c *Core) armUntil(t *timer, at Time, armed bool) {
	switch {
	case !armed:
		c.disarm(t)
	case t.place == 0 || t.at != at:
		c.arm(t, at)
	}
}

// after is now + d, without overflow.
func after(now Time, d Time) Time {
	if at := now + d; at >= now {
		return at
	}
	return math.MaxInt64
}

// Deadline returns when [Core.Tick] has to be called at the latest. Nothing is due by itself where armed is false.
func (c *Core) Deadline() (at Time, armed bool) {
	if c.timers.len() == 0 {
		return 0, false
	}
	return c.timers.first().at, true
}

// Tick does what is due. A timer that is armed meanwhile, such as that of a cleanup with more to do, is left to the next call.
func (c *Core) Tick(now Time) {
	c.begin(now)
	newest := c.timerOrder
	for range c.config.Batch {
		if c.timers.len() == 0 || c.timers.first().at > c.now || c.timers.first().order > newest {
			break
		}
		t := c.timers.first()
		c.timers.remove(t)
		c.fire(t)
		c.deliver()
	}
	c.end()
}

// fire does what a timer is for. The timer is not armed any more.
func (c *Core) fire(t *timer) {
	switch t.kind {
	case timerMachine:
		c.expireMachine(t.worker)
	case timerProbe:
		c.probe(t.worker)
	case timerQueue:
		c.expireTicket(t.ticket)
	case timerSpill:
		c.spill(t.ticket)
	case timerRequest:
		c.emit(Effect{Kind: Overdue, Owner: t.lease.owner})
	case timerPool:
		c.refreshPool()
	case timerBreaker:
		c.refreshBreaker()
	case timerAge, timerManage:
		c.changed = true
	case timerExpire:
		c.expireSessions()
	case timerUpgrade:
		c.refreshUpgrade()
	case timerMeasure:
		c.emit(Effect{Kind: Measure})
		c.armMeasure()
	}
}

// heap is a binary heap of pointers that know their place in it, so that any of them can be removed or moved in
// O(log n). An element is in at most one heap for each of its places.
// A place is 0 where the element is in no heap, and one more than its index otherwise.
type heap[T any] struct {
	items []T
	less  func(a, b T) bool
	place func(T) *int32 // where the element keeps its index plus one; 0 means that it is in no heap
}

func (h *heap[T]) len() int { return len(h.items) }

// first returns the least element. The heap must not be empty.
func (h *heap[T]) first() T { return h.items[0] }

// has reports whether x is in this heap, or in another one that uses the same place.
func (h *heap[T]) has(x T) bool { return *h.place(x) > 0 }

// push enters x, which must not be there.
func (h *heap[T]) push(x T) {
	h.items = append(h.items, x)
	h.up(len(h.items)-1, x)
}

// remove takes x out. It does nothing if x is not in the heap.
func (h *heap[T]) remove(x T) {
	at := int(*h.place(x)) - 1
	if at < 0 {
		return
	}
	*h.place(x) = 0
	last := len(h.items) - 1
	moved := h.items[last]
	var zero T
	h.items[last] = zero
	h.items = h.items[:last]
	if at < last {
		h.settle(at, moved)
	}
}

// fix moves x to where it belongs after its order has changed. x must be in the heap.
func (h *heap[T]) fix(x T) { h.settle(int(*h.place(x))-1, x) }

// settle puts x at the index at, which is free, or above or below it.
func (h *heap[T]) settle(at int, x T) {
	if at > 0 && h.less(x, h.items[(at-1)/2]) {
		h.up(at, x)
		return
	}
	h.down(at, x)
}

// up moves x from the index at towards the root, as far as it belongs.
func (h *heap[T]) up(at int, x T) {
	for at > 0 {
		parent := (at - 1) / 2
		if !h.less(x, h.items[parent]) {
			break
		}
		h.put(at, h.items[parent])
		at = parent
	}
	h.put(at, x)
}

// down moves x from the index at away from the root, as far as it belongs.
func (h *heap[T]) down(at int, x T) {
	for {
		child := 2*at + 1
		if child >= len(h.items) {
			break
		}
		if right := child + 1; right < len(h.items) && h.less(h.items[right], h.items[child]) {
			child = right
		}
		if !h.less(h.items[child], x) {
			break
		}
		h.put(at, h.items[child])
		at = child
	}
	h.put(at, x)
}

// put writes x at an index, and the index into x, one higher: 0 stands for an element that is in no heap.
func (h *heap[T]) put(at int, x T) {
	h.items[at] = x
	*h.place(x) = int32(at + 1)
}
