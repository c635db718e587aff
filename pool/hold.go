package pool

import (
	"context"
	"errors"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// hold is a slot of a worker that its owner has checked out.
type hold struct {
	reservation
	wish
	since time.Time     // when it was checked out
	turn  chan struct{} // of the requests of a lease; nil where they have the turn of the worker

	// What follows belongs to whoever has the turn.

	rebound bool  // the session has lost state, and no result has said so yet
	adopted bool  // the worker has taken the session's snapshot over, or there was none
	last    error // how the last request ended
}

// take waits for a worker and checks it out.
func (p *Pool) take(ctx context.Context, w wish) (hold, error) {
	now := time.Now()
	r, ok := p.index.try(w, now)
	if !ok {
		return p.queue(ctx, w, now)
	}
	h, err, refused := p.checkout(ctx, r, w, now, now)
	if refused {
		return p.queue(ctx, w, now)
	}
	return h, err
}

// queue is take for a request that has to wait.
func (p *Pool) queue(ctx context.Context, w wish, since time.Time) (hold, error) {
	ctx, cancel := p.withQueueTimeout(ctx)
	defer cancel()
	t := newTicket(w)
	for {
		r, err := p.index.acquire(ctx, t)
		if err != nil {
			return hold{}, &WaitError{Pool: p.name, Session: w.session, Waited: time.Since(since), Err: err}
		}
		if h, err, refused := p.checkout(ctx, r, w, since, time.Now()); !refused {
			return h, err
		}
	}
}

// checkout makes a reservation a hold. It is refused when the worker has gone on to another state meanwhile.
func (p *Pool) checkout(ctx context.Context, r reservation, w wish, since, now time.Time) (h hold, err error, refused bool) {
	switch {
	case r.err != nil:
		return hold{}, r.err, false
	case ctx.Err() != nil:
		p.index.giveBack(r, w.session)
		return hold{}, &WaitError{Pool: p.name, Session: w.session, Waited: now.Sub(since), Err: context.Cause(ctx)}, false
	case r.binding.Rebound && w.affinity != Prefer:
		p.index.giveBack(r, w.session)
		p.index.sessions.Acknowledge(w.session)
		return hold{}, &SessionLostError{Pool: p.name, Session: w.session}, false
	}
	// Its own context would let a checkout happen that nobody waits for any more.
	if _, err := r.worker.fsm.Checkout(context.Background(), w.session); err != nil {
		p.index.giveBack(r, w.session)
		return hold{}, nil, true
	}
	if p.conf().Observer != nil {
		p.observe(Event{Kind: CheckedOut, Worker: r.worker.id, Session: w.session, Duration: now.Sub(since)})
	}
	return hold{
		reservation: r, wish: w, since: now, rebound: r.binding.Rebound, adopted: r.binding.Snapshot == nil,
	}, nil, false
}

func (p *Pool) withQueueTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := p.conf().QueueTimeout
	return context.WithTimeoutCause(ctx, limit, &TimeoutError{What: "QueueTimeout", After: limit})
}

// checkin gives the slot back. The worker's machine may have moved on meanwhile, because the process has ended or the pool
// drains: then it takes no checkin any more, and needs none.
func (h *hold) checkin(action recovery.Action, reason error) {
	ctx := context.Background()
	w, now := h.worker, time.Now()
	w.used.Store(int64(now.Sub(w.born)))
	w.pool.index.done(h.reservation, h.session, h.since, now)
	if w.pool.conf().Observer != nil {
		w.pool.observe(Event{Kind: CheckedIn, Worker: w.id, Session: h.session, Duration: now.Sub(h.since), Err: reason})
	}
	switch action {
	case recovery.Keep:
		_ = w.fsm.CheckinOK(ctx)
	case recovery.Degrade:
		_ = w.fsm.CheckinErr(ctx, reason)
	default:
		w.kill()
		_ = w.fsm.CheckinClose(ctx, reason)
	}
}

// once sends the only request of a hold.
func (h *hold) once(ctx context.Context, q *request) (*Result, error) {
	if err := h.begin(ctx, q.command); err != nil {
		return nil, err
	}
	defer h.finish()
	return h.exchange(ctx, q)
}

// begin waits for the turn of a request to the worker. Whoever gets nil must call finish.
func (h *hold) begin(ctx context.Context, command string) error {
	if h.turn == nil {
		return h.enter(ctx, command, h.worker.flight)
	}
	if err := h.enter(ctx, command, h.turn); err != nil {
		return err
	}
	err := h.enter(ctx, command, h.worker.flight)
	if err != nil {
		<-h.turn
	}
	return err
}

// enter puts a token into c.
func (h *hold) enter(ctx context.Context, command string, c chan struct{}) error {
	select {
	case c <- struct{}{}:
		return nil
	default:
		return h.enterLater(ctx, command, c)
	}
}

func (h *hold) enterLater(ctx context.Context, command string, c chan struct{}) error {
	p, since := h.worker.pool, time.Now()
	ctx, cancel := p.withQueueTimeout(ctx)
	defer cancel()
	select {
	case c <- struct{}{}:
		return nil
	case <-h.worker.fsm.Done():
		return h.lost(command, NotRun, errBroken)
	case <-ctx.Done():
		return &WaitError{Pool: p.name, Session: h.session, Waited: time.Since(since), Err: context.Cause(ctx)}
	}
}

// finish lets the next request have its turn.
func (h *hold) finish() {
	<-h.worker.flight
	if h.turn != nil {
		<-h.turn
	}
}

// await waits until no request of a lease is in flight and returns how the last one ended.
func (h *hold) await() error {
	turn := h.turn
	if turn == nil {
		turn = h.worker.flight
	}
	select {
	case turn <- struct{}{}: // nearly always
	default:
		select {
		case turn <- struct{}{}:
		case <-h.worker.fsm.Done():
			return nil // it takes no checkin any more
		}
	}
	last := h.last
	<-turn
	return last
}

// judge says what the end of a request means for its worker.
func (p *Pool) judge(err error) recovery.Action {
	if err == nil {
		return recovery.Keep
	}
	return p.conf().Recovery.Decide(kindOf(err), recovery.Snapshot{}).Worker
}

// decided tells what a failure means for the worker.
func (h *hold) decided(action recovery.Action, err error) {
	h.worker.pool.observe(Event{
		Kind: Decided, Worker: h.worker.id, Reason: string(kindOf(err)), Action: string(action), Err: err,
	})
}

var errClosedLease = errors.New("the lease was closed without a checkin")
