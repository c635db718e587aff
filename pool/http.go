package pool

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
)

// Handler serves what a pool says of itself: /healthz is 200 while the pool lives, /readyz is 200 while it has its minimum of
// workers, and /workers.json shows every worker. Nothing that it serves changes the pool. Mount it under any prefix with
// [http.StripPrefix].
func (p *Pool) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		p.answer(w, p.fsm.In(poolfsm.StateOpen))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		p.answer(w, p.Ready())
	})
	mux.HandleFunc("GET /workers.json", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, p.picture())
	})
	return mux
}

// Ready reports whether the pool takes requests and has its minimum of workers.
func (p *Pool) Ready() bool {
	return p.fsm.In(poolfsm.StateRunning) || p.fsm.In(poolfsm.StateUpgrading)
}

// answer says in which phase the pool is, and why it is not well.
func (p *Pool) answer(w http.ResponseWriter, well bool) {
	s := p.Stats()
	status := http.StatusOK
	if !well {
		status = http.StatusServiceUnavailable
	}
	body := map[string]any{"pool": p.name, "phase": s.Phase, "workers": s.Workers, "waiting": s.Waiting, "breaker": s.Breaker}
	if err := p.lastFailure(); err != nil && !well {
		body["reason"] = err.Error()
	}
	writeJSON(w, status, body)
}

// workerJSON is a worker in /workers.json.
type workerJSON struct {
	ID       uint64    `json:"id"`
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

func (p *Pool) picture() any {
	s := p.Stats()
	workers := []workerJSON{}
	for _, w := range p.Workers() {
		workers = append(workers, workerJSON{
			w.ID, w.PID, w.State.String(), w.Health, w.Failures, w.Errors, w.Leases, w.Uses, w.Sessions, w.RSS, w.Born, w.Output,
		})
	}
	return map[string]any{"pool": p.name, "phase": s.Phase, "wanted": s.Wanted, "waiting": s.Waiting, "breaker": s.Breaker, "workers": workers}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever asked is gone
}
