package echo

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// contest is one client of a worker against one of the least that can be done, in work of another kind than a short echo.
type contest struct {
	title             string
	limitName, name   string
	limit, worker     *service
	goal              float64
	judged            int
	start, startLimit func(ctx context.Context) (*service, error)
}

// contests are what a worker does beside a short echo.
func (p *Python) contests() []*contest {
	through := func(shared wire.Shared, as func(*worker) client) func(context.Context) (*service, error) {
		return func(ctx context.Context) (*service, error) { return p.single(ctx, "worker.py", shared, as) }
	}
	without := func(start func() (*service, error)) func(context.Context) (*service, error) {
		return func(context.Context) (*service, error) { return start() }
	}
	socket := wire.Shared{From: -1}
	list := []*contest{
		{
			title: "1 MiB to Python and back, through the socket", limitName: "bare socketpair", name: "worker without a pool",
			startLimit: without(p.bareLarge), start: through(socket, newWorkerLarge), goal: 0.9, judged: throughputFigure,
		},
		{
			title:     fmt.Sprintf("A stream of %d x %d bytes from Python", pieces, pieceSize),
			limitName: "bare socketpair", name: "worker without a pool",
			startLimit: without(p.bareStream), start: through(socket, func(w *worker) client { return workerStream{w} }),
			goal: 0.7, judged: throughputFigure,
		},
		p.cancellation("a plain handler that sleeps", "worker.py"),
		p.cancellation("an async handler that waits", "waiter.py"),
	}
	if runtime.GOOS == "linux" {
		list = append(list, &contest{
			title: "1 MiB to Python and back, through shared memory", limitName: "bare memfd and a byte on a socketpair",
			name: "worker without a pool", startLimit: without(p.bareMemory), start: through(wire.Shared{}, newWorkerLarge),
			goal: 0.8, judged: throughputFigure,
		})
	}
	return list
}

// cancellation has no ratio to meet: its limit is there to compare with.
func (p *Python) cancellation(what, script string) *contest {
	of := func(as func(*worker) client) func(context.Context) (*service, error) {
		return func(ctx context.Context) (*service, error) { return p.single(ctx, script, wire.Shared{}, as) }
	}
	return &contest{
		title:     "To begin and to cancel " + what,
		limitName: "an echo of 100 bytes", name: "begun, cancelled, stopped",
		startLimit: of(func(w *worker) client { return w }), start: of(func(w *worker) client { return cancelled{w} }),
		judged: timeFigure,
	}
}

func (c *contest) open(ctx context.Context) (err error) {
	if c.limit, err = c.startLimit(ctx); err != nil {
		return err
	}
	c.worker, err = c.start(ctx)
	return err
}

func (c *contest) close() error {
	var errs []error
	for _, s := range []*service{c.limit, c.worker} {
		if s != nil {
			errs = append(errs, s.close())
		}
	}
	return errors.Join(errs...)
}

func (c *contest) group(ctx context.Context, d time.Duration) compare.Group {
	candidate := func(name string, of *service, goal float64) compare.Candidate {
		return compare.Candidate{Name: name, Goal: goal, Measure: func() ([]float64, error) { return of.measure(ctx, d) }}
	}
	return compare.Group{
		Title: c.title, Figures: figures(), Judged: c.judged,
		Limit: candidate(c.limitName, c.limit, 0), Others: []compare.Candidate{candidate(c.name, c.worker, c.goal)},
	}
}
