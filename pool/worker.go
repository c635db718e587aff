package pool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// settling is how long what is under way may take to notice that a process is gone: for the exit to follow the end of its
// connection, and for a last answer to be read.
const settling = 50 * time.Millisecond

// worker is one worker of a pool. Its machine owns its lifecycle; what the machine decides is carried out by its hooks.
type worker struct {
	id      uint64
	pool    *Pool
	fsm     workerfsm.Server
	history *fsm.History // nil where the configuration keeps none
	born    time.Time

	place      place         // the index's
	registered chan struct{} // closed when the pool knows the worker
	turn       chan struct{} // holds a token while a request is in flight
	hurry      chan struct{} // holds a token when the next probe is due sooner than planned

	mu        sync.Mutex
	instance  instance // nil until launched
	condemned bool     // it is to end: one that is launched from now on is killed at once
}

func newWorker(p *Pool, id uint64) *worker {
	w := &worker{
		id: id, pool: p, born: time.Now(),
		registered: make(chan struct{}), turn: make(chan struct{}, 1), hurry: make(chan struct{}, 1),
	}
	if p.config.History > 0 {
		w.history = fsm.NewHistory(p.config.History)
	}
	return w
}

// start makes the machine of the worker live, which spawns the rest.
func (w *worker) start() error {
	c, h := &w.pool.config, workerHooks{w}
	return workerfsm.StartAt(&w.fsm,
		workerfsm.Hooks{Worker: h, Process: h, Health: h, Affinity: h, Recovery: h},
		workerfsm.Params{
			StartupTimeout:    c.StartupTimeout,
			DrainTimeout:      c.ShutdownTimeout,
			ShutdownGrace:     c.ShutdownGrace,
			KillTimeout:       2 * c.ShutdownGrace,
			MaxHealthFailures: c.MaxHealthFailures,
		},
		fsm.Config{
			Name: fmt.Sprintf("%s/worker-%d", c.Name, w.id), Group: w.pool.group, Mailbox: -1, // nothing may be lost
			History: w.history, Observer: w.pool, Logger: c.stepLogger(),
		})
}

// run is the life of the worker, from launch to reaping. A cast it makes fails only if a hook has crashed the machine,
// which has killed the process then.
func (w *worker) run() {
	<-w.registered
	_ = w.fsm.CastExited(w.live())
	<-w.fsm.Done()
	w.release()
	w.pool.gone(w)
}

// live launches the worker and returns how it ended, when it has.
func (w *worker) live() error {
	i, err := w.launch()
	if err != nil {
		_ = w.fsm.CastStartFailed(err)
		return err
	}
	alive, cancel := whileAlive(i)
	defer cancel()
	switch err := w.greet(alive, i); {
	case err == nil:
		_ = w.fsm.CastStarted()
		w.pool.wg.Go(func() { w.watchHealth(alive, i) })
	case saysNothing(err) && isDone(i, settling): // how the process ended says more
	default:
		_ = w.fsm.CastStartFailed(err)
	}
	<-i.done()
	i.output() // waits for the last lines, which the hooks must not
	return &ExitError{How: i.exit()}
}

// launch starts the instance, unless the machine has decided against it meanwhile.
func (w *worker) launch() (instance, error) {
	w.mu.Lock()
	condemned := w.condemned
	w.mu.Unlock()
	if condemned {
		return nil, errors.New("stopped before it was launched")
	}
	i, err := w.pool.launcher.launch(w.id)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instance = i
	if w.condemned {
		i.kill()
	}
	return i, nil
}

// greet waits until the worker is ready and healthy. The machine ends a worker that takes too long, which ends this.
func (w *worker) greet(alive context.Context, i instance) error {
	if err := i.handshake(alive, w.id); err != nil {
		return err
	}
	return ping(alive, i)
}

// saysNothing reports whether err only says that the other end is gone.
func saysNothing(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) }

// condemn makes sure that the worker ends, and returns its instance if it has one.
func (w *worker) condemn() instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.condemned = true
	return w.instance
}

// kill ends the process at once. The machine learns of it like of any other exit.
func (w *worker) kill() {
	if i := w.condemn(); i != nil {
		i.kill()
	}
}

// current returns the instance, nil before there is one.
func (w *worker) current() instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.instance
}

// snapshot returns what the machine is between two of its steps.
func (w *worker) snapshot() workerfsm.Snapshot {
	snapshot, _ := w.fsm.Snapshot(context.Background()) // fails only with its context
	return snapshot
}

// release gives a request in flight the time to read a last answer, then frees what the process held.
func (w *worker) release() {
	i := w.current()
	if i == nil {
		return
	}
	select {
	case w.turn <- struct{}{}:
	case <-time.After(settling):
	}
	i.close()
}

// output returns the last lines that the worker printed.
func (w *worker) output() []string {
	if i := w.current(); i != nil {
		return i.output()
	}
	return nil
}

// watchHealth probes the worker until it is gone.
func (w *worker) watchHealth(alive context.Context, i instance) {
	c := &w.pool.config
	timer := time.NewTimer(c.probePause(rand.Float64()))
	defer timer.Stop()
	for {
		select {
		case <-alive.Done():
			return
		case <-w.hurry:
			timer.Reset(c.DegradedProbeDelay)
		case <-timer.C:
			w.probe(alive, i)
			timer.Reset(c.probePause(rand.Float64()))
		}
	}
}

// probe asks an idle worker how it is, and tells the machine. A busy worker is judged by its requests.
func (w *worker) probe(alive context.Context, i instance) {
	if s := w.snapshot().State; s != workerfsm.StateReady && s != workerfsm.StateDegraded {
		return
	}
	limit := w.pool.config.HealthCheckTimeout
	ctx, cancel := context.WithTimeoutCause(alive, limit, &TimeoutError{What: "HealthCheckTimeout", After: limit})
	defer cancel()
	if err := ping(ctx, i); err != nil {
		_ = w.fsm.CastHealthFailed(err) // like run
		return
	}
	_ = w.fsm.CastHealthOK()
}

// ping returns nil if the worker answers that it is well.
func ping(ctx context.Context, i instance) error {
	pong, err := i.ping(ctx)
	if err != nil {
		return err
	}
	if !pong.OK {
		return fmt.Errorf("unhealthy: %s", pong.Reason)
	}
	return nil
}

// probePause returns the time until the next probe: the interval, more or less a tenth of it as random, which is in
// [0, 1), has it.
func (c *Config) probePause(random float64) time.Duration {
	const never = 1<<63 - 1
	if c.HealthCheckInterval < 0 {
		return never
	}
	return c.HealthCheckInterval + time.Duration((random-0.5)/5*float64(c.HealthCheckInterval))
}

// whileAlive returns a context that ends with the worker.
func whileAlive(i instance) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		select {
		case <-i.done():
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// isDone reports whether the worker is gone, now or within d.
func isDone(i instance, d time.Duration) bool {
	select {
	case <-i.done():
		return true
	case <-time.After(d):
		return false
	}
}
