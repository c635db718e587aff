package runtime

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

// processClock is the clock of live machines without a group that have not started a timer yet.
var processClock = NewClock()

// NewClock returns a clock that follows the monotonic clock.
func NewClock() *Clock { return &Clock{base: time.Now()} }

// NewVirtualClock returns a clock at zero that only [Clock.Advance] moves.
func NewVirtualClock() *Clock { return &Clock{virtual: true} }

// NewVirtualClockAt returns a virtual clock with its zero at the wall-clock time start. Deadlines
// in snapshots are computed from it.
func NewVirtualClockAt(start time.Time) *Clock { return &Clock{virtual: true, base: start} }

// Now returns the time since the clock was made.
func (c *Clock) Now() time.Duration {
	if c.virtual {
		return c.now
	}
	return time.Since(c.base)
}

// wall returns the wall-clock time at an instant of the clock.
func (c *Clock) wall(at time.Duration) time.Time { return c.origin().Add(at) }

// instant returns the instant of the clock at the wall-clock time t. A time too far in the future
// becomes the latest deadline that a timer can have.
func (c *Clock) instant(t time.Time) time.Duration {
	return min(t.Round(0).Sub(c.origin()), never-1) // Sub saturates
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

// BareConfig is the configuration of a machine without a server. Its owner runs it, on the owner's
// goroutine. The zero value is usable.
type BareConfig struct {
	// Name is the name of the machine in steps and in the history. If it is empty, the name of the
	// machine type is used.
	Name string
	// Clock is the clock of the machine's timers. Several machines of one owner may share it. If it
	// is nil, the machine gets a live clock of its own.
	Clock *Clock
	// History keeps the last steps. Other goroutines may read it.
	History *History
	// Observer gets the steps on the goroutine of the owner. [Step.At] is the start of the clock
	// plus its time.
	Observer Observer
}

// EngineClock returns the clock that the engine of a machine with this configuration must use.
func (c *BareConfig) EngineClock() *Clock {
	if c.Clock == nil {
		return NewClock()
	}
	return c.Clock
}

// OpenBare prepares the engine of a machine without a server. The owner calls it before the first
// event.
func (e *Engine) OpenBare(c BareConfig) {
	if c.Name == "" {
		c.Name = e.info.Machine
	}
	e.Watch(c.Name, c.Observer, c.History, nil)
}
