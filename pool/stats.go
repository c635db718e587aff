package pool

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// counters count since the start of the pool.
type counters struct {
	requests, failures             atomic.Uint64
	started, removed, sessionsLost atomic.Uint64
	transitions                    atomic.Uint64
}

func (c *counters) count(err error) {
	c.requests.Add(1)
	if err != nil {
		c.failures.Add(1)
	}
}

// Stats is a picture of a pool. Its numbers are each right, but not all of one instant.
type Stats struct {
	Phase    string         // the state of the pool's machine
	Workers  map[string]int // by the state of the worker's machine; states without a worker are absent
	Waiting  int            // requests that wait for a worker
	Sessions int            // that the pool knows

	Requests     uint64 // that have ended, the failed ones included
	Failures     uint64
	Started      uint64 // workers that became ready
	Removed      uint64 // workers that were ready and are no more
	SessionsLost uint64 // sessions whose worker went away with their state
	Transitions  uint64 // of all workers, those that are gone included
}

// Stats returns a picture of the pool.
func (p *Pool) Stats() Stats {
	c := &p.counters
	pool, _ := p.fsm.Snapshot(context.Background()) // fails only with its context
	s := Stats{
		Phase: pool.State.String(), Workers: make(map[string]int),
		Requests: c.requests.Load(), Failures: c.failures.Load(), Started: c.started.Load(), Removed: c.removed.Load(),
		SessionsLost: c.sessionsLost.Load(), Transitions: c.transitions.Load(),
	}
	s.Waiting, s.Sessions = p.index.counts()
	for _, w := range p.all() {
		s.Workers[w.snapshot().State.String()]++
	}
	return s
}

// WorkerInfo is a picture of one worker.
type WorkerInfo struct {
	ID       uint64 // unique over the life of the pool
	PID      int    // 0 for a worker that is no process, or none yet
	State    workerfsm.State
	Health   string // unknown, healthy or unhealthy
	Failures int    // in a row
	Uses     uint64 // checkouts
	Sessions int    // bound to it
	Born     time.Time
	// Transitions is how many steps its machine has taken, and History the last of them, oldest first; both are empty
	// where the configuration keeps no history.
	Transitions uint64
	History     []fsm.Step
	Output      []string // the last lines it printed
}

// Workers returns a picture of every worker that is not reaped, oldest first.
func (p *Pool) Workers() []WorkerInfo {
	workers := p.all()
	infos := make([]WorkerInfo, len(workers))
	for i, w := range workers {
		infos[i] = w.info()
	}
	return infos
}

func (w *worker) info() WorkerInfo {
	snapshot := w.snapshot()
	info := WorkerInfo{
		ID: w.id, State: snapshot.State, Born: w.born,
		Health: snapshot.Data.Health, Failures: snapshot.Data.Failures, Uses: snapshot.Data.Uses,
		Sessions: w.pool.index.sessions.Count(w.id), Output: w.output(),
	}
	if i := w.current(); i != nil {
		info.PID = i.pid()
	}
	if w.history != nil {
		info.Transitions, info.History = w.history.Total(), w.history.Steps()
	}
	return info
}
