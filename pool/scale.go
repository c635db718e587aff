package pool

import "time"

// load is what the size of a pool follows.
type load struct {
	size      int           // workers that are wanted now
	waiting   int           // requests in line
	waited    time.Duration // how long the first of them has waited
	idle      time.Duration // how long the worker has been idle that has been so longest; 0 if none is
	sinceGrow time.Duration // since the size changed last
	sinceDrop time.Duration
}

// size returns how many workers there should be from now on: more when requests wait, fewer when workers have nothing to do,
// one at a time, never out of bounds. A pool that has just grown does not shrink.
func (c *Config) size(l load) int {
	size := min(max(l.size, c.Size.Min), c.Size.Max)
	switch {
	case l.waiting > 0 && l.waited >= c.GrowAfter && l.sinceGrow >= c.GrowCooldown:
		return min(size+1, c.Size.Max)
	case l.waiting == 0 && l.idle >= c.ShrinkAfter && min(l.sinceDrop, l.sinceGrow) >= c.ShrinkCooldown:
		return max(size-1, c.Size.Min)
	}
	return size
}
