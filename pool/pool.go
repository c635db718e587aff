package pool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/generated/breakerfsm"
	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/pool/affinity"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Pool keeps workers alive and hands requests to them. Its methods may be called by many goroutines.
type Pool struct {
	name     string
	config   atomic.Pointer[Config] // with defaults; never changed, only replaced
	launcher launcher
	fsm      poolfsm.Server
	breaker  breakerfsm.Server // of starts
	group    *fsm.Group
	index    index
	counters counters
	budget   budget

	wake     chan struct{}  // holds a token when the keeper should look
	wg       sync.WaitGroup // everything that the pool runs
	released chan struct{}  // closed when nothing of the pool is left

	started  chan struct{} // closed when Start may return
	starting sync.Once
	startErr error // why Start fails; read after started

	changing sync.Mutex // held while the configuration is replaced

	unused atomic.Int64 // workers in a row that died young, before anybody had used them

	mu       sync.Mutex
	workers  map[uint64]*worker // every worker that is not reaped
	lastID   uint64             // the keeper's
	failure  *StartError        // why the first worker that did not start did not
	latest   error              // why the last worker that did not start did not
	recycled map[uint64]Reason  // workers that the keeper is to recycle
}

// conf is the configuration as it is now. It is not to be changed.
func (p *Pool) conf() *Config { return p.config.Load() }

// Start returns a pool when Size.Min workers are ready. When StartTimeout is over and at least one is ready, the pool is
// returned as it is, in the state degraded; otherwise the error is that of the first worker, a [StartError], and no process
// is left. The end of ctx cancels the start; it has no meaning for the pool that was returned.
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
	launcher, err := c.open(ctx)
	if err != nil {
		return nil, &StartError{Pool: c.Name, Err: err}
	}
	p := &Pool{
		name: c.Name, launcher: launcher, group: fsm.NewGroup(),
		wake: make(chan struct{}, 1), started: make(chan struct{}), released: make(chan struct{}),
		workers: make(map[uint64]*worker), recycled: make(map[uint64]Reason),
	}
	p.config.Store(&c)
	p.budget.tenths.Store(maxBudget)
	p.index.pool, p.index.born, p.index.wake = c.Name, time.Now(), p.wake
	p.index.configure(&c)
	p.index.sessions.Configure(affinity.Config{
		Timeout: c.SessionTimeout, MaxSnapshot: max(0, c.MaxSnapshot), MaxSnapshots: max(0, c.MaxSnapshots),
	})
	if err := p.run(); err != nil {
		launcher.close()
		return nil, err
	}
	return p, nil
}

// open prepares the source, which may run programs that hang.
func (c *Config) open(ctx context.Context) (launcher, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.StartTimeout, &TimeoutError{What: "StartTimeout", After: c.StartTimeout})
	defer cancel()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return c.Source.open(ctx, c)
}

// run makes the machines of the pool live, and what keeps its workers.
func (p *Pool) run() error {
	c, h := p.conf(), poolHooks{p}
	if err := p.guardStarts(c); err != nil {
		return err
	}
	err := poolfsm.StartAt(&p.fsm,
		poolfsm.Hooks{Pool: h, Size: h, Phase: h, Upgrade: h},
		poolfsm.Params{StartTimeout: c.StartTimeout, DrainTimeout: c.ShutdownTimeout},
		fsm.Config{Name: p.name, Group: p.group, Mailbox: -1, Logger: c.stepLogger()})
	if err != nil {
		return err
	}
	p.wg.Go(p.supervise)
	go p.finish()
	return nil
}

// await returns the pool when its start has been decided.
func (p *Pool) await(ctx context.Context) (*Pool, error) {
	select {
	case <-p.started:
	case <-ctx.Done():
		if p.announce(p.startError(context.Cause(ctx))) {
			p.stop()
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
	<-p.fsm.Done()
	p.wg.Wait()
	_ = p.breaker.Runtime().Stop(context.Background(), nil) // it fails only where it has stopped
	p.launcher.close()
	close(p.released)
}

// Drain refuses new requests, lets those in flight finish, and returns when no process is left. After ShutdownTimeout, or
// when ctx ends, what is left is ended by force; only the end of ctx is an error.
func (p *Pool) Drain(ctx context.Context) error {
	_ = p.fsm.CastDrain() // it fails when the pool has stopped, which is what is wanted
	return p.wait(ctx)
}

// Close ends every worker, whatever it does, and returns when no process is left. The end of ctx makes it impatient: what
// is left is killed, and the cause of ctx returned. Closing twice, and while the pool starts, is fine.
func (p *Pool) Close(ctx context.Context) error {
	_ = p.fsm.CastClose() // like Drain
	return p.wait(ctx)
}

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
		p.stop()
		<-p.released
		return context.Cause(ctx)
	}
}

// stop ends the pool without waiting for anything: every worker is killed.
func (p *Pool) stop() {
	_ = p.fsm.CastClose() // like Drain
	for _, w := range p.all() {
		w.kill()
	}
}

// Upgrade is not supported yet: it returns an error that matches [ErrNotSupported], or [ErrClosed].
func (p *Pool) Upgrade(ctx context.Context, _ Source) error {
	err := p.fsm.Upgrade(ctx)
	switch {
	case err == nil:
		return nil
	case p.fsm.In(poolfsm.StateOpen):
		return fmt.Errorf("pool: %s: upgrade: %w", p.name, ErrNotSupported)
	default:
		return p.closedIn(p.fsm.State())
	}
}

// report casts an event of a worker to the machine of the pool. It fails only when that has ended, and then nobody is left
// to be told.
func (p *Pool) report(ev poolfsm.Event) { _ = p.fsm.Post(ev) }

// all returns the workers that are not reaped, oldest first.
func (p *Pool) all() []*worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := slices.Sorted(maps.Keys(p.workers))
	workers := make([]*worker, len(ids))
	for i, id := range ids {
		workers[i] = p.workers[id]
	}
	return workers
}

// gone forgets a worker that is reaped and whose machine has ended.
func (p *Pool) gone(w *worker) {
	p.mu.Lock()
	delete(p.workers, w.id)
	delete(p.recycled, w.id)
	p.mu.Unlock()
	p.farewell(w)
	p.report(poolfsm.WorkerGoneEvent{Worker: w.id})
}

// closedIn is the error of a request to the pool when it takes none.
func (p *Pool) closedIn(phase poolfsm.State) error {
	return &ClosedError{Pool: p.name, Phase: phase.String()}
}
