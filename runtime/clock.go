package runtime

import (
	"sync/atomic"
	"time"
)

// Clock is the time of machines as a duration since the clock was made. A live clock follows the monotonic clock of the
// process; a virtual one stands still until it is told.
type Clock struct {
	base    time.Time
	group   *Group // whose clock it is, if it is that of one
	virtual bool
	now     time.Duration

	lastOrigin atomic.Pointer[time.Time] // of a live clock: see origin
}

// process is the clock of live machines that have not needed a group of their own yet.
var processClock = NewClock()

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
func (c *Clock) wall(at time.Duration) time.Time { return c.origin().Add(at) }

// instant returns when a calendar shows t, on the clock. What is too far away is put as far away as a timer can be.
func (c *Clock) instant(t time.Time) time.Duration {
	return min(t.Round(0).Sub(c.origin()), never-1) // Sub saturates
}

// originSlack is how far the calendar and the clock may drift apart before the calendar is looked at again. Two readings in a
// row already differ by some hundred nanoseconds; without slack, a deadline would move when it is converted to and fro.
const originSlack = time.Millisecond

// origin returns what a calendar shows when the clock is at zero. The calendar may have been set since the clock was made,
// so this is what it shows now, less the time of the clock.
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

// Advance sets a virtual clock to now, which must not be earlier than what it shows.
func (c *Clock) Advance(now time.Duration) {
	if !c.virtual || now < c.now {
		panic("fsm: clock: only a virtual clock is advanced, and only forward")
	}
	c.now = now
}

// BareConfig says how a machine without a server behaves: one that its owner runs, on the owner's goroutine. The zero value
// works.
type BareConfig struct {
	// Name is what steps and the history call this machine. Empty: the name of its type.
	Name string
	// Clock is the time of the machine's timers. Several machines of one owner may share it. Nil: a clock of its own, which
	// follows the monotonic clock.
	Clock *Clock
	// History keeps the last steps. It may be read by other goroutines.
	History *History
	// Observer gets the steps on the goroutine of the owner. [Step.At] is the start of the clock plus its time.
	Observer Observer
}

// EngineClock returns the clock that the engine of a machine with this configuration must use.
func (c *BareConfig) EngineClock() *Clock {
	if c.Clock == nil {
		return NewClock()
	}
	return c.Clock
}

// OpenBare makes the engine that of a machine without a server. It is called before the machine runs.
func (e *Engine) OpenBare(c BareConfig) {
	if c.Name == "" {
		c.Name = e.info.Machine
	}
	e.Watch(c.Name, c.Observer, c.History, nil)
}
