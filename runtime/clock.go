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

// Now returns how long ago the clock was made.
func (c *Clock) Now() time.Duration {
	if c.virtual {
		return c.now
	}
	return time.Since(c.base)
}

// time returns what a calendar shows now. A virtual clock starts at the zero [time.Time].
func (c *Clock) time() time.Time {
	if c.virtual {
		return c.base.Add(c.now)
	}
	return time.Now()
}

// Advance sets a virtual clock to now, which must not be earlier than what it shows.
func (c *Clock) Advance(now time.Duration) {
	if !c.virtual || now < c.now {
		panic("fsm: clock: only a virtual clock is advanced, and only forward")
	}
	c.now = now
}
