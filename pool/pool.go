package pool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/generated/poolfsm"
	"github.com/fsmgen/fsmgen/generated/workerfsm"
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

	mu      sync.Mutex
	workers map[uint64]*worker // every worker that is not reaped
	lastID  uint64
	failure error // why the first worker that did not start did not
}

// Start returns a pool when Size.Min workers are ready. When StartTimeout is over and at least one is ready, the pool is
// returned as it is, in the state degraded; otherwise the error is that of the first worker, a [StartError], and no process
// is left. The end of ctx cancels the start; it has no meaning for the pool that was returned.
func Start(ctx context.Context, c Config) (*Pool, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	launcher, err := c.Source.open(ctx, &c)
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
	return p.await(ctx)
}

// run makes the machine of the pool live, and what keeps its workers.
func (p *Pool) run() error {
	h := poolHooks{p}
	err := poolfsm.StartAt(&p.fsm,
		poolfsm.Hooks{Pool: h, Size: h, Phase: h, Upgrade: h},
		poolfsm.Params{StartTimeout: p.config.StartTimeout, DrainTimeout: p.config.ShutdownTimeout},
		fsm.Config{Name: p.config.Name, Group: p.group, Mailbox: -1, Logger: p.config.Logger})
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
		err := context.Cause(ctx)
		p.announce(err)
		p.stop()
	}
	<-p.started
	if p.startErr != nil {
		<-p.released
		return nil, p.startErr
	}
	return p, nil
}

// announce lets Start return, with err if there is one. The first call counts.
func (p *Pool) announce(err error) {
	p.starting.Do(func() {
		p.startErr = err
		close(p.started)
	})
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
		return p.closedError()
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

// closedError says in which phase the pool is that takes no requests.
func (p *Pool) closedError() error {
	return &ClosedError{Pool: p.config.Name, Phase: p.fsm.State().String()}
}

// keep starts workers whenever there are too few, until the pool has stopped.
func (p *Pool) keep() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var k keeper
	for {
		select {
		case <-p.fsm.Done():
			return
		case <-p.wake:
		case <-timer.C:
		}
		if pause := p.refill(&k); pause > 0 {
			timer.Reset(pause)
		}
	}
}

// refill starts what is missing. It returns how long to wait before trying again, 0 if that is not needed.
func (p *Pool) refill(k *keeper) (pause time.Duration) {
	snapshot, err := p.fsm.Snapshot(context.Background())
	if err != nil || !snapshot.State.In(poolfsm.StateOpen) {
		return 0
	}
	k.note(snapshot.Data.Failures, time.Now())
	for p.missing() {
		if pause := k.pause(time.Now()); pause > 0 {
			return pause
		}
		if !p.add() {
			return 0
		}
	}
	return 0
}

// missing reports whether one more worker should be started now. Starting more at once than there are processors makes
// each of them slower.
func (p *Pool) missing() bool {
	present, starting := 0, 0
	for _, w := range p.all() {
		switch {
		case p.index.serves(w):
			present++
		case w.fsm.State() == workerfsm.StateInitializing:
			present++
			starting++
		}
	}
	return present < p.config.Size.Min && starting < parallelStarts()
}

// add starts one worker, unless the pool takes no more. Only the keeper calls it.
func (p *Pool) add() bool {
	p.lastID++
	id := p.lastID
	if p.fsm.WorkerAdded(context.Background(), id) != nil {
		return false
	}
	w := newWorker(p, id)
	if err := w.start(); err != nil {
		p.config.Logger.Error("a worker has no machine", "worker", id, "err", err)
		p.report(poolfsm.StartFailedEvent{Worker: id, Reason: err})
		p.report(poolfsm.WorkerGoneEvent{Worker: id})
		return false
	}
	p.mu.Lock()
	p.workers[id] = w
	p.mu.Unlock()
	close(w.registered)
	if !p.fsm.In(poolfsm.StateOpen) {
		_ = w.fsm.CastStop(p.closedError()) // whoever told the workers to leave may have missed this one
	}
	return true
}
