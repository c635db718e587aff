package pool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// settling is how long a request in flight may take to read a last answer when its worker is gone, and how long a lost
// connection may precede the end of its process.
const settling = 50 * time.Millisecond

// dying is how long the end of a process may take to be noticed when the other end of its connection is closed: the kernel
// closes the descriptors of a process before its parent can wait for it.
const dying = time.Second

// isHangup reports whether err says that the other end of a connection is closed.
func isHangup(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// worker is the process of one worker. The core decides about it; its goroutines do what blocks.
type worker struct {
	id      uint64
	pool    *Pool
	version *version
	born    time.Time
	gone    chan struct{} // closed when the process is reaped

	mu       sync.Mutex
	orders   []order // still to be carried out
	obeying  bool    // a goroutine carries them out
	instance instance
	killed   bool          // it is to end: an instance that is launched from now on is killed at once
	calls    int           // requests in flight
	quiet    chan struct{} // closed when there is none; nil while it is not waited for

	slots []*slot // for leases, by their number; under the lock of the pool

	sessions bool // answers can bring the state of their session along; set before the worker is ready
}

// order is an effect of the core that concerns a worker.
type order struct {
	kind     core.EffectKind
	sessions []core.SessionRef
	carriage *core.Carriage
	trial    *core.Trial
}

// newWorker returns a worker that has not been started. The effect Spawn starts it.
func newWorker(p *Pool, id uint64, v *version) *worker {
	return &worker{id: id, pool: p, version: v, born: time.Now(), gone: make(chan struct{})}
}

// order appends an order. obey carries it out.
func (w *worker) order(o order) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.orders = append(w.orders, o)
}

// obey carries out all orders, in their order. None of them blocks. If another goroutine is at it, that one goes on with
// those that have come meanwhile.
func (w *worker) obey() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.obeying {
		return
	}
	w.obeying = true
	for len(w.orders) > 0 {
		o := w.orders[0]
		w.orders = w.orders[1:]
		w.mu.Unlock()
		w.carryOut(o)
		w.mu.Lock()
	}
	w.obeying = false
}

// carryOut carries out one order. None may block, since a Kill must not wait behind a Probe: what takes time runs on a
// goroutine of its own, which the pool waits for at its end. An order that comes before there is a process, or after its
// end, has nothing to do, except Kill: launch looks for that.
func (w *worker) carryOut(o order) {
	i := w.current()
	switch o.kind {
	case core.Spawn:
		w.pool.wg.Go(w.run)
	case core.Shutdown:
		if i != nil {
			w.pool.wg.Go(func() { w.shutdown(i) })
		}
	case core.Terminate:
		if i != nil {
			i.terminate()
		}
	case core.Kill:
		w.kill()
	case core.Probe:
		w.pool.wg.Go(func() { w.probe(i) })
	case core.Export:
		w.pool.wg.Go(func() { w.export(i) })
	case core.Carry:
		w.pool.wg.Go(func() { w.carry(i, o.carriage) })
	case core.Try:
		w.pool.wg.Go(func() { w.try(o.trial) })
	case core.Drop:
		if i != nil && i.Can(wire.CanDrop) {
			w.pool.wg.Go(func() { w.drop(i, o.sessions) })
		}
	}
}

// run is the life of the worker, from launch to reaping.
func (w *worker) run() {
	how := w.live()
	close(w.gone)
	p := w.pool
	var owners []any
	p.step(func(now core.Time) {
		owners = p.core.Owners(w.id)
		p.core.Exited(now, w.id, how)
	})
	w.release()
	p.step(func(now core.Time) { p.core.Settled(now, w.id) })
	endLeases(owners)
	p.over(w)
}

// live launches the worker and returns how it has ended, when it has.
func (w *worker) live() error {
	p := w.pool
	i, err := w.launch()
	if err != nil {
		p.step(func(now core.Time) { p.core.StartFailed(now, w.id, err, isPermanent(err)) })
		return err
	}
	alive, cancel := whileAlive(i)
	defer cancel()
	switch err := w.handshake(alive, i); {
	case err == nil:
		p.step(func(now core.Time) { p.core.Started(now, w.id) })
	case saysNothing(err) && isDone(i, dying): // how the process ended says more
	default:
		p.step(func(now core.Time) { p.core.StartFailed(now, w.id, err, isPermanent(err)) })
	}
	<-i.done()
	output := i.output() // waits for the last lines
	exit := &ExitError{How: i.exit()}
	if never, ok := i.(interface{ startsNever(output []string) bool }); ok && never.startsNever(output) {
		p.step(func(now core.Time) { p.core.StartFailed(now, w.id, exit, true) })
	}
	return exit
}

// launch starts the instance, unless the worker was killed meanwhile.
func (w *worker) launch() (instance, error) {
	w.mu.Lock()
	killed := w.killed
	w.mu.Unlock()
	if killed {
		return nil, errors.New("stopped before it was launched")
	}
	i, err := w.version.launcher.launch(w.id, w.version.label)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instance = i
	if w.killed {
		i.kill()
	}
	return i, nil
}

// handshake waits until the worker is ready and healthy. The core kills a worker that takes too long, which ends this.
func (w *worker) handshake(alive context.Context, i instance) error {
	c := w.pool.conf()
	peer, err := i.Handshake(alive, wire.Welcome{
		Worker: strconv.FormatUint(w.id, 10), Version: w.version.label, Slots: c.Slots, MaxPayload: c.MaxPayload,
		MaxSessions: math.MaxInt32, // a session that the worker forgot by itself would be lost without a report
	})
	if remote, ok := errors.AsType[*wire.RemoteError](err); ok {
		return remote // the words of the worker need no introduction
	}
	if err != nil {
		return err
	}
	if i.Slots() < c.Slots {
		return &IncompatibleError{Version: w.version.label, What: fmt.Sprintf(
			"its workers do at most %d requests at once, and Slots is %d", peer.Slots, c.Slots)}
	}
	if err := w.pool.accept(w.version, offerOf(i, &peer)); err != nil {
		return err
	}
	w.sessions = i.Can(wire.CanSession)
	w.pool.commands.declare(peer.Commands)
	return ping(alive, i)
}

// saysNothing reports whether err only says that the other end is gone.
func saysNothing(err error) bool { return isHangup(err) || errors.Is(err, context.Canceled) }

// kill ends the process at once.
func (w *worker) kill() {
	w.mu.Lock()
	w.killed = true
	i := w.instance
	w.mu.Unlock()
	if i != nil {
		i.kill()
	}
}

// current returns the instance, nil before there is one.
func (w *worker) current() instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.instance
}

// enter counts a request in flight, and returns the instance.
func (w *worker) enter() instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	return w.instance
}

// leave ends what enter has begun. The last one lets release go on that waits for answers that were read in time.
func (w *worker) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls--
	if w.calls == 0 && w.quiet != nil {
		close(w.quiet)
		w.quiet = nil
	}
}

// release gives requests in flight the time to read a last answer, then frees what the process held.
func (w *worker) release() {
	w.mu.Lock()
	i, quiet := w.instance, make(chan struct{})
	if w.calls == 0 {
		close(quiet)
	} else {
		w.quiet = quiet
	}
	w.mu.Unlock()
	if i == nil {
		return
	}
	select {
	case <-quiet:
	case <-time.After(settling):
	}
	i.release()
}

// endLeases ends the leases of a worker that is gone, so that their sessions can go on with another one.
func endLeases(owners []any) {
	for _, o := range owners {
		if l := o.(borrower).ofLease(); l != nil {
			_ = l.end(recovery.Remove, nil, errBroken) // it may have ended before
		}
	}
}

// shutdown sends the message to finish and leave. The core terminates a worker that does not follow it.
func (w *worker) shutdown(i instance) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*w.pool.conf().Shutdown.ShutdownGrace)
	defer cancel()
	if err := i.Shutdown(ctx, "the pool has no more use for this worker"); err != nil {
		w.pool.conf().Logger.Debug("the worker did not confirm that it leaves", "pool", w.pool.name, "worker", w.id, "err", err)
	}
}

// probe asks the worker how it is.
func (w *worker) probe(i instance) {
	p := w.pool
	since, limit := time.Now(), p.conf().Health.HealthCheckTimeout
	ctx, cancel := context.WithTimeoutCause(context.Background(), limit, &TimeoutError{What: "Health.HealthCheckTimeout", After: limit})
	defer cancel()
	err := ping(ctx, i)
	p.observe(EventHealthChecked{Worker: w.id, Version: w.version.label, Took: time.Since(since), Err: err})
	p.step(func(now core.Time) { p.core.Probed(now, w.id, err) })
}

// ping returns nil if the worker answers that it is well.
func ping(ctx context.Context, i instance) error {
	pong, err := i.Ping(ctx)
	if errors.Is(err, wire.ErrInFlight) {
		return nil // it serves a request, which judges it
	}
	if errors.Is(err, wire.ErrNotSupported) {
		return nil // its requests have to judge it
	}
	if err != nil {
		return err
	}
	if !pong.OK {
		return fmt.Errorf("unhealthy: %s", oneLine(pong.Reason, maxReason))
	}
	return nil
}

// export hands the states of the worker's sessions to the core, one after the other.
func (w *worker) export(i instance) {
	p := w.pool
	ctx, cancel := context.WithTimeout(context.Background(), p.conf().Sessions.ExportTimeout)
	defer cancel()
	for ctx.Err() == nil {
		var ref core.SessionRef
		var ok bool
		p.step(func(now core.Time) { ref, ok = p.core.NextExport(now, w.id) })
		if !ok {
			break
		}
		state, err := w.exportOne(ctx, i, ref)
		if err != nil {
			p.conf().Logger.Warn("the state of a session is lost: it cannot be exported",
				"pool", p.name, "worker", w.id, "session", ref.Name, "err", err)
		}
		p.step(func(now core.Time) { p.core.Exported(now, w.id, ref, state) })
	}
	p.step(func(now core.Time) { p.core.ExportDone(now, w.id) })
}

// exportOne asks the worker for the state of one session. The worker keeps the state: whether it is dropped is decided
// when it has arrived elsewhere.
func (w *worker) exportOne(ctx context.Context, i instance, ref core.SessionRef) (*core.Snapshot, error) {
	if !i.Can(wire.CanSession) {
		return nil, &wire.NotSupportedError{What: "the state of a session", Need: wire.CanSession}
	}
	state, err := i.Export(ctx, wire.Session{ID: ref.Name, Generation: ref.Generation}, false)
	if err != nil {
		return nil, err
	}
	return keptState(&state), nil
}

// drop lets the worker forget the states of sessions.
func (w *worker) drop(i instance, refs []core.SessionRef) {
	sessions := make([]wire.Session, len(refs))
	for n, ref := range refs {
		sessions[n] = wire.Session{ID: ref.Name, Generation: ref.Generation}
	}
	if err := i.Drop(sessions); err != nil {
		w.pool.conf().Logger.Debug("the worker was not told to forget sessions", "pool", w.pool.name, "worker", w.id, "err", err)
	}
}

// output returns the last lines that the worker printed.
func (w *worker) output() []string {
	if i := w.current(); i != nil {
		return i.output()
	}
	return nil
}

// memory returns the resident memory of the worker's process and its children in bytes, 0 where that is unknown.
func (w *worker) memory() int64 {
	if i := w.current(); i != nil {
		return i.rss()
	}
	return 0
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
