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
}

// acquire waits for a worker. The timeout begins when the worker is there; 0 means none.
func (p *Pool) acquire(c *call, q *request, attempt int, timeout time.Duration) (loan, error) {
	since := time.Now()
	r := core.Request{
		Session: q.session, Affinity: core.Affinity(q.affinity), Portable: q.portable, Priority: int(q.priority),
		Timeout: timeout, Again: attempt > 1, Owner: c,
	}
	if at, ok := c.Context.Deadline(); ok {
		r.Deadline = max(at.Sub(p.born), 1)
	}
	if err := c.Context.Err(); err != nil {
		return loan{}, &WaitError{Pool: p.name, Session: q.session, Err: context.Cause(c.Context)}
	}
	var lease core.Lease
	var ticket *core.Ticket
	err := error(&ClosedError{Pool: p.name, Phase: "crashed"})
	c.granted = nil
	var w *worker
	p.step(func(now core.Time) {
		if lease, ticket, err = p.core.Acquire(now, r); ticket != nil {
			c.granted = make(chan grant, 1) // a grant may be among the effects of this step already
		} else if err == nil {
			w = p.workers[lease.Worker]
		}
	})
	switch {
	case err != nil:
		return loan{}, p.refusal(q, err, time.Since(since))
	case ticket != nil:
		return p.queue(c, q, ticket, since)
	}
	return newLoan(lease, w), nil
}

func newLoan(lease core.Lease, w *worker) loan {
	return loan{lease: lease, worker: w, adopted: lease.Import == nil, rebound: lease.Rebound}
}

// queue waits for the turn of a request.
func (p *Pool) queue(c *call, q *request, ticket *core.Ticket, since time.Time) (loan, error) {
	select {
	case g := <-c.granted:
		return p.take1(c, q, g, since)
	case <-c.Context.Done():
	case <-p.stopped:
	}
	cancelled := false
	p.step(func(now core.Time) { cancelled = p.core.Cancel(now, ticket) })
	if !cancelled {
		select {
		case g := <-c.granted: // the turn came at the same time
			if g.err == nil {
				p.release(g.lease, core.Verdict{})
			}
		case <-p.stopped: // of a core that is broken
		}
	}
	if c.Context.Err() == nil {
		phase, _ := p.phase()
		return loan{}, &ClosedError{Pool: p.name, Phase: phase}
	}
	return loan{}, &WaitError{Pool: p.name, Session: q.session, Waited: time.Since(since), Err: context.Cause(c.Context)}
}

// take1 makes a grant a loan. A request whose caller has given up at the same time gives it back.
func (p *Pool) take1(c *call, q *request, g grant, since time.Time) (loan, error) {
	if g.err != nil {
		return loan{}, p.refusal(q, g.err, time.Since(since))
	}
	if c.Context.Err() != nil {
		p.release(g.lease, core.Verdict{})
		return loan{}, &WaitError{Pool: p.name, Session: q.session, Waited: time.Since(since), Err: context.Cause(c.Context)}
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
	case core.SessionLost:
		return &SessionLostError{Pool: p.name, Session: q.session}
	default:
		limit := p.conf().QueueTimeout
		return &WaitError{Pool: p.name, Session: q.session, Waited: waited, Err: &TimeoutError{What: "QueueTimeout", After: limit}}
	}
}

// release gives a slot back.
func (p *Pool) release(l core.Lease, v core.Verdict) (d recovery.Decision) {
	p.step(func(now core.Time) { d = p.core.Release(now, l, v) })
	return d
}
