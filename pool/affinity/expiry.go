package affinity

import "time"

// The time until a session is forgotten is cut into ticks. A session stands in the slot of the tick in which it would be
// over if nobody used it any more. Using it moves nothing: its slot is looked at when its tick has passed, and the session
// stands up again where it belongs by then. So the work follows the sessions that end, and those in use cost a visit per
// timeout.
const (
	ticks  = 16        // in a timeout
	slots  = 2 * ticks // of a wheel; more than a timeout is ahead of no session
	noSlot = slots
	visits = 8 // of sessions while a lock is held
)

// clock is the time of a table.
type clock struct {
	timeout int64 // nanoseconds; 0 means that nothing ends
	tick    int64
}

func newClock(timeout time.Duration) clock {
	if timeout <= 0 {
		return clock{}
	}
	return clock{timeout: int64(timeout), tick: max(int64(timeout)/ticks, 1)}
}

// read returns an instant of the table's clock, 0 where nothing ends.
func (c *clock) read(now time.Time) int64 {
	if c.timeout == 0 {
		return 0
	}
	return now.UnixNano()
}

// isOver reports whether nobody has used the session for the timeout.
func (c *clock) isOver(e *entry, at int64) bool {
	return c.timeout > 0 && e.users == 0 && e.used+c.timeout <= at
}

// wheel is who ends when.
type wheel struct {
	slots   [slots]*entry
	pending *entry // those of the tick that is being looked at
	tick    int64  // 0 before the first session
}

func (s *shard) schedule(c *clock, e *entry) {
	if c.timeout == 0 {
		return
	}
	w := &s.wheel
	due := (e.used + c.timeout) / c.tick
	if w.tick == 0 {
		w.tick = e.used/c.tick - 1
	}
	e.slot = uint8(max(due, w.tick+1) % slots)
	e.later = w.slots[e.slot]
	if e.later != nil {
		e.later.earlier = e
	}
	w.slots[e.slot] = e
}

func (w *wheel) remove(e *entry) {
	if e.slot == noSlot {
		return
	}
	switch {
	case e.earlier != nil:
		e.earlier.later = e.later
	case e == w.pending:
		w.pending = e.later
	default:
		w.slots[e.slot] = e.later
	}
	if e.later != nil {
		e.later.earlier = e.earlier
	}
	e.slot, e.later, e.earlier = noSlot, nil, nil
}

// Expire forgets the sessions whose time is over, and returns how many. What it costs follows what ends. A session is
// forgotten at most a sixteenth of the timeout too late; one that is used before that begins anew anyway.
func (t *Table) Expire(now time.Time) (expired int) {
	if t.clock.timeout == 0 {
		return 0
	}
	at := t.clock.read(now)
	for more := true; more; { // shard after shard: whoever waits for one gets it before its next turn
		more = false
		for i := range t.shards {
			n, left := t.shards[i].expire(t, i, at)
			expired += n
			more = more || left
		}
	}
	return expired
}

// expire looks at a few sessions, and reports whether there are more to look at.
func (s *shard) expire(t *Table, i int, at int64) (expired int, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, now := &s.wheel, at/t.clock.tick
	if w.tick == 0 {
		return 0, false
	}
	for range visits {
		e := w.next(now)
		switch {
		case e == nil:
			return expired, false
		case t.clock.isOver(e, at):
			s.forget(t, i, e)
			s.stats.Expired++
			expired++
		default:
			w.remove(e)
			if e.users > 0 {
				e.used = at
			}
			s.schedule(&t.clock, e)
		}
	}
	return expired, true
}

// next returns a session whose tick is before now, nil if there is none.
func (w *wheel) next(now int64) *entry {
	w.tick = max(w.tick, now-1-slots) // a whole turn shows every slot
	for w.pending == nil && w.tick < now-1 {
		w.tick++
		w.pending, w.slots[w.tick%slots] = w.slots[w.tick%slots], nil
	}
	return w.pending
}
