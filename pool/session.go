package pool

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
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
