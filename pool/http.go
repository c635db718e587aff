package pool

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
)

// Handler serves what a pool says of itself: /healthz is 200 while the pool takes requests, /readyz is 200 while it has its
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
		"pool": p.name, "phase": s.Phase, "version": s.Version, "versions": s.Versions, "upgrade": s.Upgrade, "wanted": s.Wanted, "waiting": s.Waiting, "breaker": s.Breaker, "workers": workers,
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone
}
