package pool

import (
	"context"
	"encoding/json"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Result is the answer to a request. It belongs to the caller.
type Result struct {
	Payload     []byte
	ContentType string // empty means application/json
	WorkerID    uint64
	Version     string // of the worker's code
	// Rebound says that the session had state on an earlier worker, which is gone.
	Rebound bool
	// Attempts is 1 unless the request was tried again.
	Attempts int
}

// Execute runs a command on a worker: for a session on the one that has its state, else on any. The payload is JSON for
// workers in Python, unless [ContentType] says otherwise. Execute waits for a worker up to QueueTimeout and for the answer
// up to RequestTimeout, both bounded by ctx. What is known about the work of a request that failed, [OutcomeOf] tells; what
// [Config.Recovery] allows is tried again.
func (p *Pool) Execute(ctx context.Context, command string, payload []byte, list ...Option) (*Result, error) {
	c := p.conf()
	q := newRequest(c, command, payload, list)
	return p.watched(ctx, c, &q, func(ctx context.Context) (*Result, error) { return p.runRequest(ctx, &q) })
}

// runRequest tries a request until it has an answer, or is not to be tried again.
func (p *Pool) runRequest(ctx context.Context, q *request) (*Result, error) {
	if err := p.checkRequest(q); err != nil {
		return nil, err
	}
	var ended int // workers, by this request
	for attempt := 1; ; attempt++ {
		result, d, err := p.attempt(ctx, q, attempt)
		if err == nil {
			result.Attempts = attempt
			return result, nil
		}
		if _, elsewhere := err.(*elsewhereError); elsewhere {
			attempt--
			continue
		}
		if q.input != nil {
			return nil, err
		}
		if !d.Retry {
			return nil, p.overBudget(d, attempt, err)
		}
		if mayHaveRun(err) && d.Worker != recovery.Keep {
			if ended++; ended == 2 {
				return nil, newPoisonError(p.name, q, err)
			}
		}
		if !p.pause(ctx, q, d, err) {
			return nil, err
		}
	}
}

// attempt acquires a worker, exchanges the request for its answer and releases the worker.
func (p *Pool) attempt(ctx context.Context, q *request, attempt int) (*Result, recovery.Decision, error) {
	timeout := p.conf().RequestTimeout
	c := &call{Context: ctx, limit: TimeoutError{What: "RequestTimeout", After: timeout}}
	if err := p.acquire(ctx, c, &q.options, attempt, timeout); err != nil {
		return nil, p.retry(ctx, q, attempt, err), err
	}
	l := &c.loan
	c.until("RequestTimeout", timeout)
	v := core.Verdict{Failure: recovery.Unexpected, Action: recovery.Remove, Err: errPanicked} // unless exchange returns
	defer func() {
		if v.Err == errPanicked {
			p.release(&l.lease, &v)
		}
	}()
	link := l.worker.enter()
	defer l.worker.leave()
	result, learned, err := l.exchange(c, link, q)
	c.release()
	if e, ok := err.(*elsewhereError); ok {
		v = core.Verdict{}
		e.giveBack(&l.lease)
		return nil, recovery.Decision{}, err
	}
	if l.lease.Shadow && err == nil {
		p.shadow.repeat(p, *q, *result)
	}
	v = p.verdict(ctx, q, attempt, err)
	v.Learned = learned
	return result, p.release(&l.lease, &v), err
}

// verdict is what the end of a request means.
func (p *Pool) verdict(ctx context.Context, q *request, attempt int, err error) core.Verdict {
	v := core.Verdict{Attempt: attempt}
	if err == nil {
		return v
	}
	v.Failure, v.Err, v.Run, v.Idempotent, v.Suspect = kindOf(err), err, mayHaveRun(err), q.idempotent, isSuspect(err)
	v.Cancelled = isCancelled(err)
	if at, ok := ctx.Deadline(); ok {
		v.Deadline = max(at.Sub(p.born), 1)
	}
	if ctx.Err() != nil {
		v.Attempt = 0 // the caller does not wait any more
	}
	return v
}

// retry decides about a request that got no worker.
func (p *Pool) retry(ctx context.Context, q *request, attempt int, err error) (d recovery.Decision) {
	v := p.verdict(ctx, q, attempt, err)
	p.step(func(now core.Time) { d = p.core.Retry(now, &v) })
	return d
}

// overBudget says so if a request is not tried again only because the budget of retries is used up.
func (p *Pool) overBudget(d recovery.Decision, attempts int, err error) error {
	if d.OverBudget {
		return &RetryBudgetError{Pool: p.name, Attempts: attempts, Err: err}
	}
	return err
}

// pause waits before a request is tried again, and reports whether ctx allows that.
func (p *Pool) pause(ctx context.Context, q *request, d recovery.Decision, err error) bool {
	p.observe(EventRetried{Command: q.command, Session: q.session, Failure: d.Rule.Kind, Err: err, Delay: d.Delay})
	if d.Delay <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// mayHaveRun reports whether a worker may have begun the work.
func mayHaveRun(err error) bool { return OutcomeOf(err) != OutcomeNotRun }

// Call is [Pool.Execute] with arguments and result as JSON. It cannot say whether a session was re-bound: where that matters,
// use Execute.
func Call[In, Out any](ctx context.Context, p *Pool, command string, in In, options ...Option) (Out, error) {
	var out Out
	payload, err := json.Marshal(in)
	if err != nil {
		return out, &RequestError{Pool: p.name, Command: command, What: "the arguments are not JSON", Err: err}
	}
	result, err := p.Execute(ctx, command, payload, options...)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(result.Payload, &out); err != nil {
		return out, &AnswerError{Pool: p.name, Worker: result.WorkerID, Command: command, Err: err}
	}
	return out, nil
}
