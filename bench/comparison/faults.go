package comparison

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// Times of the faults.
const (
	patience = 500 * time.Millisecond // how long a caller waits for an answer
	watched  = 3 * time.Second        // how long a pool may take to recover, before it counts as one that does not
	overlap  = 20 * time.Millisecond  // how long a worker takes to say where it is, so that all of them say it at once
)

// Requests that are sent from the fault on.
const (
	faultClients  = 4
	faultRequests = 100 // of each client
)

// Outcome is the result of one fault in one pool.
type Outcome struct {
	// Recovery is the time from the fault to the moment when all workers serve at once. It is negative if that did not happen
	// while the pool was watched.
	Recovery time.Duration
	Failed   int // requests sent from the fault on, without the one that brings it about
	Sent     int
}

// Fault is a failure that is put into a worker.
type Fault struct {
	Name string
	// bring brings the fault about in a pool whose workers are these processes, and returns when a caller can see it.
	bring func(ctx context.Context, p Pool, pids []int) error
}

// Faults are those of a running worker.
func Faults() []Fault {
	return []Fault{
		{"killed", func(_ context.Context, _ Pool, pids []int) error { return syscall.Kill(pids[0], syscall.SIGKILL) }},
		{"hangs", func(ctx context.Context, p Pool, _ []int) error {
			_ = execute(ctx, p, "hang") // fails by design, when the patience of its caller is over
			return nil
		}},
	}
}

// execute sends a request of a caller whose patience is bounded.
func execute(ctx context.Context, p Pool, command string) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	_, err := p.Execute(ctx, Request{Command: command, Payload: []byte("1")})
	return err
}

// Measure brings the fault about in two pools: one is watched until it is whole, the other one serves requests.
func (f Fault) Measure(ctx context.Context, k Kind, workers int) (Outcome, error) {
	var o Outcome
	err := f.in(ctx, k, workers, func(p Pool, began time.Time) (err error) {
		o.Recovery, err = recovery(ctx, p, workers, began)
		return err
	})
	return o, errors.Join(err, f.in(ctx, k, workers, func(p Pool, _ time.Time) error {
		o.Failed, o.Sent = failures(ctx, p), faultClients*faultRequests
		return nil
	}))
}

// in runs then on a pool in which the fault has begun.
func (f Fault) in(ctx context.Context, k Kind, workers int, then func(p Pool, began time.Time) error) (err error) {
	p, err := k.Start(ctx, workers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	pids, err := awaitWhole(ctx, p, workers, time.Minute)
	if err != nil {
		return err
	}
	began := time.Now() // of a request that hangs: when it is sent
	if err := f.bring(ctx, p, pids); err != nil {
		return err
	}
	return then(p, began)
}

// MeasureCrashAtStart starts a pool of which one worker crashes at its first start.
func MeasureCrashAtStart(ctx context.Context, k Kind, workers int) (o Outcome, err error) {
	dir, err := os.MkdirTemp("", "crash-")
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	crash := filepath.Join(dir, "crash")
	if err := os.WriteFile(crash, nil, 0o600); err != nil {
		return o, err
	}
	o.Sent = faultClients * faultRequests
	began := time.Now()
	p, err := k.Start(ctx, workers, "CRASH_FILE="+crash)
	if err != nil { // there is no pool that could recover, or serve
		return Outcome{Recovery: -1, Failed: o.Sent, Sent: o.Sent}, nil
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if o.Recovery, err = recovery(ctx, p, workers, began); err != nil {
		return o, err
	}
	o.Failed = failures(ctx, p)
	return o, nil
}

// recovery returns the time from began until the pool is whole, or -1 if it is not while it is watched.
func recovery(ctx context.Context, p Pool, workers int, began time.Time) (time.Duration, error) {
	_, err := awaitWhole(ctx, p, workers, watched)
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err != nil:
		return -1, nil
	default:
		return time.Since(began), nil
	}
}

// failures counts the requests that fail of those that clients send one after the other.
func failures(ctx context.Context, p Pool) int {
	var failed atomic.Int64
	_ = inParallel(faultClients, func(int) error {
		for range faultRequests {
			if execute(ctx, p, "echo") != nil {
				failed.Add(1)
			}
		}
		return nil
	})
	return int(failed.Load())
}

// awaitWhole asks until as many requests as there are workers, sent at once, are answered by as many processes, and returns
// these. The last error is that of a pool that is not whole when the time is up.
func awaitWhole(ctx context.Context, p Pool, workers int, d time.Duration) (pids []int, err error) {
	for end := time.Now().Add(d); ; {
		pids, err = whole(ctx, p, workers)
		if err == nil || time.Now().After(end) || ctx.Err() != nil {
			return pids, err
		}
	}
}

func whole(ctx context.Context, p Pool, workers int) ([]int, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	pids := make([]int, workers)
	err := inParallel(workers, func(i int) error {
		answer, err := p.Execute(ctx, Request{Command: "where", Payload: fmt.Append(nil, overlap.Seconds())})
		if err != nil {
			return err
		}
		return json.Unmarshal(answer.Payload, &pids[i])
	})
	slices.Sort(pids)
	if distinct := len(slices.Compact(slices.Clone(pids))); err == nil && distinct < workers {
		err = fmt.Errorf("comparison: %d processes answer at once: want %d", distinct, workers)
	}
	return pids, err
}
