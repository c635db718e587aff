package core

import (
	"maps"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// SessionStats count what became of sessions since the start of the pool.
type SessionStats struct {
	Sessions, Snapshots, SnapshotBytes int // now

	Hits    uint64 // requests that found the state of their session on the worker
	Misses  uint64 // requests that began a session
	Rebinds uint64 // sessions with a history that got another worker
	Lost    uint64 // losses of state
	Expired uint64
	Evicted uint64 // snapshots that had to make room
	Refused uint64 // snapshots over the bound of one

	// Each loss ends in one of these ways, or is not yet reported.
	Reported         uint64 // to a caller
	GivenUp          uint64 // the next request was Portable
	ReportedTogether uint64 // with an earlier loss of the session
	Unreported       uint64 // its session expired before
}

// counters count since the start of the pool.
type counters struct {
	leases           uint64
	handovers        uint64 // leases that went on as takeovers
	started, removed uint64
	transitions      map[string]uint64 // of workers that are gone, by version
	interrupted      uint64
	gone             map[Reason]uint64
}

// left counts a worker that is gone. Few reasons occur, so the map is made on demand.
func (c *counters) left(r Reason) {
	if c.gone == nil {
		c.gone = make(map[Reason]uint64)
	}
	c.gone[r]++
}

// Stats are the numbers of a pool, all of one instant.
type Stats struct {
	Phase       string
	Workers     map[string]int // by the state of their machine
	Waiting     int            // requests in the queue
	Busy        int            // slots that leases have
	Wanted      int            // workers
	Breaker     string
	Version     string         // of the workers; during an upgrade the old one
	Versions    map[string]int // workers that serve, by version
	Upgrade     string         // the state of the rollout's machine, empty where there is none
	Sessions    SessionStats
	Leases      uint64 // granted so far
	Started     uint64 // workers that became ready
	Removed     uint64 // workers that were ready and are no more
	Interrupted uint64 // leases that ended with their workers, which had to leave; see markLate
	Left        map[Reason]uint64
	Transitions uint64 // of the workers' machines, where a history is kept
	ByVersion   map[string]VersionStats
	LastFailure error // of a start; nil since a worker has started again
}

// VersionStats are the numbers of the workers of one version.
type VersionStats struct {
	Workers     map[string]int // by the state of their machine; nil where none is left
	Transitions uint64         // as Stats.Transitions
}

// Stats returns the numbers of the pool.
//
// It looks at every worker, and at no session: what is known of sessions is counted as it happens.
func (c *Core) Stats() Stats {
	s := Stats{
		Phase: c.pool.State().String(), Workers: make(map[string]int), Waiting: c.waiting, Wanted: c.size.wanted,
		Breaker: c.breaker.State().String(), Version: c.stable.label, Versions: make(map[string]int), Upgrade: c.UpgradePhase(),
		Sessions: c.sessions.stats, Leases: c.counters.leases,
		Started: c.counters.started, Removed: c.counters.removed, Interrupted: c.counters.interrupted, Left: maps.Clone(c.counters.gone),
		LastFailure: c.lastFailure, ByVersion: make(map[string]VersionStats),
	}
	if s.Left == nil {
		s.Left = map[Reason]uint64{}
	}
	s.Sessions.Sessions = len(c.sessions.byName)
	s.Sessions.Snapshots, s.Sessions.SnapshotBytes = c.snapshots.count, c.snapshots.bytes
	s.Sessions.Evicted, s.Sessions.Refused = c.snapshots.evicted, c.snapshots.refused
	for label, n := range c.counters.transitions {
		s.Transitions += n
		s.ByVersion[label] = VersionStats{Transitions: n}
	}
	for _, w := range c.workers {
		state := w.machine.State().String()
		v := s.ByVersion[w.version.label]
		if v.Workers == nil {
			v.Workers = make(map[string]int)
		}
		v.Workers[state]++
		s.Workers[state]++
		s.Busy += w.busy()
		if w.available() {
			s.Versions[w.version.label]++
		}
		if w.history != nil {
			s.Transitions += w.history.Total()
			v.Transitions += w.history.Total()
		}
		s.ByVersion[w.version.label] = v
	}
	return s
}

// Worker is a picture of one worker.
type Worker struct {
	ID       uint64
	State    workerfsm.State
	Data     workerfsm.Data
	Age      time.Duration
	Idle     time.Duration // since the last lease; 0 while there is one
	Sessions int           // bound to it
	RSS      int64         // bytes, as measured last
	History  *fsm.History  // nil where none is kept
	Leaving  Reason        // why it is being recycled; empty for not
}

// Workers returns a picture of every worker that is not reaped, oldest first.
func (c *Core) Workers() []Worker {
	all := make([]Worker, len(c.workers))
	for i, w := range c.workers {
		f := c.facts(w)
		all[i] = Worker{
			ID: w.id, State: w.machine.State(), Data: w.machine.Data(), Age: f.age, Idle: f.idle, Sessions: w.count, RSS: w.rss,
			History: w.history, Leaving: w.recycle,
		}
	}
	return all
}

// Lookup returns the worker that has the session, and the generation of the binding; 0 for none.
func (c *Core) Lookup(session string) (worker, generation uint64) {
	s := c.sessions.byName[session]
	if s == nil {
		return 0, 0
	}
	if s.home != nil && !s.home.gone {
		return s.home.id, s.generation
	}
	return 0, s.generation
}
