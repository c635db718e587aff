// Package lease measures what a pool adds to a request by itself: checkout and checkin beside another pool for anything, and
// looking sessions up beside a map.
package lease

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackc/puddle/v2"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/pool"
)

// workers is how many there are to check out.
const workers = 8

// Bench is the set of pools to measure, until it is closed.
type Bench struct {
	puddle *puddle.Pool[int]
	bare   *pool.Pool // without a history
	usual  *pool.Pool
}

// NewBench starts everything.
func NewBench(ctx context.Context) (*Bench, error) {
	b := &Bench{}
	var err error
	b.puddle, err = puddle.NewPool(&puddle.Config[int]{
		Constructor: func(context.Context) (int, error) { return 0, nil }, Destructor: func(int) {}, MaxSize: workers,
	})
	if err != nil {
		return nil, err
	}
	for range workers {
		if err := b.puddle.CreateResource(ctx); err != nil {
			return nil, err
		}
	}
	if b.bare, err = start(ctx, -1); err != nil {
		return nil, err
	}
	b.usual, err = start(ctx, 0)
	return b, err
}

func start(ctx context.Context, history int) (*pool.Pool, error) {
	return pool.Start(ctx, pool.Config{
		Source: pool.Func(func(context.Context, *pool.Request) ([]byte, error) { return nil, nil }),
		Size:   pool.Size{Min: workers}, History: history, Recycle: pool.Recycle{MaxWorkerRequests: -1, MaxWorkerAge: -1},
	})
}

// Close ends everything.
func (b *Bench) Close() error {
	b.puddle.Close()
	for _, p := range []*pool.Pool{b.bare, b.usual} {
		if err := p.Close(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// Loops are the comparisons of checkout and checkin, with one goroutine and with eight.
func (b *Bench) Loops() []compare.Loops {
	var all []compare.Loops
	for _, goroutines := range []int{1, workers} {
		all = append(all, compare.Loops{
			Title: fmt.Sprintf("checkout and checkin, %d goroutines", goroutines),
			Limit: compare.Loop{Name: "puddle: acquire and release", Run: spread(goroutines, b.acquire)},
			Others: []compare.Loop{
				{Name: "pool without history", Goal: 2, Run: spread(goroutines, lease(b.bare))},
				{Name: "pool without history, of a session", Goal: 2.5, Run: spread(goroutines, lease(b.bare, pool.Session("s")))},
				{Name: "pool without history, a session a goroutine", Goal: 3, Run: own(goroutines, b.bare)},
				{Name: "pool", Run: spread(goroutines, lease(b.usual))},
			},
		})
	}
	return all
}

func (b *Bench) acquire(n int) error {
	ctx := context.Background()
	for range n {
		r, err := b.puddle.Acquire(ctx)
		if err != nil {
			return err
		}
		r.Release()
	}
	return nil
}

func lease(p *pool.Pool, options ...pool.Option) func(n int) error {
	return func(n int) error {
		ctx := context.Background()
		for range n {
			l, err := p.Checkout(ctx, options...)
			if err != nil {
				return err
			}
			if err := l.Checkin(nil); err != nil {
				return err
			}
		}
		return nil
	}
}

// own is lease with a session of its own for each goroutine.
func own(goroutines int, p *pool.Pool) func(n int) error {
	var next atomic.Int64
	return spread(goroutines, func(n int) error {
		return lease(p, pool.Session(fmt.Sprintf("s-%d", next.Add(1)%int64(goroutines))))(n)
	})
}

// spread shares the work among goroutines.
func spread(goroutines int, run func(n int) error) func(n int) error {
	if goroutines == 1 {
		return run
	}
	return func(n int) error {
		errs := make([]error, goroutines)
		var all sync.WaitGroup
		for i := range goroutines {
			all.Go(func() { errs[i] = run(n/goroutines + 1) })
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}
}
