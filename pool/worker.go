package pool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/generated/workerfsm"
	"github.com/fsmgen/fsmgen/pool/affinity"
	"github.com/fsmgen/fsmgen/pool/wire"
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
	home    *affinity.Home
	history *fsm.History // nil where the configuration keeps none
	born    time.Time
	limits  limits       // when it is recycled
	used    atomic.Int64 // when a client was done with it last, in nanoseconds since born

	checkpoints bool // answers bring the state of their session along; set before the machine is ready

	spot       spot               // the index's
	registered chan struct{}      // closed when the pool knows the worker
	flight     chan struct{}      // holds a token for each request in flight
	hurry      chan time.Duration // holds when the next probe is due, if that is sooner than planned

	mu        sync.Mutex
	instance  instance // nil until launched
	condemned bool     // it is to end: one that is launched from now on is killed at once
	reason    error    // why it leaves; nil before that is decided
}

func newWorker(p *Pool, id uint64) *worker {
	c := p.conf()
	w := &worker{
		id: id, pool: p, born: time.Now(), home: affinity.NewHome(id), limits: c.limits(rand.Float64()),
		registered: make(chan struct{}), flight: make(chan struct{}, c.Slots), hurry: make(chan time.Duration, 1),
	}
	w.spot.slots = c.Slots
	if c.History > 0 {
		w.history = fsm.NewHistory(c.History)
	}
	return w
}

// start makes the machine of the worker live, which spawns the rest.
func (w *worker) start() error {
	c, h := w.pool.conf(), workerHooks{w}
	return workerfsm.StartAt(&w.fsm,
		workerfsm.Hooks{Worker: h, Process: h, Health: h, Affinity: h, Recovery: h},
		workerfsm.Params{
			StartupTimeout:    c.StartupTimeout,
			DrainTimeout:      c.ShutdownTimeout,
			ExportTimeout:     c.ExportTimeout,
			ShutdownGrace:     c.ShutdownGrace,
			KillTimeout:       2 * c.ShutdownGrace,
			MaxHealthFailures: c.MaxHealthFailures,
			Slots:             cap(w.flight),
		},
		fsm.Config{
			Name: fmt.Sprintf("%s/worker-%d", c.Name, w.id), Group: w.pool.group, Mailbox: -1, // nothing may be lost
			History: w.history, Observer: c.Steps, Logger: c.stepLogger(),
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
	c := w.pool.conf()
	peer, err := i.Handshake(alive, wire.Welcome{
		Worker: strconv.FormatUint(w.id, 10), Slots: cap(w.flight), MaxPayload: c.MaxPayload,
		MaxSessions: math.MaxInt32, // one that the worker forgot by itself would be lost without a word
	})
	if remote, ok := errors.AsType[*wire.RemoteError](err); ok {
		return remote // what the worker says itself needs no introduction
	}
	if err != nil {
		return err
	}
	if i.Slots() < cap(w.flight) {
		return fmt.Errorf("the worker does at most %d requests at once, and Slots is %d", peer.Slots, cap(w.flight))
	}
	w.checkpoints = c.Checkpoint && i.Can(wire.CanSession)
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

// release gives requests in flight the time to read a last answer, then frees what the process held.
func (w *worker) release() {
	i := w.current()
	if i == nil {
		return
	}
	late := time.After(settling)
	for range cap(w.flight) {
		select {
		case w.flight <- struct{}{}:
			continue
		case <-late:
		}
		break
	}
	i.close()
}

// note remembers why the worker leaves. The first reason counts.
func (w *worker) note(reason error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reason == nil {
		w.reason = reason
	}
}

// output returns the last lines that the worker printed.
func (w *worker) output() []string {
	if i := w.current(); i != nil {
		return i.output()
	}
	return nil
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
