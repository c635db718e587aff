package pool

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// carry brings the state of a session to a worker of another version, and tells the core what has come of it.
func (w *worker) carry(from instance, k *core.Carriage) {
	p := w.pool
	ctx, cancel := context.WithTimeoutCause(context.Background(), k.Limit, errCarry)
	defer cancel()
	state, err := w.exportOne(ctx, from, k.Session)
	outcome := core.CarryKept
	if err == nil {
		outcome, err = p.deliver(ctx, w, k, state)
	}
	if err != nil {
		p.conf().Logger.Warn("the state of a session stays with its worker: it cannot be carried over", "pool", p.name,
			"worker", w.id, "version", w.version.label, "to", k.To, "session", k.Session.Name, "err", err)
	}
	p.step(func(now core.Time) { p.core.Carried(now, k, outcome, state, err) })
}

// deliver imports the state.
func (p *Pool) deliver(ctx context.Context, from *worker, k *core.Carriage, state *core.Snapshot) (core.CarryOutcome, error) {
	p.mu.Lock()
	to := p.workers[k.To]
	p.mu.Unlock()
	if to == nil {
		return core.CarryLost, errBroken
	}
	out := sentState(state)
	out.Version = from.version.label
	return to.receive(ctx, wire.Session{ID: k.Session.Name, Generation: k.As}, &out)
}

// logImportLost logs that the worker was gone before it had taken the state of a session over, which may be why.
func (w *worker) logImportLost(session string, err error) {
	w.pool.conf().Logger.Warn("a worker was gone before it had taken the state of a session over", "pool", w.pool.name,
		"worker", w.id, "version", w.version.label, "session", session, "err", err)
}

// try shows whether the worker takes over a state that only the pool has, and tells the core.
func (w *worker) try(k *core.Trial) {
	p := w.pool
	ctx, cancel := context.WithTimeoutCause(context.Background(), k.Limit, errCarry)
	defer cancel()
	outcome, err := core.CarryKept, error(errNoDrop)
	if w.current().Can(wire.CanDrop) {
		out := sentState(k.State)
		outcome, err = w.receive(ctx, wire.Session{ID: k.Session.Name, Generation: k.Session.Generation}, &out)
	}
	if outcome == core.CarryRefused || outcome == core.CarryStuck {
		p.conf().Logger.Warn("a worker of the new version refuses the state of a session", "pool", p.name,
			"worker", w.id, "version", w.version.label, "session", k.Session.Name, "err", err)
	}
	if outcome == core.CarryLost {
		w.logImportLost(k.Session.Name, err)
	}
	p.step(func(now core.Time) { p.core.Tried(now, k, outcome, err) })
}

// receive imports a state of another version.
func (w *worker) receive(ctx context.Context, id wire.Session, state *wire.Snapshot) (core.CarryOutcome, error) {
	link := w.enter()
	defer w.leave()
	err := link.Import(ctx, id, *state)
	_, answered := errors.AsType[*wire.RemoteError](err)
	switch {
	case err == nil:
		return core.CarryDone, nil
	case answered || errors.Is(err, wire.ErrNotSupported):
		return core.CarryRefused, err
	case isAlive(err):
		return core.CarryRefused, cmp.Or(context.Cause(ctx), err) // it has stopped in time
	case ctx.Err() != nil:
		return core.CarryStuck, context.Cause(ctx)
	default:
		return core.CarryLost, err
	}
}

// sentState is a state that is kept, as a worker gets it.
func sentState(s *core.Snapshot) wire.Snapshot {
	return wire.Snapshot{ContentType: s.ContentType, Version: s.Version, ExportedBy: s.ExportedBy, Payload: s.Data}
}

// keptState is a state that a worker has sent, as it is kept. The core fills in the version.
func keptState(s *wire.Snapshot) *core.Snapshot {
	return &core.Snapshot{ContentType: s.ContentType, ExportedBy: s.ExportedBy, Data: s.Payload}
}

var errNoDrop = errors.New("the worker cannot be told to forget a state, which a trial of it needs")

var errCarry = errors.New("it took longer than Sessions.ExportTimeout, or half of QueueTimeout, allows")

// EndSession forgets a session: its worker drops the state, and what the pool has kept of it makes room for others. The next
// request of that name begins a new session. It does not wait, and reports false if there is no such session, a request or
// lease has it or waits for it, or the pool takes no requests; see [Pool.CloseSession]. A session that is not ended expires
// after Sessions.SessionTimeout.
func (p *Pool) EndSession(session string) (ok bool) {
	p.step(func(now core.Time) { ok = p.core.EndSession(now, session) })
	return ok
}

// CloseSession is [Pool.EndSession] that waits until no request and no lease has the session or waits for it. A caller that
// wants them to end cancels their contexts first; those that come meanwhile are waited for, too. It returns nil when there
// is no such session any more, also if there was none. The error is a [SessionEndError] when ctx ends first: the session goes
// on then. It is a [ClosedError] if the pool takes no requests, or stops meanwhile.
func (p *Pool) CloseSession(ctx context.Context, session string) error {
	ended, err, since := make(chan struct{}), p.closed(), time.Now()
	if err != nil {
		return err
	}
	gone := false
	var refusal *core.Refusal
	p.step(func(now core.Time) { gone, refusal = p.core.AwaitEnd(now, session, ended) })
	switch {
	case refusal != nil:
		return &ClosedError{Pool: p.name, Phase: phaseOf(refusal.Phase)}
	case gone:
		return nil
	}
	select {
	case <-ended:
		return nil
	case <-p.stopped:
		return p.closed()
	case <-ctx.Done():
	}
	waits := false
	p.step(func(core.Time) { waits = p.core.CancelEnd(ended) })
	if !waits {
		return nil // it has ended at the same time
	}
	return &SessionEndError{Pool: p.name, Session: session, Waited: time.Since(since), Err: endOf(ctx)}
}

// takeover is the work of a worker that is given the state of a session for a request. It is the pool's work and not that of
// the caller: it has Sessions.ExportTimeout, and goes on when the caller has given up.
//
// Example: an import hook takes 1.5 s, and each caller waits for 1 s. The first request ends after 1 s, and its slot becomes
// that of the takeover. The second request waits for the slot of its session, for 0.5 s, and is served with the state.
type takeover struct {
	loan    loan          // of the request; after the request that of the takeover alone
	outcome chan imported // has a reader while the request waits
	left    chan struct{} // closed when the request has ended, and lease is set
	lease   core.Lease    // of the takeover after the request
}

// imported is what has come of a takeover.
type imported struct {
	outcome core.CarryOutcome // not CarryKept
	err     error
}

// takeOver gives the worker the state of the session, and waits for that as long as the request lasts. A request that ends
// before hands its lease over.
func (l *loan) takeOver(c *call, q *request) (core.CarryOutcome, error) {
	t := &takeover{loan: *l, outcome: make(chan imported), left: make(chan struct{})}
	go t.run() // it ends with the worker at the latest
	select {
	case o := <-t.outcome:
		return o.outcome, o.err
	case <-c.Done():
	}
	l.worker.pool.step(func(now core.Time) { t.lease = l.worker.pool.core.HandOver(now, &l.lease) })
	l.handedOver = true
	close(t.left)
	return core.CarryLost, &AbandonedError{
		Worker: l.worker.id, Command: q.command, Work: OutcomeNotRun, Stopped: true, Err: &takingOverError{c.ending(c.Err())},
	}
}

// run imports the state. Where the request has ended meanwhile, it gives the slot back.
func (t *takeover) run() {
	l := &t.loan
	limit := l.worker.pool.conf().Sessions.ExportTimeout
	ctx, cancel := context.WithTimeoutCause(context.Background(), limit, &TimeoutError{What: "Sessions.ExportTimeout", After: limit})
	defer cancel()
	var o imported
	id := wire.Session{ID: l.lease.Session, Generation: l.lease.Generation}
	state := sentState(l.lease.Import)
	o.outcome, o.err = l.worker.receive(ctx, id, &state)
	select {
	case t.outcome <- o:
	case <-t.left:
		t.settle(o)
	}
}

// settle tells the core what has come of a takeover that no request waits for. A loss is told to the next one.
func (t *takeover) settle(o imported) {
	l := &t.loan
	v := core.Verdict{NoRequest: true}
	switch o.outcome {
	case core.CarryDone:
		v.Imported = true
	case core.CarryLost:
		v.Failure, v.Err = recovery.LostUnsent, o.err
	default:
		l.lease = t.lease
		stuck := o.outcome == core.CarryStuck
		if v.ImportFailed = !l.refused(stuck, o.err); v.ImportFailed {
			l.logRefusal(o.err)
		}
		if stuck {
			v.Failure, v.Err = recovery.TimeoutStuck, o.err
		}
	}
	l.worker.pool.release(&t.lease, &v)
}

// takingOverError is the end of a request while its session was being taken over.
type takingOverError struct{ err error }

func (e *takingOverError) Error() string {
	return "the worker was taking the state of the session over: " + text(e.err)
}

func (e *takingOverError) Unwrap() error { return e.err }
