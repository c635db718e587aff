package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// books are what the clients know.
type books struct {
	mu          sync.Mutex
	begun       int
	ended       int
	outcomes    map[string]int // ok, or what the pool knows of the work
	errors      map[string]int // by kind
	differences []string
}

func newBooks() *books { return &books{outcomes: map[string]int{}, errors: map[string]int{}} }

func (b *books) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.begun++
}

// end notes how a request ended.
func (b *books) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended++
	if err == nil {
		b.outcomes["ok"]++
		return
	}
	b.outcomes[pool.OutcomeOf(err).String()]++
	b.errors[fmt.Sprintf("%T", err)]++
}

// differ notes a promise that was broken. A few are enough.
func (b *books) differ(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.differences) < 20 {
		b.differences = append(b.differences, fmt.Sprintf(format, args...))
	}
}

// account is a session: the values that it may have. There is more than one after a request whose outcome is unknown.
type account struct {
	name     string
	possible []int
}

// acknowledge notes an answer, and reports whether it is one that may have been.
func (a *account) acknowledge(got, added int) bool {
	ok := slices.Contains(a.possible, got-added)
	a.possible = []int{got}
	return ok
}

// doubt notes that a request may have run.
func (a *account) doubt(added int) {
	for _, n := range slices.Clone(a.possible) {
		if !slices.Contains(a.possible, n+added) {
			a.possible = append(a.possible, n+added)
		}
	}
}

// witness is the pool's observer: it counts what the pool says, and how long recovery takes.
type witness struct {
	mu        sync.Mutex
	counts    eventCounts
	reasons   map[string]int // why workers left
	exits     []exit         // of workers that were not replaced yet
	recovered []time.Duration
	hindered  []time.Duration // as recovered, where a worker was kept from starting meanwhile
}

// eventCounts are how many events of a kind there were.
type eventCounts struct{ executed, checkedOut, checkedIn, ready int }

func newWitness() *witness { return &witness{reasons: map[string]int{}} }

// exit is the end of a worker.
type exit struct {
	at       time.Time
	hindered bool // a worker did not start since
}

// wanted are the reasons of workers that left because the pool wanted them to: their replacement was there before.
var wanted = []pool.Reason{
	pool.ReasonAge, pool.ReasonRequests, pool.ReasonErrors, pool.ReasonMemory, pool.ReasonIdle, pool.ReasonShrink,
	pool.ReasonClosed, pool.ReasonRecycled,
}

// ObservePool is called by the pool.
func (w *witness) ObservePool(ev pool.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch ev := ev.(type) {
	case pool.EventExecuted:
		w.counts.executed++
	case pool.EventCheckedOut:
		w.counts.checkedOut++
	case pool.EventCheckedIn:
		w.counts.checkedIn++
	case pool.EventWorkerGone:
		w.reasons[string(ev.Reason)]++
		if !slices.Contains(wanted, ev.Reason) {
			w.exits = append(w.exits, exit{at: time.Now()})
		}
	case pool.EventWorkerFailed:
		for i := range w.exits {
			w.exits[i].hindered = true
		}
	case pool.EventWorkerReady:
		w.counts.ready++
		if len(w.exits) == 0 {
			return
		}
		first := w.exits[0]
		w.exits = w.exits[1:]
		if first.hindered {
			w.hindered = append(w.hindered, time.Since(first.at))
		} else {
			w.recovered = append(w.recovered, time.Since(first.at))
		}
	}
}

func (w *witness) seen() eventCounts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts
}
