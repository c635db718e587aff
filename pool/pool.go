package pool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// Pool keeps workers alive and hands requests to them. Its methods may be called by many goroutines.
type Pool struct {
	config   Config
	launcher launcher
	fsm      poolfsm.Server
	group    *fsm.Group
	index    index
	counters counters

	wake     chan struct{}  // holds a token when the keeper should look
	wg       sync.WaitGroup // everything that the pool runs
	released chan struct{}  // closed when nothing of the pool is left

	started  chan struct{} // closed when Start may return
	starting sync.Once
	startErr error // why Start fails; read after started

	unused atomic.Int64 // workers in a row that died young, before anybody had used them

	mu      sync.Mutex
	workers map[uint64]*worker // every worker that is not reaped
	lastID  uint64             // the keeper's
	failure *StartError        // why the first worker that did not start did not
}

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
		config: c, launcher: launcher, group: fsm.NewGroup(),
		wake: make(chan struct{}, 1), started: make(chan struct{}), released: make(chan struct{}),
		workers: make(map[uint64]*worker),
	}
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

// run makes the machine of the pool live, and what keeps its workers.
func (p *Pool) run() error {
	h := poolHooks{p}
	err := poolfsm.StartAt(&p.fsm,
		poolfsm.Hooks{Pool: h, Size: h, Phase: h, Upgrade: h},
		poolfsm.Params{StartTimeout: p.config.StartTimeout, DrainTimeout: p.config.ShutdownTimeout},
		fsm.Config{Name: p.config.Name, Group: p.group, Mailbox: -1, Logger: p.config.stepLogger()})
	if err != nil {
		return err
	}
	p.wg.Go(p.keep)
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
	return &StartError{Pool: p.config.Name, Err: cause}
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
		return fmt.Errorf("pool: %s: upgrade: %w", p.config.Name, ErrNotSupported)
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
	p.mu.Unlock()
	p.report(poolfsm.WorkerGoneEvent{Worker: w.id})
}

// closedIn is the error of a request to the pool when it takes none.
func (p *Pool) closedIn(phase poolfsm.State) error {
	return &ClosedError{Pool: p.config.Name, Phase: phase.String()}
}
