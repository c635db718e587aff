package pool

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/affinity"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// counters count since the start of the pool.
type counters struct {
	requests, failures atomic.Uint64
	started, removed   atomic.Uint64
	transitions        atomic.Uint64
	unkept             atomic.Uint64 // snapshots that were over their bound
	repairs, crashes   atomic.Uint64
	size               atomic.Int64

	mu   sync.Mutex
	left map[Reason]uint64
}

func (c *counters) leave(r Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == nil {
		c.left = make(map[Reason]uint64)
	}
	c.left[r]++
}

func (c *counters) gone() map[Reason]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.left)
}

func (c *counters) count(err error) {
	c.requests.Add(1)
	if err != nil {
		c.failures.Add(1)
	}
}

// Stats is a picture of a pool. Its numbers are each right, but not all of one instant.
type Stats struct {
	Phase   string         // the state of the pool's machine
	Workers map[string]int // by the state of the worker's machine; states without a worker are absent
	Waiting int            // requests that wait for a worker
	Busy    int            // slots that clients have
	Wanted  int            // workers that there should be
	Breaker string         // of starts: closed, open or half_open

	Sessions affinity.Stats // what became of sessions

	Requests     uint64 // that have ended, the failed ones included
	Failures     uint64
	Started      uint64            // workers that became ready
	Removed      uint64            // workers that were ready and are no more
	Left         map[Reason]uint64 // workers that are gone, by why
	SessionsLost uint64            // sessions whose worker went away with their state
	Unkept       uint64            // snapshots of sessions that were over their bound
	Transitions  uint64            // of all workers, those that are gone included; none where no history is kept
	Repairs      uint64            // how often the books of the pool were wrong
	Crashes      uint64            // of the pool's own loops
}

// Stats returns a picture of the pool.
func (p *Pool) Stats() Stats {
	c := &p.counters
	pool, _ := p.fsm.Snapshot(context.Background()) // fails only with its context
	s := Stats{
		Phase: pool.State.String(), Workers: make(map[string]int),
		Requests: c.requests.Load(), Failures: c.failures.Load(), Started: c.started.Load(), Removed: c.removed.Load(),
		Left: c.gone(), Unkept: c.unkept.Load(), Transitions: c.transitions.Load(),
		Repairs: c.repairs.Load(), Crashes: c.crashes.Load(),
		Wanted: int(c.size.Load()), Breaker: p.breaker.State().String(), Sessions: p.index.sessions.Stats(),
	}
	s.SessionsLost = s.Sessions.Lost
	s.Waiting, _, s.Busy = p.index.counts()
	for _, w := range p.all() {
		s.Workers[w.snapshot().State.String()]++
		s.Transitions += w.transitions()
	}
	return s
}

// transitions is how many steps the worker's machine has taken, as far as its history knows.
func (w *worker) transitions() uint64 {
	if w.history == nil {
		return 0
	}
	return w.history.Total()
}

// WorkerInfo is a picture of one worker.
type WorkerInfo struct {
	ID       uint64 // unique over the life of the pool
	PID      int    // 0 for a worker that is no process, or none yet
	State    workerfsm.State
	Health   string // unknown, healthy or unhealthy
	Failures int    // in a row
	Errors   int    // so far
	Leases   int    // clients that have it now
	RSS      int64  // resident memory in bytes, 0 where nobody can tell
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
		Errors: snapshot.Data.Errors, Leases: snapshot.Data.Leases, RSS: w.memory(),
		Sessions: w.home.Count(), Output: w.output(),
	}
	if i := w.current(); i != nil {
		info.PID = i.pid()
	}
	if w.history != nil {
		info.Transitions, info.History = w.history.Total(), w.history.Steps()
	}
	return info
}
