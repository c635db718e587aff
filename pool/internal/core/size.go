package core

import (
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// sizing is how many workers there should be.
type sizing struct {
	wanted        int
	grown, shrunk Time // when that changed last
}

// never is an instant so long ago that every pause since then is over.
const never = Time(-1 << 60)

// limits say when a worker is recycled. 0 means never.
type limits struct {
	age    time.Duration
	uses   uint64
	errors int
	idle   time.Duration
	rss    int64
	hard   int64 // bytes of memory at which the worker is killed
}

// limits returns those of a new worker. Age and uses vary by up to a tenth as random, which is in [0, 1), has it, so that
// workers that started together do not leave together.
func (c *Config) limits(random float64) limits {
	vary := 1 + (random-0.5)/5
	return limits{
		age:    time.Duration(vary * float64(max(0, c.MaxWorkerAge))),
		uses:   uint64(max(vary*float64(max(0, c.MaxWorkerRequests)), float64(min(1, max(0, c.MaxWorkerRequests))))),
		errors: max(0, c.ErrorThreshold),
		idle:   max(0, c.MaxWorkerIdle),
		rss:    max(0, c.MaxWorkerRSS),
		hard:   max(0, c.HardWorkerRSS),
	}
}

// facts are what is known of a worker at one moment.
type facts struct {
	age, idle time.Duration // idle is 0 while a request has the worker
	uses      uint64
	errors    int
	rss       int64
}

// due says whether a worker is to be recycled, and why.
func (l limits) due(f facts) (Reason, bool) {
	switch {
	case l.errors > 0 && f.errors >= l.errors:
		return ReasonErrors, true
	case l.rss > 0 && f.rss > l.rss:
		return ReasonMemory, true
	case l.uses > 0 && f.uses >= l.uses:
		return ReasonRequests, true
	case l.age > 0 && f.age >= l.age:
		return ReasonAge, true
	case l.idle > 0 && f.idle >= l.idle:
		return ReasonIdle, true
	}
	return "", false
}

// facts are what the limits of a worker are compared with. A worker with a lease is not idle.
func (c *Core) facts(w *worker) facts {
	d := w.machine.Data()
	f := facts{age: c.now - w.born, uses: d.Uses, errors: d.Errors, rss: w.rss}
	if d.Leases == 0 {
		f.idle = c.now - w.used
	}
	return f
}

// checkLimits follows the end of a lease.
func (c *Core) checkLimits(w *worker) {
	d := w.machine.Data()
	if hard := c.config.HardWorkerRequests; hard > 0 && d.Uses >= uint64(hard) && w.available() {
		c.leave(w, false, ReasonRequests)
		c.changed = true
		return
	}
	if w.recycle == "" && ((w.limits.uses > 0 && d.Uses >= w.limits.uses) || (w.limits.errors > 0 && d.Errors >= w.limits.errors)) {
		c.changed = true
	}
}

// manage gives the pool the workers that it should have: it chooses those that are recycled, decides about the size, asks
// those to leave that are too many, and starts those that are missing. It runs when something has changed that it
// decides by, and when a pause is over.
//
// The order matters: workers that are recycled are chosen before any are asked to leave, since one that has a replacement
// leaves in place of one that is too many; and workers leave before others are started, since those that leave make others
// missing.
//
// Example: three workers are wanted, and worker 1 is old. It is marked as leaving, and goes on serving. Three are present
// and four are to be, so worker 4 is started. When that is ready, four are available and three are wanted: worker 1 is
// asked to leave. At no time did fewer than three serve.
func (c *Core) manage() {
	if !c.open() {
		c.disarm(&c.manageTimer)
		return
	}
	c.disarm(&c.manageTimer)
	c.manageUpgrade()
	c.chooseRecycled()
	c.resize()
	c.dismiss()
	c.fill()
}

// again runs manage at that instant, if not earlier.
func (c *Core) again(at Time) {
	if c.manageTimer.place == 0 || at < c.manageTimer.at {
		c.arm(&c.manageTimer, max(at, c.now))
	}
}

// limitsOf returns when the worker is recycled. During an upgrade errors are no reason, since they say something of the
// version: new workers of it would hide that.
func (c *Core) limitsOf(w *worker) limits {
	l := w.limits
	if c.upgrade != nil {
		l.errors = 0
	}
	return l
}

// chooseRecycled marks workers that are due, at most MaxUnavailable at a time. One that leaves counts until its process has ended:
// while it finishes, exports or terminates, it has its memory still, and its replacement is there.
func (c *Core) chooseRecycled() {
	leaving := 0
	for _, w := range c.workers {
		if w.leaving {
			leaving++
		}
	}
	workers := c.workers
	if c.upgrade != nil {
		workers = sortedBySessions(workers)
	}
	for _, w := range workers {
		if !w.available() || w.leaving || !c.counts(w) {
			continue
		}
		if why, due := c.upgradeDue(w); due {
			w.recycle = why
		}
		if w.recycle == "" {
			w.recycle, _ = c.limitsOf(w).due(c.facts(w))
		}
		if w.recycle != "" && leaving < c.maxUnavailable() {
			w.leaving = true
			leaving++
		}
		if limit := w.limits.idle; limit > 0 && w.busy() == 0 && w.recycle == "" {
			c.again(after(w.used, limit))
		}
	}
}

// load is what the size of a pool follows.
type load struct {
	size      int           // workers that are wanted now
	waiting   int           // requests in the queue
	waited    time.Duration // how long the first of them has waited
	idle      time.Duration // of the worker that has been idle for longest; 0 if none is
	sinceGrow time.Duration
	sinceDrop time.Duration
}

// size returns how many workers there should be: more when requests wait, fewer when a worker has nothing to do, one at
// a time. A pool that has just grown does not shrink.
func (c *Config) size(l load) int {
	size := min(max(l.size, c.Min), c.Max)
	switch {
	case l.waiting > 0 && l.waited >= c.GrowAfter && l.sinceGrow >= c.GrowCooldown:
		return min(size+1, c.Max)
	case l.waiting == 0 && l.idle >= c.ShrinkAfter && min(l.sinceDrop, l.sinceGrow) >= c.ShrinkCooldown:
		return max(size-1, c.Min)
	}
	return size
}

// resize sets how many workers there should be, and arms the next look: for growth when the first request will have waited
// long enough, for shrinking when the worker that has been idle for longest will have been so for ShrinkAfter.
func (c *Core) resize() {
	l := load{size: c.size.wanted, waiting: c.waiting, sinceGrow: c.now - c.size.grown, sinceDrop: c.now - c.size.shrunk}
	if c.firstTicket != nil {
		l.waited = c.now - c.firstTicket.since
	}
	longest := c.longestIdle()
	if longest != nil {
		l.idle = c.now - longest.used
	}
	size := c.config.size(l)
	switch {
	case size > c.size.wanted:
		c.size.grown = c.now
	case size < c.size.wanted:
		c.size.shrunk = c.now
	}
	if size != c.size.wanted {
		c.size.wanted = size
		c.report(Event{Kind: Resized, Count: size})
	}
	if c.waiting > 0 {
		c.armGrow()
	}
	if longest != nil && size > c.config.Min {
		at := max(after(longest.used, c.config.ShrinkAfter), after(max(c.size.grown, c.size.shrunk), c.config.ShrinkCooldown))
		if at <= c.now { // requests wait, so the pool does not shrink now
			at = after(c.now, c.config.ShrinkCooldown)
		}
		c.again(at)
	}
}

// armGrow runs manage when the pool may grow because of the first request that waits.
func (c *Core) armGrow() {
	if c.firstTicket == nil || c.size.wanted >= c.config.Max {
		return
	}
	c.again(max(after(c.firstTicket.since, c.config.GrowAfter), after(c.size.grown, c.config.GrowCooldown)))
}

// dismiss asks workers to leave: those that have a replacement, and others if there are too many.
func (c *Core) dismiss() {
	available, leaving, canaries := 0, 0, 0
	for _, w := range c.workers {
		switch {
		case !w.available():
		case !c.counts(w):
			canaries++ // it serves while a worker is recycled, so that no other one has to be started before
		default:
			available++
			if w.leaving {
				leaving++
			}
		}
	}
	for _, w := range c.workers {
		if w.leaving && w.available() && c.counts(w) && available+canaries > c.size.wanted {
			available--
			leaving--
			if !c.carries(w) {
				c.leave(w, false, w.recycle)
			}
		}
	}
	for available > c.size.wanted+leaving {
		w := c.mostIdle()
		if w == nil {
			return
		}
		c.leave(w, false, ReasonShrink)
		available--
	}
}

// mostIdle returns the worker that can leave best: the one that has been idle for longest, or any if all are busy.
func (c *Core) mostIdle() *worker {
	var best *worker
	for _, w := range c.workers {
		if !w.available() || w.leaving || !c.counts(w) {
			continue
		}
		if best == nil || c.facts(w).idle > c.facts(best).idle {
			best = w
		}
	}
	return best
}

// fill starts workers that are missing, as far as the pause after failed starts and the breaker allow.
func (c *Core) fill() {
	for c.missing() {
		if v := c.startVersion(); v != c.stable { // the rollout bounds how many fail
			c.add(v)
			continue
		}
		c.noteFailures()
		if c.failedStarts > 0 && c.notBefore > c.now {
			c.again(c.notBefore)
			return
		}
		allowed, err := c.breaker.Allow()
		c.refreshBreaker()
		if err != nil || !allowed {
			return // a change of the breaker runs manage again
		}
		c.add(c.stable)
	}
}

// isFull reports whether there are as many workers as may be during an upgrade: MaxUnavailable on top. The canary counts, and
// those that end count until they are reaped. With HardWorkerRequests the canary comes on top, as often as it is replaced.
func (c *Core) isFull() bool {
	if c.upgrade == nil {
		return false
	}
	all := 0
	for _, w := range c.workers {
		if c.counts(w) || c.config.HardWorkerRequests <= 0 {
			all++
		}
	}
	return all >= c.size.wanted+c.maxUnavailable()
}

// missing reports whether one more worker should be started now.
func (c *Core) missing() bool {
	present, starting, leaving := 0, 0, 0
	for _, w := range c.workers {
		if !c.counts(w) {
			continue
		}
		switch state := w.machine.State(); {
		case state.In(workerfsm.StateAvailable):
			present++
			if w.leaving {
				leaving++
			}
		case state == workerfsm.StateInitializing:
			present++
			starting++
		}
	}
	if c.isFull() {
		return false
	}
	return present < c.size.wanted+leaving && starting < c.config.ParallelStarts
}

// noteFailures puts the next start off when one more worker has come to nothing since the last look.
//
// Workers that were ready and went away before a request had used them count as failed starts. Otherwise a program that
// dies a second after its start would be started without end.
func (c *Core) noteFailures() {
	failures := c.pool.Data().Failures + c.unusedWorkers
	if failures > c.failedStarts {
		kind := recovery.StartFailed
		if cause, ok := c.lastFailure.(*Cause); ok && cause.Reason == Reason(recovery.StartTimeout) {
			kind = recovery.StartTimeout
		}
		c.notBefore = after(c.now, c.decide(kind, recovery.Snapshot{Failures: failures}).Delay)
	}
	c.failedStarts = failures
}
