package lease

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/pool"
)

// script is a worker that has something to import.
const script = `import asyncio, decimal, email, http.client, json, logging, sqlite3, xml.dom.minidom
from fsmpool import worker

@worker.command
def echo(args):
    return args

worker.run()
`

// kills is how many workers are killed, one after the other, for one measurement.
const kills = 15

// Recovery is how long it takes from the exit of a worker to the readiness of the next one.
func Recovery(ctx context.Context, dir string) (compare.Group, error) {
	path := filepath.Join(dir, "worker.py")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		return compare.Group{}, err
	}
	candidate := func(name string, goal float64, fork bool) compare.Candidate {
		return compare.Candidate{Name: name, Goal: goal, Measure: func() ([]float64, error) {
			return recovery(ctx, &pool.ProcessSource{Script: path, Fork: fork})
		}}
	}
	return compare.Group{
		Title:   fmt.Sprintf("from the exit of a worker to a new one, %d kills a round", kills),
		Figures: []compare.Figure{{Name: "p50 in ms"}, {Name: "slowest in ms"}},
		Judged:  1,
		Limit:   candidate("pool, workers by exec", 0, false),
		Others:  []compare.Candidate{candidate("pool, workers of a fork server", 0.5, true)},
	}, nil
}

// watcher is the observer that records the moments.
type watcher struct{ gone, ready chan time.Time }

func (w watcher) ObservePool(ev pool.Event) {
	switch ev.(type) {
	case pool.EventWorkerGone:
		w.gone <- time.Now()
	case pool.EventWorkerReady:
		w.ready <- time.Now()
	}
}

func recovery(ctx context.Context, source pool.Source) (figures []float64, err error) {
	w := watcher{make(chan time.Time, 2*kills), make(chan time.Time, 2*kills)}
	p, err := pool.Start(ctx, pool.Config{Source: source, Observer: w})
	if err != nil {
		return nil, err
	}
	<-w.ready
	var took []float64
	for range kills {
		// A worker that dies before its first request counts as a failed start, and the next start would have to wait.
		if _, err := p.Execute(ctx, "echo", []byte("1")); err != nil {
			return nil, err
		}
		if err := syscall.Kill(p.Workers()[0].PID, syscall.SIGKILL); err != nil {
			return nil, err
		}
		gone, ready := <-w.gone, <-w.ready
		took = append(took, float64(ready.Sub(gone))/float64(time.Millisecond))
	}
	slices.Sort(took)
	return []float64{took[len(took)/2], took[len(took)-1]}, p.Close(ctx)
}
