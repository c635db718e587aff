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

	checkpoint bool // the answer brings the state of the session along
}

// acquire waits for a worker. The timeout begins when the worker is there; 0 means none. The call is needed by a request
// that has a timeout; nil makes one if the request has to wait.
func (p *Pool) acquire(ctx context.Context, c *call, q *request, attempt int, timeout time.Duration) (loan, error) {
	if ctx.Err() != nil {
		return loan{}, &WaitError{Pool: p.name, Session: q.session, Err: context.Cause(ctx)}
	}
	r := core.Request{
		Session: q.session, Affinity: core.Affinity(q.affinity), Portable: q.portable, Priority: int(q.priority),
		Timeout: timeout, Again: attempt > 1, Idempotent: q.idempotent, IsShadow: q.shadow,
	}
	if c != nil {
		r.Owner = c
	}
	if at, ok := ctx.Deadline(); ok {
		r.Deadline = max(at.Sub(p.born), 1)
	}
	g, ticket, rest := p.tryAcquire(ctx, c, &r)
	if rest != nil {
		p.carryOut(rest)
	}
	switch {
	case g.err != nil:
		return loan{}, p.refusal(q, g.err, 0)
	case ticket.ticket != nil:
		return p.queue(ctx, q, ticket)
	}
	return newLoan(g.lease, g.worker), nil
}

// place is the place of a request in the queue.
type place struct {
	ticket *core.Ticket
	call   *call
	since  time.Time
}

// tryAcquire is the step of the core that grants a lease, refuses the request, or gives it a place in the queue.
func (p *Pool) tryAcquire(ctx context.Context, c *call, r *core.Request) (g grant, at place, rest []effect) {
	p.mu.Lock()
	defer p.unlock(&rest)
	if p.broken {
		return grant{err: &ClosedError{Pool: p.name, Phase: "crashed"}}, place{}, nil
	}
	lease, ticket, err := p.core.Acquire(p.now(), *r)
	switch {
	case err != nil:
		g.err = err
	case ticket != nil:
		if c == nil {
			c = &call{Context: ctx}
			ticket.SetOwner(c)
		}
		c.granted = make(chan grant, 1)
		at = place{ticket, c, time.Now()}
	default:
		g.lease, g.worker = lease, p.workers[lease.Worker]
	}
	return g, at, p.take()
}

func newLoan(lease core.Lease, w *worker) loan {
	return loan{lease: lease, worker: w, adopted: lease.Import == nil, rebound: lease.Rebound}
}

// queue waits for the turn of a request.
func (p *Pool) queue(ctx context.Context, q *request, at place) (loan, error) {
	select {
	case g := <-at.call.granted:
		return p.turn(ctx, q, g, at.since)
	case <-ctx.Done():
	case <-p.stopped:
	}
	cancelled := false
	p.step(func(now core.Time) { cancelled = p.core.Cancel(now, at.ticket) })
	if !cancelled {
		select {
		case g := <-at.call.granted: // the turn came at the same time
			if g.err == nil {
				p.release(&g.lease, &core.Verdict{})
			}
		case <-p.stopped: // of a core that is broken
		}
	}
	if ctx.Err() == nil {
		phase, _ := p.phase()
		return loan{}, &ClosedError{Pool: p.name, Phase: phase}
	}
	return loan{}, &WaitError{Pool: p.name, Session: q.session, Waited: time.Since(at.since), Err: context.Cause(ctx)}
}

// turn makes a grant a loan. A request whose caller has given up at the same time gives it back.
func (p *Pool) turn(ctx context.Context, q *request, g grant, since time.Time) (loan, error) {
	if g.err != nil {
		return loan{}, p.refusal(q, g.err, time.Since(since))
	}
	if ctx.Err() != nil {
		p.release(&g.lease, &core.Verdict{})
		return loan{}, &WaitError{Pool: p.name, Session: q.session, Waited: time.Since(since), Err: context.Cause(ctx)}
	}
	return newLoan(g.lease, g.worker), nil
}

// refusal makes the error of a request of a refusal of the core.
func (p *Pool) refusal(q *request, err error, waited time.Duration) error {
	r, ok := errors.AsType[*core.Refusal](err)
	if !ok {
		return err
	}
	switch r.Kind {
	case core.Closed:
		return &ClosedError{Pool: p.name, Phase: r.Phase.String()}
	case core.QueueFull:
		return &OverloadError{Pool: p.name, Waiting: r.Queue, Limit: r.Limit}
	case core.TooLate:
		return &OverloadError{Pool: p.name, Waiting: r.Queue, Estimate: r.Estimate, Left: r.Left}
	case core.SessionBusy:
		return &SessionBusyError{Pool: p.name, Session: q.session}
	case core.NoShadow:
		return &noShadow{}
	case core.SessionLost:
		return &SessionLostError{Pool: p.name, Session: q.session}
	default:
		limit := p.conf().QueueTimeout
		return &WaitError{Pool: p.name, Session: q.session, Waited: waited, Err: &TimeoutError{What: "QueueTimeout", After: limit}}
	}
}

// release gives a slot back.
func (p *Pool) release(l *core.Lease, v *core.Verdict) recovery.Decision {
	d, rest := p.tryRelease(l, v)
	if rest != nil {
		p.carryOut(rest)
	}
	return d
}

func (p *Pool) tryRelease(l *core.Lease, v *core.Verdict) (d recovery.Decision, rest []effect) {
	p.mu.Lock()
	defer p.unlock(&rest)
	if !p.broken {
		d = p.core.Release(p.now(), l, v)
		rest = p.take()
	}
	return d, rest
}
