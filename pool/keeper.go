package pool

import (
	"context"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
)

// Workers that do not start, or die at once, are replaced after a pause that doubles with every failure in a row.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 10 * time.Second
)

// keep starts workers whenever there are too few, until the pool has stopped.
func (p *Pool) keep() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var k keeper
	for {
		select {
		case <-p.fsm.Done():
			return
		case <-p.wake:
		case <-timer.C:
		}
		if pause := p.refill(&k); pause > 0 {
			timer.Reset(pause)
		}
	}
}

// refill starts what is missing. It returns how long to wait before trying again, 0 if that is not needed.
func (p *Pool) refill(k *keeper) (pause time.Duration) {
	failures, open := p.open()
	if !open {
		return 0
	}
	k.note(failures+int(p.unused.Load()), time.Now())
	for p.missing() {
		if pause := k.pause(time.Now()); pause > 0 {
			return pause
		}
		if !p.add() {
			return 0
		}
	}
	return 0
}

// open reports whether the pool is to have workers, and how many in a row have failed to start. It waits until the machine
// is between two steps: a step that ends all workers knows only those that were there before it.
func (p *Pool) open() (failures int, open bool) {
	snapshot, err := p.fsm.Snapshot(context.Background())
	return snapshot.Data.Failures, err == nil && p.fsm.Err() == nil && snapshot.State.In(poolfsm.StateOpen)
}

// missing reports whether one more worker should be started now. Starting more at once than there are processors makes
// each of them slower.
func (p *Pool) missing() bool {
	present, starting := 0, 0
	for _, w := range p.all() {
		switch state := w.snapshot().State; {
		case state.In(workerfsm.StateServing):
			present++
		case state == workerfsm.StateInitializing:
			present++
			starting++
		}
	}
	return present < p.config.Size.Min && starting < parallelStarts()
}

// parallelStarts is how many workers may start at once.
func parallelStarts() int { return runtime.GOMAXPROCS(0) }

// add starts one worker, unless the pool takes no more. Only the keeper calls it.
func (p *Pool) add() bool {
	p.lastID++
	id := p.lastID
	if p.fsm.WorkerAdded(context.Background(), id) != nil {
		return false
	}
	w := newWorker(p, id)
	if err := w.start(); err != nil {
		p.report(poolfsm.StartFailedEvent{Worker: id, Reason: &StartError{Pool: p.config.Name, Worker: id, Err: err}})
		p.report(poolfsm.WorkerGoneEvent{Worker: id})
		return false
	}
	p.mu.Lock()
	p.workers[id] = w
	p.mu.Unlock()
	close(w.registered)
	if _, open := p.open(); !open {
		_ = w.fsm.CastStop(ErrClosed) // whoever told the workers to leave may have missed this one
	}
	return true
}

// keeper remembers when the next worker may be started.
type keeper struct {
	failures  int // in a row, as far as they were noted
	notBefore time.Time
}

// note learns how many workers in a row have come to nothing. Each new failure puts the next start off.
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
