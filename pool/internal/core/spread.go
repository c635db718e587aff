package core

import (
	"cmp"
	"slices"
	"time"
)

// An upgrade spreads the sessions evenly over the workers that stay. Each version in turn has one worker before the others, the
// canary: without a rule it would get what the first old worker has, and a share of what every later one has.
//
// Example: three workers have 100 sessions each. The first old one hands its sessions to the canary, which has 100 then: an even
// share. The sessions of the second one are for its replacement alone. While that serves a request, the canary is free, and
// the session waits nevertheless.

// spreadPatience is how long the sessions of a worker wait for a worker with fewer sessions to be free. Afterwards each one goes
// to any that is, until one has gone to the worker with the fewest again: a long stream holds no upgrade up.
const spreadPatience = time.Second

// receiver returns the worker that a session of the worker is carried to, nil if it has to wait for one.
func (c *Core) receiver(from *worker) *worker {
	v := c.upgrade.stays()
	to := c.roomiestOf(v)
	if to == nil || !to.free() {
		return nil
	}
	emptiest, total := to, 0
	for _, w := range c.workers {
		if !w.available() {
			continue
		}
		total += w.count
		if w.version == v && !w.leaving && w.bound() < emptiest.bound() {
			emptiest = w
		}
	}
	if emptiest == to || to.bound()*c.size.wanted < total {
		from.spreading = false
		return to
	}
	if !from.spreading {
		from.spreading, from.spreadUntil = true, after(c.now, spreadPatience)
	}
	if c.now < from.spreadUntil {
		c.again(from.spreadUntil)
		return nil
	}
	return to
}

// byRoom returns the workers, those with the fewest sessions first: where they have become uneven, those that are replaced last
// can be shared out among all the others.
func byRoom(workers []*worker) []*worker {
	return slices.SortedStableFunc(slices.Values(workers), func(a, b *worker) int { return cmp.Compare(a.bound(), b.bound()) })
}
