package runtime

import "time"

// Clock is the time of machines as a duration since the clock was made. A live clock follows the monotonic clock of the
// process; a virtual one stands still until it is told.
type Clock struct {
	base    time.Time
	group   *Group // whose clock it is, if it is that of one
	virtual bool
	now     time.Duration
}

// process is the clock of live machines that have not needed a group of their own yet.
var process = NewClock()

// NewClock returns a clock that follows the monotonic clock.
func NewClock() *Clock { return &Clock{base: time.Now()} }

// NewVirtualClock returns a clock at zero that only [Clock.Advance] moves.
func NewVirtualClock() *Clock { return &Clock{virtual: true} }

// NewVirtualClockAt is NewVirtualClock for a calendar that shows start: that is when time-outs of a snapshot are due.
func NewVirtualClockAt(start time.Time) *Clock { return &Clock{virtual: true, base: start} }

// Now returns how long ago the clock was made.
func (c *Clock) Now() time.Duration {
	if c.virtual {
		return c.now
	}
	return time.Since(c.base)
}

// wall returns what a calendar shows at an instant of the clock.
func (c *Clock) wall(at time.Duration) time.Time {
	if c.virtual {
		return c.base.Add(at)
	}
	return time.Now().Round(0).Add(at - c.Now())
}

// instant returns when a calendar shows t, on the clock.
func (c *Clock) instant(t time.Time) time.Duration {
	if c.virtual {
		return t.Sub(c.base)
	}
	now, d := c.Now(), t.Sub(time.Now().Round(0))
	if now+d < now && d > 0 {
		return never
	}
	return now + d
}

// Advance sets a virtual clock to now, which must not be earlier than what it shows.
func (c *Clock) Advance(now time.Duration) {
	if !c.virtual || now < c.now {
		panic("fsm: clock: only a virtual clock is advanced, and only forward")
	}
	c.now = now
}
