package pool

import (
	"context"
	"errors"

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
	link := to.enter()
	defer to.leave()
	out := sentState(state)
	out.Version = from.version.label
	err := link.Import(ctx, wire.Session{ID: k.Session.Name, Generation: k.As}, out)
	switch {
	case err == nil:
		return core.CarryDone, nil
	case isAlive(err) || errors.Is(err, wire.ErrNotSupported):
		return core.CarryRefused, err
	case ctx.Err() != nil:
		return core.CarryStuck, err
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

var errCarry = errors.New("it took longer than ExportTimeout, or half of QueueTimeout, allows")
