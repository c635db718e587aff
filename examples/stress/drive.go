package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// report is the last line.
type report struct {
	Seed        uint64         `json:"seed"`
	Seconds     int            `json:"seconds"`
	Sessions    int            `json:"sessions"`
	Requests    int            `json:"requests"`
	Outcomes    map[string]int `json:"outcomes"`
	Errors      map[string]int `json:"errors"`
	Faults      map[string]int `json:"faults"`
	Left        map[string]int `json:"left"` // workers, by why
	Recoveries  int            `json:"recoveries"`
	RecoveryP50 float64        `json:"recovery_p50_ms"`
	RecoveryP99 float64        `json:"recovery_p99_ms"`
	Hindered    int            `json:"hindered_recoveries"` // where the fault kept workers from starting
	HinderedMax float64        `json:"hindered_recovery_max_ms"`
	WellAfter   float64        `json:"well_after_s"` // since the last fault
	Differences []string       `json:"differences"`
}

// drive runs everything. An error means that it could not; a broken promise is a difference of the report.
func drive(ctx context.Context, p plan, stdout io.Writer) (*report, error) {
	dir, err := os.MkdirTemp("", "stress-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	crash := filepath.Join(dir, "crash")
	w := newWitness()
	live, err := pool.Start(ctx, config(p, crash, w))
	if err != nil {
		return nil, err
	}
	b := newBooks()
	clients := staff(p, live, b)
	c := &chaos{
		pool: live, books: b, random: rand.New(rand.NewPCG(p.seed, 1)), crash: crash, drawn: map[string]int{},
	}
	raging, end := context.WithTimeout(ctx, time.Duration(p.seconds)*time.Second)
	defer end()
	var all sync.WaitGroup
	all.Go(func() { c.rage(raging) })
	for _, cl := range clients {
		all.Go(func() { cl.work(raging) })
	}
	all.Wait()
	fmt.Fprintf(stdout, "stress: %d faults, %d requests; waiting for the pool to be well\n", total(c.drawn), b.begun)
	r := &report{Seed: p.seed, Seconds: p.seconds, Sessions: p.sessions, Faults: c.drawn, WellAfter: waitUntilWell(live, p, b)}
	for _, cl := range clients {
		all.Go(cl.audit)
	}
	all.Wait()
	compare(live, b, w)
	if err := live.Close(context.Background()); err != nil {
		b.differ("Close: %v", err)
	}
	fill(r, live, b, w)
	return r, nil
}

func config(p plan, crash string, w *witness) pool.Config {
	_, self, _, _ := runtime.Caller(0)
	return pool.Config{
		Name: "stress", Source: &pool.ProcessSource{Script: filepath.Join(filepath.Dir(self), "worker.py"), Args: []string{crash}},
		Size: pool.Size{Min: p.workers}, Sessions: pool.Sessions{Checkpoint: true}, Observer: w,
		RequestTimeout: 3 * time.Second, QueueTimeout: 20 * time.Second, CancelGrace: 300 * time.Millisecond,
		StartupTimeout: 5 * time.Second, Health: pool.Health{HealthCheckInterval: time.Second, HealthCheckTimeout: 500 * time.Millisecond, DegradedProbeDelay: 200 * time.Millisecond},
		Shutdown: pool.Shutdown{ShutdownGrace: 300 * time.Millisecond}, Breaker: pool.Breaker{BreakerCoolDown: time.Second}, Recycle: pool.Recycle{HardWorkerRSS: 200 << 20, MaxWorkerRequests: 5000},
	}
}

// staff returns the clients, each with sessions of its own.
func staff(p plan, live *pool.Pool, b *books) []*client {
	clients := make([]*client, p.clients)
	for i := range clients {
		clients[i] = &client{id: i, pool: live, books: b, random: rand.New(rand.NewPCG(p.seed, uint64(i)+2))}
	}
	for i := range p.sessions {
		c := clients[i%len(clients)]
		c.accounts = append(c.accounts, &account{name: fmt.Sprint("s-", i), possible: []int{0}})
	}
	return clients
}

// waitUntilWell waits until the pool is at its size, and returns how many seconds that took.
func waitUntilWell(live *pool.Pool, p plan, b *books) float64 {
	since := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		s := live.Stats()
		if s.Workers["ready"] == p.workers && len(s.Workers) == 1 && s.Phase == "running" {
			break
		}
		if time.Since(since) > limit {
			b.differ("the pool is not well after %v: %+v", limit, s)
			break
		}
	}
	return time.Since(since).Seconds()
}

// compare holds what the pool says against what the clients and the witness have counted.
func compare(live *pool.Pool, b *books, w *witness) {
	s, seen := live.Stats(), w.seen()
	b.mu.Lock()
	begun, ended, failed := b.begun, b.ended, b.ended-b.outcomes["ok"]
	b.mu.Unlock()
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"requests that ended", ended, begun},
		{"Stats.Requests", int(s.Requests), begun},
		{"Stats.Failures and Stats.Cancelled", int(s.Failures + s.Cancelled), failed},
		{"requests observed", seen.executed, begun},
		{"checkins observed", seen.checkedIn, seen.checkedOut},
		{"workers that became ready", seen.ready, int(s.Started)},
		{"ready workers less those removed", int(s.Started - s.Removed), s.Workers["ready"] + s.Workers["busy"]},
		{"sessions lost", int(s.SessionsLost), 0},
		{"panics of the core", int(s.Crashes), 0},
		{"requests in line", s.Waiting, 0},
		{"slots in use", s.Busy, 0},
	} {
		if c.got != c.want {
			b.differ("%s: %d; want %d", c.what, c.got, c.want)
		}
	}
}

func fill(r *report, live *pool.Pool, b *books, w *witness) {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.recovered)
	slices.Sort(w.hindered)
	r.Hindered, r.HinderedMax = len(w.hindered), quantile(w.hindered, 1)
	r.Requests, r.Outcomes, r.Errors, r.Differences = b.begun, b.outcomes, b.errors, b.differences
	r.Left, r.Recoveries = w.reasons, len(w.recovered)
	r.RecoveryP50, r.RecoveryP99 = quantile(w.recovered, .5), quantile(w.recovered, .99)
}

// quantile is in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(q*float64(len(sorted)-1))].Microseconds()) / 1000
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}
