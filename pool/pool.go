package pool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
)

// Pool keeps workers alive and hands requests to them. Its methods may be called by many goroutines.
type Pool struct {
	// All decisions are made by the core, a plain value under the mutex mu. A method locks, lets the core take a step, takes
	// the effects, unlocks, and carries the effects out: see step. What is written once, before the first goroutine of the
	// pool begins, needs no lock: name, born, timer, and the channels.

	name     string
	config   atomic.Pointer[Config] // with defaults; never changed, only replaced
	born     time.Time              // the instant 0 of the core's clock
	counters counters
	commands commands

	mu      sync.Mutex
	core    *core.Core
	workers map[uint64]*worker // that are not reaped
	timer   *time.Timer        // runs tick
	timerAt core.Time          // when it does; 0 while it is not armed
	failure *StartError        // of the first worker that did not start
	latest  *StartError        // of the last worker that did not start
	broken  bool               // the core has panicked, and takes no further step
	closing bool               // Close was called

	versions map[string]*version // that workers are started of, or live of
	current  *version            // that the pool has; during an upgrade the old one. Only an upgrade changes it
	upgraded chan<- *core.UpgradeReport

	upgrading sync.Mutex // held by an upgrade
	shadow    shadow     // of that upgrade

	changing sync.Mutex // held while the configuration is replaced

	started  chan struct{} // closed when Start may return
	starting sync.Once
	startErr error // why Start fails; read after started

	wg       sync.WaitGroup // goroutines of the pool
	stopped  chan struct{}  // closed when the core has stopped, or is broken
	released chan struct{}  // closed when nothing of the pool is left
}

// conf is the configuration as it is now. It is not to be changed.
func (p *Pool) conf() *Config { return p.config.Load() }

// now is the time on the clock of the core, which is monotonic.
func (p *Pool) now() core.Time { return time.Since(p.born) }

// Start returns a pool when Size.Min workers are ready. When StartTimeout is over and at least one is ready, the pool is
// returned as it is, in the state degraded; otherwise the error is that of the first worker, a [StartError], and no process
// is left. The end of ctx cancels the start; it has no meaning for the pool that was returned. Where the configuration is
// wrong, nothing is started, and the error joins a [ConfigError] for each field.
func Start(ctx context.Context, c Config) (*Pool, error) {
	p, err := begin(ctx, c.withDefaults())
	if err != nil {
		return nil, err
	}
	return p.await(ctx)
}

// begin returns a pool that starts.
func begin(ctx context.Context, c Config) (*Pool, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.Source = c.Source.owned()
	launcher, err := c.open(ctx)
	if err != nil {
		return nil, &StartError{Pool: c.Name, Err: err}
	}
	p := &Pool{
		name: c.Name, born: time.Now(), workers: make(map[uint64]*worker), versions: make(map[string]*version),
		started: make(chan struct{}), stopped: make(chan struct{}), released: make(chan struct{}),
	}
	c.Version = or(c.Version, launcher.version())
	p.current = &version{label: c.Version, launcher: launcher}
	p.use(p.current)
	p.config.Store(&c)
	p.timer = time.AfterFunc(time.Hour, p.tick)
	p.timer.Stop()
	p.wg.Go(func() { <-p.stopped }) // no Wait sees 0 before the end
	go p.finish()
	p.step(func(core.Time) { p.core = core.New(c.core(p.born), 0) })
	return p, nil
}

// open prepares the source, which may run programs that hang.
func (c *Config) open(ctx context.Context) (launcher, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, c.StartTimeout, &TimeoutError{What: "StartTimeout", After: c.StartTimeout})
	defer cancel()
	if ctx.Err() != nil {
		return nil, endOf(ctx)
	}
	l, err := c.Source.open(bounded, c)
	if err != nil {
		return nil, withEnd(ctx, err)
	}
	return l, nil
}

// await returns the pool when its start has been decided.
func (p *Pool) await(ctx context.Context) (*Pool, error) {
	select {
	case <-p.started:
	case <-ctx.Done():
		if p.announce(p.startError(endOf(ctx))) {
			p.kill()
		}
	}
	if p.startErr != nil {
		<-p.released
		return nil, p.startErr
	}
	return p, nil
}

// startError is why the start ends: because of cause, and of what went wrong before.
func (p *Pool) startError(cause error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if first := p.failure; first != nil {
		cause = fmt.Errorf("%w: %w", cause, first.Err)
		return &StartError{Pool: first.Pool, Worker: first.Worker, Err: cause, Output: first.Output}
	}
	return &StartError{Pool: p.name, Err: cause}
}

// announce lets Start return, with err if there is one. The first call counts, and is told so.
func (p *Pool) announce(err error) (first bool) {
	p.starting.Do(func() {
		p.startErr, first = err, true
		close(p.started)
	})
	return first
}

// finish waits for the end of everything and releases what the workers shared.
func (p *Pool) finish() {
	p.wg.Wait()
	p.mu.Lock()
	versions := slices.Collect(maps.Values(p.versions)) // of which no worker is left
	p.mu.Unlock()
	for _, v := range versions {
		p.retire(v)
	}
	close(p.released)
}

// Drain refuses new requests, lets those in flight finish, and returns when no process is left. After Shutdown.ShutdownTimeout, or
// when ctx ends, what is left is ended by force. The error is then a [DrainError], and nil if every request had its time.
func (p *Pool) Drain(ctx context.Context) error {
	var before uint64
	p.step(func(now core.Time) {
		before = p.core.Stats().Interrupted
		p.core.Drain(now)
	})
	return p.drained(before, p.wait(ctx))
}

// drained is the outcome of a drain that has ended: cause is that of its context, before is what had been interrupted when
// it began.
func (p *Pool) drained(before uint64, cause error) error {
	p.mu.Lock()
	n, closing := p.core.Stats().Interrupted-before, p.closing
	p.mu.Unlock()
	switch {
	case cause != nil:
	case n == 0:
		return nil
	case closing:
		cause = errClosedMeanwhile
	default:
		cause = &TimeoutError{What: "Shutdown.ShutdownTimeout", After: p.conf().Shutdown.ShutdownTimeout}
	}
	err := &DrainError{Pool: p.name, Interrupted: int(n), Err: cause}
	p.conf().Logger.Warn("the pool was drained by force", "pool", p.name, "interrupted", n, "err", err)
	return err
}

// Close ends every worker, whatever it does, and returns when no process is left. When ctx ends, what is left is killed,
// and the error is a [CloseError]. Closing twice, and while the pool starts, is fine. Stats.Interrupted counts the requests
// that this has cost.
func (p *Pool) Close(ctx context.Context) error {
	p.step(func(now core.Time) {
		p.closing = true
		p.core.Close(now)
	})
	if err := p.wait(ctx); err != nil {
		return &CloseError{Pool: p.name, Err: err}
	}
	return nil
}

// wait returns when nothing of the pool is left. The end of ctx, which it returns then, kills what there is.
func (p *Pool) wait(ctx context.Context) error {
	select {
	case <-p.released:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-p.released: // in time after all
		return nil
	default:
		p.kill()
		<-p.released
		return endOf(ctx)
	}
}

// kill ends the pool without waiting for a worker.
func (p *Pool) kill() { p.step(func(now core.Time) { p.core.Kill(now) }) }

// RunUntil drains the pool when ctx ends, and returns when nothing of it is left. Programs call it with a context that ends
// with a signal. The error is that of Drain: nil, or a [DrainError] where Shutdown.ShutdownTimeout was not enough.
func (p *Pool) RunUntil(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return p.Drain(context.WithoutCancel(ctx))
	case <-p.released:
		return nil
	}
}
