package pool

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/internal/core"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// counters count since the start of the pool what the core does not see.
type counters struct {
	requests, failures, cancelled, crashes atomic.Uint64
}

// count counts a request that has ended. The counters are atomic, so that requests do not take the lock of the pool once
// more.
func (c *counters) count(err error) {
	c.requests.Add(1)
	switch {
	case err == nil:
	case isCancelled(err):
		c.cancelled.Add(1)
	default:
		c.failures.Add(1)
	}
}

// Phase is what a pool is doing: the state of its machine, spec/pool.fsm.yaml.
type Phase string

// The phases. A pool takes requests in the first four.
const (
	PhaseStarting  Phase = "starting"  // [Start] has not returned
	PhaseRunning   Phase = "running"   // Size.Min workers serve
	PhaseDegraded  Phase = "degraded"  // fewer than Size.Min workers serve
	PhaseUpgrading Phase = "upgrading" // by [Pool.Upgrade]
	PhaseDraining  Phase = "draining"  // requests in progress may finish; after Close the workers are ended
	PhaseStopped   Phase = "stopped"   // no worker is left
	PhaseCrashed   Phase = "crashed"   // the core of the pool has panicked, which is a bug: every request is refused
)

// BreakerState says whether workers are started: the state of the breaker's machine, spec/breaker.fsm.yaml.
type BreakerState string

// The states of the breaker.
const (
	BreakerClosed   BreakerState = "closed"    // workers are started
	BreakerOpen     BreakerState = "open"      // none is started until Breaker.BreakerCoolDown is over
	BreakerHalfOpen BreakerState = "half_open" // one is started, to see whether that succeeds
)

// Stats is a picture of a pool at one instant.
type Stats struct {
	Phase   Phase          `json:"phase"`
	Workers map[string]int `json:"workers"` // by the state of the worker's machine; states without a worker are absent
	Waiting int            `json:"waiting"` // requests that wait for a worker
	Busy    int            `json:"busy"`    // slots that requests and leases have
	Wanted  int            `json:"wanted"`  // workers that there should be
	Breaker BreakerState   `json:"breaker"` // of starts

	Version  string         `json:"version"`  // of the workers' code; during an upgrade the old one
	Versions map[string]int `json:"versions"` // workers that serve, by version
	// ByVersion has each version that has workers, and those of before whose workers kept a history.
	ByVersion map[string]VersionStats `json:"by_version"`
	Upgrade   string                  `json:"upgrade,omitempty"` // the phase of the upgrade that is under way

	Sessions SessionStats `json:"sessions"`

	Requests  uint64 `json:"requests"` // that have ended, failed and cancelled ones included
	Failures  uint64 `json:"failures"`
	Cancelled uint64 `json:"cancelled"` // by their callers, through the context
	Leases    uint64 `json:"leases"`    // slots that were granted
	Started   uint64 `json:"started"`   // workers that became ready
	Removed   uint64 `json:"removed"`   // workers that were ready and are no more
	// Interrupted counts requests and leases that were ended by force, since their worker had to leave and they took longer
	// than Shutdown.ShutdownTimeout, or the pool was closed.
	Interrupted  uint64            `json:"interrupted"`
	Left         map[Reason]uint64 `json:"left"`          // workers that are gone, by why
	SessionsLost uint64            `json:"sessions_lost"` // losses of a session's state
	Transitions  uint64            `json:"transitions"`   // of all workers, those that are gone included; none where no history is kept
	Crashes      uint64            `json:"crashes"`       // panics of the pool's core: 0, unless there is a bug
}

// VersionStats are the numbers of the workers of one version of their code.
type VersionStats struct {
	Workers     map[string]int `json:"workers,omitempty"` // as Stats.Workers
	Transitions uint64         `json:"transitions"`       // as Stats.Transitions
}

// SessionStats count what became of sessions since the start of the pool.
type SessionStats struct {
	Sessions         int    `json:"sessions"`  // that the pool knows now
	Snapshots        int    `json:"snapshots"` // states that the pool keeps now
	SnapshotBytes    int    `json:"snapshot_bytes"`
	Hits             uint64 `json:"hits"`    // requests that found the state of their session on the worker
	Misses           uint64 `json:"misses"`  // requests that began a session
	Rebinds          uint64 `json:"rebinds"` // sessions that have gone on with another worker, with their state or without
	Lost             uint64 `json:"lost"`    // losses of state
	Expired          uint64 `json:"expired"`
	Evicted          uint64 `json:"evicted"`           // states that had to make room for others
	SnapshotsDropped uint64 `json:"snapshots_dropped"` // states over Sessions.MaxSnapshot
}

// Stats returns a picture of the pool.
func (p *Pool) Stats() Stats {
	c := &p.counters
	p.mu.Lock()
	s, broken := p.core.Stats(), p.broken
	p.mu.Unlock()
	out := Stats{
		Phase: Phase(s.Phase), Workers: s.Workers, Waiting: s.Waiting, Busy: s.Busy, Wanted: s.Wanted, Breaker: BreakerState(s.Breaker),
		Version: s.Version, Versions: s.Versions, Upgrade: s.Upgrade, ByVersion: make(map[string]VersionStats, len(s.ByVersion)),
		Requests: c.requests.Load(), Failures: c.failures.Load(), Cancelled: c.cancelled.Load(), Crashes: c.crashes.Load(),
		Leases: s.Leases, Started: s.Started, Removed: s.Removed, Left: make(map[Reason]uint64, len(s.Left)),
		SessionsLost: s.Sessions.Lost, Transitions: s.Transitions, Interrupted: s.Interrupted,
		Sessions: SessionStats{
			Sessions: s.Sessions.Sessions, Snapshots: s.Sessions.Snapshots, SnapshotBytes: s.Sessions.SnapshotBytes,
			Hits: s.Sessions.Hits, Misses: s.Sessions.Misses, Rebinds: s.Sessions.Rebinds, Lost: s.Sessions.Lost,
			Expired: s.Sessions.Expired, Evicted: s.Sessions.Evicted, SnapshotsDropped: s.Sessions.Refused,
		},
	}
	if broken {
		out.Phase = PhaseCrashed
	}
	for label, v := range s.ByVersion {
		out.ByVersion[label] = VersionStats(v)
	}
	for reason, n := range s.Left {
		out.Left[Reason(reason)] = n
	}
	return out
}

// phaseOf is the phase of a pool for the state of its machine.
func phaseOf(s poolfsm.State) Phase { return Phase(s.String()) }

// phase is what the pool is doing, and whether it takes requests.
func (p *Pool) phase() (now Phase, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken {
		return PhaseCrashed, false
	}
	state := p.core.Phase()
	return phaseOf(state), state.In(poolfsm.StateOpen)
}

// closed is the error of a call that needs a pool that takes requests, nil if it does.
func (p *Pool) closed() error {
	if phase, open := p.phase(); !open {
		return &ClosedError{Pool: p.name, Phase: phase}
	}
	return nil
}

// WorkerInfo is a picture of one worker.
type WorkerInfo struct {
	ID       uint64 // unique over the life of the pool
	Version  string // of its code
	PID      int    // 0 for a worker that is no process, or none yet
	State    workerfsm.State
	Health   string // unknown, healthy or unhealthy
	Failures int    // in a row
	Errors   int    // so far
	Leases   int    // slots in use now
	RSS      int64  // resident memory of the process and its children in bytes, 0 where that is unknown
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
	p.mu.Lock()
	all := p.core.Workers()
	processes := make([]*worker, len(all))
	for n, w := range all {
		processes[n] = p.workers[w.ID]
	}
	p.mu.Unlock()
	infos := make([]WorkerInfo, len(all))
	for n := range all {
		infos[n] = processes[n].info(&all[n])
	}
	return infos
}

// info is the picture of a worker: what the core knows of it, and what its process tells. It reads the memory of the
// process from the system, so the lock of the pool must not be held.
func (w *worker) info(in *core.Worker) WorkerInfo {
	info := WorkerInfo{
		ID: w.id, Version: w.version.label, State: in.State, Born: w.born, Health: in.Data.Health, Failures: in.Data.Failures, Uses: in.Data.Uses,
		Errors: in.Data.Errors, Leases: in.Data.Leases, Sessions: in.Sessions, RSS: w.memory(), Output: w.output(),
	}
	if i := w.current(); i != nil {
		info.PID = i.pid()
	}
	if in.History != nil {
		info.Transitions, info.History = in.History.Total(), in.History.Steps()
	}
	return info
}

// HTTPHandler serves the state of the pool: /healthz is 200 while the pool takes requests, /readyz is 200 while it has its
// minimum of workers, and /workers.json shows every worker. Nothing that it serves changes the pool. What workers print
// may hold secrets: it is shown only by /workers.json?output=1, and why a pool is not ready by /readyz?reason=1. Mount it
// under any prefix with [http.StripPrefix].
func (p *Pool) HTTPHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		_, open := p.phase()
		p.answer(w, r, open)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		p.answer(w, r, p.Ready())
	})
	mux.HandleFunc("GET /workers.json", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, p.picture(r.FormValue("output") != ""))
	})
	return mux
}

// Ready reports whether the pool takes requests and has its minimum of workers.
func (p *Pool) Ready() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	phase := p.core.Phase()
	return !p.broken && (phase == poolfsm.StateRunning || phase == poolfsm.StateUpgrading)
}

// answer says in which phase the pool is, and on request why it is not well.
func (p *Pool) answer(w http.ResponseWriter, r *http.Request, well bool) {
	s := p.Stats()
	status := http.StatusOK
	if !well {
		status = http.StatusServiceUnavailable
	}
	body := map[string]any{"pool": p.name, "phase": s.Phase, "workers": s.Workers, "waiting": s.Waiting, "breaker": s.Breaker}
	if err := p.lastFailure(); err != nil && !well && r.FormValue("reason") != "" {
		body["reason"] = err.Error()
	}
	writeJSON(w, status, body)
}

// lastFailure is why the last worker did not start, nil since one has started again.
func (p *Pool) lastFailure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.core.Stats().LastFailure == nil || p.latest == nil {
		return nil
	}
	return p.latest
}

// workerJSON is a worker in /workers.json.
type workerJSON struct {
	ID       uint64    `json:"id"`
	Version  string    `json:"version"`
	PID      int       `json:"pid,omitempty"`
	State    string    `json:"state"`
	Health   string    `json:"health"`
	Failures int       `json:"failures"`
	Errors   int       `json:"errors"`
	Leases   int       `json:"leases"`
	Uses     uint64    `json:"uses"`
	Sessions int       `json:"sessions"`
	RSS      int64     `json:"rss,omitempty"`
	Born     time.Time `json:"born"`
	Output   []string  `json:"output,omitempty"`
}

// picture is the body of /workers.json, with what workers have printed if output is true.
func (p *Pool) picture(output bool) any {
	s := p.Stats()
	workers := []workerJSON{}
	for _, w := range p.Workers() {
		if !output {
			w.Output = nil
		}
		workers = append(workers, workerJSON{
			w.ID, w.Version, w.PID, w.State.String(), w.Health, w.Failures, w.Errors, w.Leases, w.Uses, w.Sessions, w.RSS, w.Born, w.Output,
		})
	}
	return map[string]any{
		"pool": p.name, "phase": s.Phase, "version": s.Version, "versions": s.Versions, "by_version": s.ByVersion, "upgrade": s.Upgrade, "wanted": s.Wanted, "waiting": s.Waiting, "breaker": s.Breaker, "workers": workers,
	}
}

// writeJSON answers an HTTP request. An error means that its client has gone, and has no receiver.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone
}
