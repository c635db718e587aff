package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool"
)

// The versions of the workers' code.
const (
	basic  = "basic"
	first  = "1.0"
	second = "2.0"
)

// basicConfig is a pool of programs that answer requests, one after the other.
func basicConfig(p plan) pool.Config {
	return pool.Config{
		Name: "upgrade", Version: basic, Size: pool.Size{Min: p.workers},
		Source:  &pool.ProcessSource{Path: "python3", Args: []string{script("basic.py")}, Protocol: pool.Packet4(pool.Packet4Config{})},
		Health:  pool.Health{DisableHealthMonitoring: true},
		Recycle: pool.Recycle{MaxWorkerRequests: -1}, // the workers that leave do so because of an upgrade
	}
}

// enhanced is the configuration of the same pool once its workers have health checks and sessions.
func enhanced(c pool.Config) pool.Config {
	c.Source, c.Version = nil, "" // those that the pool has by then
	c.Health.DisableHealthMonitoring, c.Health.HealthCheckInterval = false, time.Second
	c.Sessions.Affinity, c.Sessions.Checkpoint = pool.AffinityStrict, true
	return c
}

// script is the path of a file beside this one.
func script(name string) string {
	_, self, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(self), name)
}

// performance is one run of the example.
type performance struct {
	plan
	pool    *pool.Pool
	books   *books
	watch   *watch
	summary *summary
}

// perform runs all stages under load, and returns what happened.
func perform(ctx context.Context, p plan, stdout io.Writer) (*summary, error) {
	c := basicConfig(p)
	workers, err := pool.Start(ctx, c)
	if err != nil {
		return nil, err
	}
	b := newBooks()
	run := &performance{plan: p, pool: workers, books: b, watch: newWatch(workers, b, stdout)}
	run.summary = &summary{plan: p, books: b, watch: run.watch}
	loading, stop := context.WithCancel(ctx)
	var clients, watchers sync.WaitGroup
	for number := range p.clients {
		clients.Go(func() { newClient(number+1, workers, b).run(loading) })
	}
	watching, stopWatching := context.WithCancel(ctx)
	watchers.Go(func() { run.watch.run(watching) })
	err = run.stages(ctx, c)
	stop()
	clients.Wait()
	stopWatching()
	watchers.Wait()
	run.summary.stats = workers.Stats()
	return run.summary, errors.Join(err, workers.Close(context.WithoutCancel(ctx)))
}

// stages are the run as the operator of a service does it. The clients go on all the time.
func (r *performance) stages(ctx context.Context, c pool.Config) error {
	r.watch.say("%d clients, %d basic workers: they answer requests, and know neither health checks nor sessions", r.clients, r.workers)
	if err := r.settles(ctx); err != nil {
		return err
	}
	r.watch.say("upgrade of the basic workers to version %s, which is made with the SDK", first)
	if err := r.upgrade(ctx, pool.Python(script("version1.py")), first); err != nil {
		return err
	}
	if err := r.pool.Reconfigure(enhanced(c)); err != nil {
		return err
	}
	r.books.carts.Store(true)
	r.watch.say("health checks, affinity and checkpoints are on: the clients use sessions from now on")
	if err := r.settles(ctx); err != nil {
		return err
	}
	err := r.upgradeToSecond(ctx)
	back, rolledBack := errors.AsType[*pool.RolledBackError](err)
	switch {
	case rolledBack && r.bad && ctx.Err() == nil:
		r.watch.say("rolled back: %v", back.Err)
	case err != nil:
		return err
	}
	return r.settles(ctx)
}

// upgradeToSecond upgrades to a version whose state has another form. A bad release is good while it is a canary, and some time
// longer, so that the sessions that it has taken over have to go back.
func (r *performance) upgradeToSecond(ctx context.Context) error {
	if !r.bad {
		r.watch.say("upgrade to version %s, which keeps the state of a session in another form", second)
		return r.upgrade(ctx, pool.Python(script("version2.py")), second)
	}
	good := r.bake * 3 / 2
	from := float64(time.Now().Add(good).UnixMilli()) / 1000
	r.watch.say("upgrade to version %s, a bad release: in %v it begins to fail 5 %% of its requests", second, good)
	return r.upgrade(ctx, &pool.ProcessSource{Script: script("version2.py"), Args: []string{fmt.Sprintf("%.3f", from)}}, second)
}

// upgrade replaces the workers' code, and keeps the report.
func (r *performance) upgrade(ctx context.Context, source pool.Source, label string) error {
	report, err := r.pool.Upgrade(ctx, source, pool.Rollout{
		Label: label, Share: 0.2, Bake: r.bake,
		MaxLatency: -1, // of a few seconds on a machine that does other things as well, it says little
	})
	if report != nil {
		r.summary.upgrades = append(r.summary.upgrades, report)
		r.watch.say("upgrade from %s to %s: %s after %v", report.From, report.To, report.Outcome, report.Took.Round(time.Millisecond))
	}
	return err
}

// settles lets the clients go on for a while.
func (r *performance) settles(ctx context.Context) error {
	select {
	case <-time.After(r.settle):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("interrupted: %w", context.Cause(ctx))
	}
}
