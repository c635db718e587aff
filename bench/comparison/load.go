package comparison

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
)

// message is what an echo carries: a hundred bytes of JSON.
var message = fmt.Appendf(nil, "%q", bytes.Repeat([]byte("x"), 98))

// The names of the figures, by which the template finds the reason of a regression.
const (
	figureP50        = "p50 in µs"
	figureP99        = "p99 in µs"
	figureThroughput = "requests/s"
	figureAllocs     = "allocations a request"
	figureHeap       = "heap in KiB"
	figureGoroutines = "goroutines"
	figureStart      = "start in ms"
)

// recyclingTitle is added to the title of a load on a pool with all defaults.
const recyclingTitle = ", the full pool recycling"

// loadGroup compares two running pools under the load of so many clients, each for d a round.
func loadGroup(ctx context.Context, basic, full Pool, clients int, d time.Duration) compare.Group {
	candidate := func(name string, p Pool) compare.Candidate {
		return compare.Candidate{Name: name, Measure: func() ([]float64, error) { return load(ctx, p, clients, d) }}
	}
	return compare.Group{
		Title: fmt.Sprintf("echo of 100 bytes, clients: %d", clients),
		Figures: []compare.Figure{
			{Name: figureP50}, {Name: figureP99}, {Name: figureThroughput, MoreIsBetter: true}, {Name: figureAllocs},
		},
		Limit: candidate("basic", basic), Others: []compare.Candidate{candidate("full", full)},
	}
}

// load has every client send one echo after the other for d.
func load(ctx context.Context, p Pool, clients int, d time.Duration) ([]float64, error) {
	times := make([][]time.Duration, clients)
	runtime.GC() // what was measured before is not cleared away on this one's time
	before := compare.ReadAllocated()
	began := time.Now()
	err := inParallel(clients, func(i int) (err error) {
		for err == nil && time.Since(began) < d {
			since := time.Now()
			err = echo(ctx, p)
			times[i] = append(times[i], time.Since(since))
		}
		return err
	})
	took := time.Since(began)
	after := compare.ReadAllocated()
	all := slices.Concat(times...)
	slices.Sort(all)
	return []float64{
		float64(percentile(all, 50)) / float64(time.Microsecond),
		float64(percentile(all, 99)) / float64(time.Microsecond),
		float64(len(all)) / took.Seconds(),
		float64(after.Objects-before.Objects) / float64(max(1, len(all))),
	}, err
}

func echo(ctx context.Context, p Pool) error {
	answer, err := p.Execute(ctx, Request{Command: "echo", Payload: message})
	if err == nil && !bytes.Equal(answer.Payload, message) {
		err = fmt.Errorf("comparison: echo: answer %.100q: want the %d bytes that were sent", answer.Payload, len(message))
	}
	return err
}

// percentile returns the smallest of the sorted values that p percent do not exceed, and 0 of none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*p+99)/100-1]
}

// startGroup compares the time from the call that starts a pool to the moment when all of its workers answer at once, and
// what the pool then holds in this process.
func startGroup(ctx context.Context, kinds Kinds, workers int) compare.Group {
	candidate := func(k Kind) compare.Candidate {
		return compare.Candidate{Name: k.Name, Measure: func() ([]float64, error) { return started(ctx, k, workers) }}
	}
	return compare.Group{
		Title:   "a pool that has started",
		Figures: []compare.Figure{{Name: figureStart}, {Name: figureHeap}, {Name: figureGoroutines}},
		Limit:   candidate(kinds.Basic), Others: []compare.Candidate{candidate(kinds.Full)},
	}
}

// warmUp is how many requests a pool serves before its memory is measured, so that its buffers and histories are there.
const warmUp = 1000

func started(ctx context.Context, k Kind, workers int) (figures []float64, err error) {
	heap, goroutines := inUse(), runtime.NumGoroutine()
	began := time.Now()
	p, err := k.Start(ctx, workers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if _, err := awaitWhole(ctx, p, workers, time.Minute); err != nil {
		return nil, err
	}
	took := time.Since(began)
	for range warmUp {
		if err := echo(ctx, p); err != nil {
			return nil, err
		}
	}
	figures = []float64{
		float64(took) / float64(time.Millisecond),
		float64(inUse()-heap) / 1024,
		float64(runtime.NumGoroutine() - goroutines),
	}
	runtime.KeepAlive(p)
	return figures, nil
}

// inUse is the live heap in bytes. The second collection frees what the first one gave to finalizers and pools.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func inParallel(n int, do func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}
