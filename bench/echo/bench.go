// Package echo measures what goes to a Python process and back: a hundred bytes above all, but also a mebibyte, through the
// socket and through shared memory, a stream, and a cancellation.
//
// The limit is a minimal Python loop on a bare socketpair. For a hundred bytes it gets and answers the same frames as a worker of
// a pool. Between it and the pool stands the worker without the pool: the SDK and the wire alone.
package echo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
)

// goals bound what the round trip may cost compared with the bare loop: in time for one client, while processors may fall
// asleep and while they are kept awake, and in requests per second for several.
type goals struct{ asleep, awake, throughput float64 }

var (
	workerGoals = goals{asleep: 1.3, awake: 1.6, throughput: 0.6}
	poolGoals   = goals{asleep: 1.5, awake: 1.84, throughput: 0.52} // a pool may cost 1.15 times what its worker costs
)

// What a pool may add to a worker that is asked directly: in time on processors that are kept awake, and in allocations, two
// of which are the worker's and four those of Execute.
const (
	executeGoal     = 1.1
	allocationsGoal = 2
)

// Bench is the set of running processes of every kind, for one client and for several.
type Bench struct {
	python   *Python
	sizes    []size
	contests []*contest
}

// size is every kind of service for so many clients.
type size struct {
	clients            int
	bare, worker, pool *service
}

// NewBench starts everything. It is to be closed.
func NewBench(ctx context.Context, p *Python, clients ...int) (*Bench, error) {
	b := &Bench{python: p}
	for _, n := range clients {
		s, err := p.size(ctx, n)
		b.sizes = append(b.sizes, s)
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	for _, c := range p.contests() {
		b.contests = append(b.contests, c)
		if err := c.open(ctx); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

// size returns what could be started also with an error.
func (p *Python) size(ctx context.Context, clients int) (s size, err error) {
	s.clients = clients
	if s.bare, err = p.bares(clients); err != nil {
		return s, err
	}
	if s.worker, err = p.workers(ctx, clients); err != nil {
		return s, err
	}
	s.pool, err = p.pooled(ctx, clients)
	return s, err
}

// Close ends every process.
func (b *Bench) Close() error {
	var errs []error
	for _, size := range b.sizes {
		for _, s := range []*service{size.bare, size.worker, size.pool} {
			if s != nil {
				errs = append(errs, s.close())
			}
		}
	}
	for _, c := range b.contests {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}

// Groups compares the services, each for d per round, on processors that may fall asleep and on ones that may not.
func (b *Bench) Groups(ctx context.Context, d time.Duration) []compare.Group {
	var groups []compare.Group
	for _, s := range b.sizes {
		asleep := s.group(ctx, d, "may fall asleep", workerGoals.asleep, poolGoals.asleep)
		awake := s.group(ctx, d, "are kept awake", workerGoals.awake, poolGoals.awake)
		awake.Around = b.python.Awaken
		groups = append(groups, asleep, awake)
		if s.clients == 1 {
			groups = append(groups, b.execute(ctx, d, &s)...)
		}
	}
	for _, c := range b.contests {
		groups = append(groups, c.group(ctx, d))
	}
	return groups
}

// execute holds a pool against a worker of the same kind that is asked directly. Allocations are those of requests whose
// context never ends; one that can end is watched, which costs some more.
func (b *Bench) execute(ctx context.Context, d time.Duration, s *size) []compare.Group {
	candidate := func(ctx context.Context, name string, of *service, goal float64) compare.Candidate {
		return compare.Candidate{Name: name, Goal: goal, Measure: func() ([]float64, error) { return of.measure(ctx, d) }}
	}
	endless := context.WithoutCancel(ctx)
	return []compare.Group{
		{
			Title: "Execute of 100 bytes, by its time, processors are kept awake", Figures: figures(), Judged: timeFigure,
			Limit:  candidate(ctx, "worker without a pool", s.worker, 0),
			Others: []compare.Candidate{candidate(ctx, "pool.Execute", s.pool, executeGoal)},
			Around: b.python.Awaken,
		},
		{
			Title: "Execute of 100 bytes, by its allocations", Figures: figures(), Judged: allocationsFigure,
			Limit: candidate(endless, "worker without a pool", s.worker, 0),
			Others: []compare.Candidate{
				candidate(endless, "pool.Execute", s.pool, allocationsGoal),
				candidate(ctx, "pool.Execute, with a context that can end", s.pool, 0),
			},
		},
	}
}

// group holds one client's services against each other by their time, and those of several by throughput.
func (s *size) group(ctx context.Context, d time.Duration, processors string, workerGoal, poolGoal float64) compare.Group {
	g := compare.Group{
		Title:   fmt.Sprintf("100 bytes to Python and back: %[1]d x %[1]d, processors %[2]s", s.clients, processors),
		Figures: figures(),
		Judged:  timeFigure,
	}
	if s.clients > 1 {
		g.Judged = throughputFigure
		workerGoal, poolGoal = workerGoals.throughput, poolGoals.throughput
	}
	candidate := func(name string, of *service, goal float64) compare.Candidate {
		return compare.Candidate{Name: name, Goal: goal, Measure: func() ([]float64, error) { return of.measure(ctx, d) }}
	}
	g.Limit = candidate("bare socketpair", s.bare, 0)
	g.Others = []compare.Candidate{
		candidate("worker without a pool", s.worker, workerGoal),
		candidate("pool.Execute", s.pool, poolGoal),
	}
	return g
}
