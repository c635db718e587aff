package pool

import (
	"math/rand/v2"
	"runtime"
	"time"
)

// Workers that do not start are tried again after a pause that doubles with every failure in a row.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 10 * time.Second
)

// keeper remembers when the next worker may be started.
type keeper struct {
	failures  int // in a row, as far as they were noted
	notBefore time.Time
}

// note learns how many workers in a row have failed to start. Each new failure puts the next start off.
func (k *keeper) note(failures int, now time.Time) {
	if failures > k.failures {
		k.notBefore = now.Add(backoff(failures, rand.Float64()))
	}
	k.failures = failures
}

// pause returns how long the next start has to wait.
func (k *keeper) pause(now time.Time) time.Duration {
	if k.failures == 0 {
		return 0
	}
	return max(0, k.notBefore.Sub(now))
}

// backoff returns the pause after that many failures in a row, more or less a quarter as random, which is in [0, 1), has
// it: pools that fail together should not try again together.
func backoff(failures int, random float64) time.Duration {
	pause := lastPause
	if shift := failures - 1; shift < 10 {
		pause = min(firstPause<<shift, lastPause)
	}
	return pause + time.Duration((random-0.5)/2*float64(pause))
}

// parallelStarts is how many workers may start at once.
func parallelStarts() int { return runtime.GOMAXPROCS(0) }
