package runtime

import (
	"time"

	"github.com/fsmgen/fsmgen/runtime/internal/timing"
)

// Clock is a source of time for machines. Its time is a duration since the clock was made. A live
// clock follows the monotonic clock of the process. A virtual clock moves only by [Clock.Advance].
// The zero Clock is not usable.
type Clock struct {
	timing.Clock // for the engine
}

// NewClock returns a clock that follows the monotonic clock.
func NewClock() *Clock {
	c := new(Clock)
	timing.BeginLive(&c.Clock)
	return c
}

// NewVirtualClock returns a clock at zero that only [Clock.Advance] moves.
func NewVirtualClock() *Clock { return NewVirtualClockAt(time.Time{}) }

// NewVirtualClockAt returns a virtual clock with its zero at the wall-clock time start. Deadlines
// in snapshots are computed from it.
func NewVirtualClockAt(start time.Time) *Clock {
	c := new(Clock)
	timing.BeginVirtual(&c.Clock, start)
	return c
}

// Now returns the time since the clock was made.
func (c *Clock) Now() time.Duration { return c.Clock.Now() }

// Advance sets a virtual clock to now. It panics if the clock is not virtual or shows a later time
// already.
func (c *Clock) Advance(now time.Duration) { c.Clock.Advance(now) }

// Group is the clock and the timer of many machines: one timer of the Go runtime for all of them,
// and no goroutine while nothing is due. When a time-out fires, its machine runs on the goroutine
// of that timer, one machine after the other. [Config.Group] puts a machine into it.
type Group struct {
	timing.Group // for the engine
}

// NewGroup returns a group without machines. It needs no closing: it holds no resource while none
// of its machines has a deadline.
func NewGroup() *Group {
	g := new(Group)
	timing.Begin(&g.Group, time.Now())
	return g
}

// SnapshotVersion is the version of the layout of snapshots of generated machines.
const SnapshotVersion = 1

// ArmedTimer is a running timer in a snapshot. Its deadline is a wall-clock time, which another
// process can use later.
type ArmedTimer struct {
	Name     string    `json:"name"` // of [Info.Timers]
	Deadline time.Time `json:"deadline"`
}
