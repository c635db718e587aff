package pool

import "time"

// limits say when a worker is recycled. Zero means never.
type limits struct {
	age    time.Duration
	uses   uint64
	errors int
	idle   time.Duration
	rss    int64
	hard   int64 // bytes of memory that end it at once
}

// limits returns those of a worker to be. Age and uses vary by up to a tenth as random, which is in [0, 1), has it: workers
// that were born together do not leave together. It is drawn once, since drawing it again and again would be no jitter.
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
	age, idle time.Duration // idle is 0 while a client has it
	uses      uint64
	errors    int
	rss       int64 // 0 where nobody can tell
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
