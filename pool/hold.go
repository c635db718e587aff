package pool

import (
	"context"
	"time"
)

// hold is a worker that its owner has checked out.
type hold struct {
	reservation
	session string

	// What follows belongs to whoever has the worker's turn.

	rebound bool  // the session has lost state, and no result has said so yet
	last    error // how the last request ended
}

// verdict says in which way a worker is checked in. Of two the greater counts.
type verdict uint8

const (
	fine   verdict = iota // it did its work, whatever the answer was
	failed                // it failed its client
	broken                // it must not be used again
)

// take waits for a worker and checks it out for the session; empty for anonymous work.
func (p *Pool) take(ctx context.Context, session string) (hold, error) {
	since := time.Now()
	ctx, cancel := p.withQueueTimeout(ctx)
	defer cancel()
	t := newTicket(session)
	for {
		r, err := p.index.acquire(ctx, t)
		switch {
		case err != nil:
			return hold{}, &WaitError{Pool: p.config.Name, Session: session, Waited: time.Since(since), Err: err}
		case r.err != nil:
			return hold{}, r.err
		}
		// Its own context would let a checkout happen that nobody waits for any more.
		if _, err := r.worker.fsm.Checkout(context.Background(), session); err == nil {
			return hold{reservation: r, session: session, rebound: r.binding.Rebound}, nil
		}
		p.index.giveBack(r, t)
	}
}

func (p *Pool) withQueueTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := p.config.QueueTimeout
	return context.WithTimeoutCause(ctx, limit, &TimeoutError{What: "QueueTimeout", After: limit})
}

// checkin gives the worker back. Its machine may have moved on meanwhile, because the process has ended or the pool drains:
// then it takes no checkin any more, and needs none.
func (h *hold) checkin(v verdict, reason error) {
	ctx := context.Background()
	switch v {
	case fine:
		_ = h.worker.fsm.CheckinOK(ctx)
	case failed:
		_ = h.worker.fsm.CheckinErr(ctx, reason)
	case broken:
		h.worker.kill()
		_ = h.worker.fsm.CheckinClose(ctx, reason)
	}
}

// once sends the only request of a hold.
func (h *hold) once(ctx context.Context, command string, payload []byte) (*Result, error) {
	if err := h.begin(ctx, command); err != nil {
		return nil, err
	}
	defer h.finish()
	return h.exchange(ctx, command, payload)
}

// begin waits for the turn of a request to the worker. Whoever gets nil must call finish.
func (h *hold) begin(ctx context.Context, command string) error {
	select {
	case h.worker.turn <- struct{}{}:
		return nil
	default:
		return h.beginLater(ctx, command)
	}
}

func (h *hold) beginLater(ctx context.Context, command string) error {
	p, since := h.worker.pool, time.Now()
	ctx, cancel := p.withQueueTimeout(ctx)
	defer cancel()
	select {
	case h.worker.turn <- struct{}{}:
		return nil
	case <-h.worker.fsm.Done():
		return h.lost(command, NotRun, errBroken)
	case <-ctx.Done():
		return &WaitError{Pool: p.config.Name, Session: h.session, Waited: time.Since(since), Err: context.Cause(ctx)}
	}
}

// finish lets the next request have its turn.
func (h *hold) finish() { <-h.worker.turn }

// await waits until no request is in flight and returns how the last one ended.
func (h *hold) await() error {
	select {
	case h.worker.turn <- struct{}{}:
		defer h.finish()
		return h.last
	case <-h.worker.fsm.Done():
		return nil // it takes no checkin any more
	}
}
