package pool

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestCancel_AtEveryMomentWhileWorkersDie lets clients give up at the very moment at which they get a worker,
// answer or lease, while workers die, and keeps their books.
func TestCancel_AtEveryMomentWhileWorkersDie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers, clients, requests = 3, 12, 300
		p := startFake(t, &fake{}, Config{
			Size: Size{Min: workers}, QueueTimeout: time.Minute, Health: Health{DegradedProbeDelay: time.Millisecond},
		})
		defer closePool(t, p)
		var all sync.WaitGroup
		for c := range clients {
			all.Go(func() {
				f := fickle{books{session: fmt.Sprint("s", c)}, p, rand.New(rand.NewPCG(uint64(c), 0))}
				for range requests {
					if err := f.request(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := p.Stats(); s.Phase != "running" || s.Workers["ready"] != workers || s.Waiting > 0 {
			t.Fatalf("Stats = %+v; want %d ready workers and no request that waits", s, workers)
		}
		for range workers {
			defer func(l *Lease) { _ = l.Checkin(nil) }(checkout(t, p))
		}
	})
}

// fickle is a client that often gives up.
type fickle struct {
	books
	pool   *Pool
	random *rand.Rand
}

func (f *fickle) request(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if f.random.IntN(2) == 0 {
		go cancel()
	}
	switch n := f.random.IntN(100); {
	case n == 0:
		if workers := workersOf(f.pool); len(workers) > 0 {
			workers[f.random.IntN(len(workers))].kill()
		}
		return nil
	case n < 50:
		return f.note(f.pool.Execute(ctx, "count", nil, Session(f.session)))
	default:
		return f.lease(ctx)
	}
}

func (f *fickle) lease(ctx context.Context) error {
	l, err := f.pool.Checkout(ctx, Session(f.session))
	if err != nil {
		return excuse(err)
	}
	for range f.random.IntN(3) {
		if err := f.note(l.Execute(ctx, "count", nil)); err != nil {
			return err
		}
	}
	switch f.random.IntN(10) {
	case 0:
		return l.Close()
	case 1:
		_ = l.Discard()
	default:
		_ = l.Checkin(nil) // the context may have been faster
	}
	return nil
}

func (f *fickle) note(r *Result, err error) error {
	if err != nil {
		return excuse(err)
	}
	count, err := strconv.Atoi(string(r.Payload))
	if err != nil {
		return err
	}
	return f.enter(count, r.Rebound)
}
