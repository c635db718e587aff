package pool

import (
	"context"
	"errors"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// loan is a slot of a worker that a request or a lease has.
type loan struct {
	lease  core.Lease
	worker *worker

	// What follows belongs to the request in progress.

	adopted bool // the worker has the state of the session, or there was none to take over
	rebound bool // the session has lost its state, and no result has said so
	// handedOver says that the request has ended while the worker takes the state over, which goes on: see takeOver.
	handedOver bool

	checkpoint bool // the answer brings the state of the session along
}

// acquire waits for a worker, and puts the slot where b wants it. The timeout begins when the worker is there; 0 means none.
func (p *Pool) acquire(ctx context.Context, b borrower, o *options, attempt int, timeout time.Duration) error {
	if ctx.Err() != nil {
		return &WaitError{Pool: p.name, Session: o.session, Err: endOf(ctx)}
	}
	r := core.Request{
		Session: o.session, Affinity: core.Affinity(o.affinity), Portable: o.portable, Priority: int(o.priority),
		Timeout: timeout, Again: attempt > 1, Owner: b, Idempotent: o.idempotent, IsShadow: o.shadow,
	}
	if at, ok := ctx.Deadline(); ok {
		r.Deadline = max(at.Sub(p.born), 1)
	}
	ticket, rest, err := p.tryAcquire(ctx, b, &r)
	if rest != nil {
		p.carryOut(rest)
	}
	switch {
	case err != nil:
		return p.refusal(o, err, 0)
	case ticket.ticket != nil:
		return p.queue(ctx, o, ticket)
	}
	return nil
}

// place is the place of a request in the queue.
type place struct {
	ticket *core.Ticket
	call   *call
	since  time.Time
}

// tryAcquire is the step of the core that grants a lease, refuses the request, or gives it a place in the queue.
func (p *Pool) tryAcquire(ctx context.Context, b borrower, r *core.Request) (at place, rest []effect, err error) {
	p.mu.Lock()
	defer p.unlock(&rest)
	if p.broken {
		return place{}, nil, &ClosedError{Pool: p.name, Phase: PhaseCrashed}
	}
	lease, ticket, err := p.core.Acquire(p.now(), *r)
	switch {
	case err != nil:
	case ticket != nil:
		c := b.waiting(ctx)
		c.granted = make(chan error, 1)
		ticket.SetOwner(c)
		at = place{ticket, c, time.Now()}
	default:
		p.lend(b, &lease)
	}
	return at, p.take(), err
}

// lend puts a slot where its borrower wants it. It needs the lock.
func (p *Pool) lend(b borrower, l *core.Lease) {
	w := p.workers[l.Worker]
	*b.place(w, l.Slot()) = loan{lease: *l, worker: w, adopted: l.Import == nil, rebound: l.Rebound}
}

// queue waits for the turn of a request.
//
// The outcome comes by a channel with room for one message, which the core's effects Granted and Refused fill under the
// lock. When the context ends, the core is asked to take the ticket back. Either it can, and no message comes; or the
// message has been sent already, and a slot in it is given back, so that none is lost between the two.
func (p *Pool) queue(ctx context.Context, o *options, at place) error {
	select {
	case err := <-at.call.granted:
		return p.turn(ctx, o, at, err)
	case <-ctx.Done():
	case <-p.stopped:
	}
	cancelled, shortage := false, (*core.Shortage)(nil)
	p.step(func(now core.Time) {
		cancelled = p.core.Cancel(now, at.ticket)
		shortage = p.core.Shortage()
	})
	if !cancelled {
		select {
		case err := <-at.call.granted: // the turn came at the same time
			if err == nil {
				p.release(&at.call.borrowed().lease, &core.Verdict{})
			}
		case <-p.stopped: // of a core that is broken
		}
	}
	if ctx.Err() == nil {
		phase, _ := p.phase()
		return &ClosedError{Pool: p.name, Phase: phase}
	}
	return &WaitError{
		Pool: p.name, Session: o.session, Waited: time.Since(at.since), Err: endOf(ctx), NoWorker: p.noWorker(shortage),
	}
}

// turn is the end of the wait in the queue. If the caller has given up at the same time, the slot is given back.
func (p *Pool) turn(ctx context.Context, o *options, at place, err error) error {
	if err != nil {
		return p.refusal(o, err, time.Since(at.since))
	}
	if ctx.Err() != nil {
		p.release(&at.call.borrowed().lease, &core.Verdict{})
		return &WaitError{Pool: p.name, Session: o.session, Waited: time.Since(at.since), Err: endOf(ctx)}
	}
	return nil
}

// refusal makes the error of a request of a refusal of the core.
func (p *Pool) refusal(o *options, err error, waited time.Duration) error {
	r, ok := errors.AsType[*core.Refusal](err)
	if !ok {
		return err
	}
	switch r.Kind {
	case core.Closed:
		return &ClosedError{Pool: p.name, Phase: phaseOf(r.Phase)}
	case core.QueueFull:
		return &OverloadError{Pool: p.name, Waiting: r.Queue, Limit: r.Limit, NoWorker: p.noWorker(r.Shortage)}
	case core.TooLate:
		return &OverloadError{Pool: p.name, Waiting: r.Queue, Estimate: r.Estimate, Left: r.Left}
	case core.SessionBusy:
		return &SessionBusyError{Pool: p.name, Session: o.session}
	case core.NoShadow:
		return &noShadow{}
	case core.SessionLost:
		return &SessionLostError{Pool: p.name, Session: o.session}
	default:
		limit := p.conf().QueueTimeout
		return &WaitError{
			Pool: p.name, Session: o.session, Waited: waited, Err: &TimeoutError{What: "QueueTimeout", After: limit},
			NoWorker: p.noWorker(r.Shortage),
		}
	}
}

// noWorker makes the error of a shortage of workers; nil if there is none.
func (p *Pool) noWorker(s *core.Shortage) *NoWorkerError {
	if s == nil {
		return nil
	}
	e := &NoWorkerError{Pool: p.name, Breaker: BreakerState(s.Breaker.String()), Starting: s.Starting, Degraded: s.Degraded}
	if s.Err == nil {
		return e
	}
	if e.Err = p.lastFailure(); e.Err == nil { // it is known to the core only yet
		e.Err = &StartError{Pool: p.name, Err: translate(s.Err)}
	}
	return e
}

// release gives a slot back.
func (p *Pool) release(l *core.Lease, v *core.Verdict) recovery.Decision {
	d, rest := p.tryRelease(l, v)
	if rest != nil {
		p.carryOut(rest)
	}
	return d
}

// tryRelease is the step of the core that ends a lease. The effects that it returns are to be carried out without the
// lock, by the goroutine that called.
func (p *Pool) tryRelease(l *core.Lease, v *core.Verdict) (d recovery.Decision, rest []effect) {
	p.mu.Lock()
	defer p.unlock(&rest)
	if !p.broken {
		d = p.core.Release(p.now(), l, v)
		rest = p.take()
	}
	return d, rest
}
