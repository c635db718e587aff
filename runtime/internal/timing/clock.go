// Package timing contains the clock of machines and the timer that many machines share. Users of the
// runtime see the types: they have the methods for them. What the engine does with a clock or a group
// are functions, which only the runtime can call.
package timing

import (
	"sync/atomic"
	"time"
)

// Clock is a source of time for machines. Its time is a duration since the clock was made. A live
// clock follows the monotonic clock of the process. A virtual clock moves only by [Clock.Advance].
type Clock struct {
	base    time.Time
	group   *Group // the group that owns the clock; nil if none does
	virtual bool
	now     time.Duration

	lastOrigin atomic.Pointer[time.Time] // of a live clock: see origin
}

// Process is the clock of live machines without a group that have not started a timer yet.
var Process = New()

// BeginLive makes the zero Clock at c a clock that follows the monotonic clock.
func BeginLive(c *Clock) { c.base = time.Now() }

// BeginVirtual makes the zero Clock at c a clock that only Advance moves, with its zero at the
// wall-clock time start.
func BeginVirtual(c *Clock, start time.Time) { c.virtual, c.base = true, start }

// New returns a clock that follows the monotonic clock.
func New() *Clock {
	c := new(Clock)
	BeginLive(c)
	return c
}

// Now returns the time since the clock was made.
func (c *Clock) Now() time.Duration {
	if c.virtual {
		return c.now
	}
	return time.Since(c.base)
}

// Base returns the time at which a clock was made.
func Base(c *Clock) time.Time { return c.base }

// GroupOf returns the group that owns a clock; nil if none does.
func GroupOf(c *Clock) *Group { return c.group }

// Wall returns the wall-clock time at an instant of a clock.
func Wall(c *Clock, at time.Duration) time.Time { return c.origin().Add(at) }

// Instant returns the instant of a clock at the wall-clock time t. A time too far in the future
// becomes the latest deadline that a timer can have.
func Instant(c *Clock, t time.Time) time.Duration {
	return min(t.Round(0).Sub(c.origin()), Never-1) // Sub saturates
}

// originSlack is the largest difference between wall clock and monotonic clock at which origin
// stays as it is. Two readings in a row differ by some hundred nanoseconds. Without the slack, a
// deadline would move each time it is converted.
const originSlack = time.Millisecond

// origin returns the wall-clock time at the zero of the clock: the wall-clock time of now minus the
// time of the clock. It is measured again because the wall clock may have been set since the clock
// was made.
func (c *Clock) origin() time.Time {
	if c.virtual {
		return c.base
	}
	now := time.Now()
	measured := now.Round(0).Add(-now.Sub(c.base))
	if last := c.lastOrigin.Load(); last != nil && measured.Sub(*last).Abs() < originSlack {
		return *last
	}
	c.lastOrigin.Store(&measured)
	return measured
}

// Advance sets a virtual clock to now. It panics if the clock is not virtual or shows a later time
// already.
func (c *Clock) Advance(now time.Duration) {
	if !c.virtual || now < c.now {
		panic("fsm: clock: only a virtual clock is advanced, and only forward")
	}
	c.now = now
}
