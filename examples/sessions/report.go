package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// report is what happened, by the driver's own books and, where it says so, by the pool's.
type report struct {
	requests  int
	failed    map[string]int // by kind
	rebound   int
	latencies []time.Duration // of the requests that were answered
	took      time.Duration
	lost      []string // what a worker should have known and did not
	unread    []string // what no worker would read, however often it was asked
	left      []int    // processes that outlived the pool

	stats   pool.Stats
	workers []pool.WorkerInfo
}

func newReport() *report { return &report{failed: make(map[string]int)} }

// kind names why a request failed and what is known about its work.
func kind(err error) string {
	var what string
	switch {
	case is[*pool.LostError](err):
		what = "worker lost"
	case is[*pool.AbandonedError](err):
		what = "abandoned"
	case is[*pool.WaitError](err):
		what = "no worker free"
	case is[*pool.HandlerError](err):
		what = "handler failed"
	case is[*pool.ClosedError](err):
		what = "pool closed"
	default:
		what = err.Error()
	}
	return fmt.Sprintf("%s, %s", what, pool.OutcomeOf(err))
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// print writes the summary. It reports whether all is well: everything read, nothing lost silently, nothing left behind.
func (r *report) print(w io.Writer) bool {
	failures := 0
	for _, n := range r.failed {
		failures += n
	}
	fmt.Fprintf(w, "\nrequests           %d in %v, %.0f per second\n",
		r.requests, r.took.Round(time.Millisecond), float64(r.requests)/r.took.Seconds())
	fmt.Fprintf(w, "failed             %d\n", failures)
	for _, k := range slices.Sorted(maps.Keys(r.failed)) {
		fmt.Fprintf(w, "                   %d %s\n", r.failed[k], k)
	}
	fmt.Fprintf(w, "workers replaced   %d\n", r.stats.Removed)
	fmt.Fprintf(w, "sessions re-bound  %d (%d more were over when their worker was lost)\n",
		r.rebound, max(0, int(r.stats.SessionsLost)-r.rebound))
	fmt.Fprintf(w, "latency            p50 %v, p99 %v\n", r.quantile(0.50), r.quantile(0.99))
	fmt.Fprintf(w, "transitions        %d in all; %s\n", r.stats.Transitions, r.transitions())
	for _, what := range r.lost {
		fmt.Fprintf(w, "LOST SILENTLY      %s\n", what)
	}
	for _, what := range r.unread {
		fmt.Fprintf(w, "NEVER READ         %s\n", what)
	}
	if len(r.left) > 0 {
		fmt.Fprintf(w, "LEFT BEHIND        processes %v\n", r.left)
	}
	if len(r.lost)+len(r.unread)+len(r.left) > 0 {
		return false
	}
	fmt.Fprintln(w, "nothing was lost silently, and no process is left")
	return true
}

func (r *report) transitions() string {
	each := make([]string, len(r.workers))
	for i, w := range r.workers {
		each[i] = fmt.Sprintf("worker %d: %d", w.ID, w.Transitions)
	}
	return strings.Join(each, ", ")
}

// quantile returns the latency that a share q of the requests stayed below.
func (r *report) quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	slices.Sort(r.latencies)
	return r.latencies[int(q*float64(len(r.latencies)-1))].Round(time.Microsecond)
}

var vocabulary = strings.Fields(`the state of a worker is not what it says but what its machine allows and a pool that
	forgets its sessions forgets why it was asked to keep them`)

// paragraph makes up one more piece of a text.
func paragraph(random *rand.Rand) string {
	words := make([]string, 200+random.IntN(2000))
	for i := range words {
		words[i] = vocabulary[random.IntN(len(vocabulary))]
	}
	return strings.Join(words, " ") + "."
}
