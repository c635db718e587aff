package pool

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Result is the answer to a request. It belongs to the caller.
type Result struct {
	Payload     []byte
	ContentType string // empty means application/json
	WorkerID    uint64
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
	o := optionsOf(c, list)
	q := o.request(command, payload)
	return p.watched(ctx, c, &q, o.wish, func(ctx context.Context) (*Result, error) { return p.execute(ctx, &q, o.wish) })
}

func (p *Pool) execute(ctx context.Context, q *request, w wish) (*Result, error) {
	if err := p.checkRequest(q.command, w.session, q.payload); err != nil {
		return nil, err
	}
	p.budget.earn()
	var ended int // workers, by this request
	for attempt := 1; ; attempt++ {
		result, err := p.attempt(ctx, q, w)
		if err == nil {
			result.Attempts = attempt
			return result, nil
		}
		d := p.decide(ctx, err, recovery.Snapshot{Attempt: attempt, Idempotent: q.idempotent})
		if !d.Retry || q.input != nil {
			return nil, err
		}
		if mayHaveRun(err) && d.Worker != recovery.Keep {
			if ended++; ended == 2 {
				return nil, newPoisonError(p.name, q, err)
			}
		}
		p.observe(Event{Kind: Retried, Command: q.command, Session: w.session, Reason: string(d.Rule.Kind), Err: err, Duration: d.Delay})
		if !sleep(ctx, d.Delay) {
			return nil, err
		}
	}
}

// mayHaveRun reports whether a worker may have begun the work.
func mayHaveRun(err error) bool { return OutcomeOf(err) != NotRun }

// decide asks the recovery table what follows a request that failed.
func (p *Pool) decide(ctx context.Context, err error, known recovery.Snapshot) recovery.Decision {
	c := p.conf()
	known.MaxAttempts, known.Run, known.Random = c.MaxAttempts, mayHaveRun(err), rand.Float64()
	if deadline, ok := ctx.Deadline(); ok {
		known.Deadline = max(time.Until(deadline), 1)
	}
	known.Budget = ctx.Err() == nil && p.budget.left()
	d := c.Recovery.Decide(kindOf(err), known)
	if d.Retry {
		p.budget.spend()
	}
	p.observe(Event{Kind: Decided, Reason: string(d.Rule.Kind), Action: string(d.Worker), Err: err})
	return d
}

func (p *Pool) attempt(ctx context.Context, q *request, w wish) (*Result, error) {
	h, err := p.take(ctx, w)
	if err != nil {
		return nil, err
	}
	result, err := h.once(ctx, q)
	h.checkin(p.judge(err), err)
	return result, err
}

// sleep waits, and reports whether ctx lets it wait to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// budget keeps retries from multiplying the load of a pool that fails: one for ten requests, and a few in advance.
type budget struct{ tenths atomic.Int64 }

const (
	retryCost = 10
	maxBudget = 10 * retryCost
)

func (b *budget) left() bool { return b.tenths.Load() >= retryCost }
func (b *budget) spend()     { b.tenths.Add(-retryCost) }

// earn may go a little beyond the bound, and does no harm by it.
func (b *budget) earn() {
	if b.tenths.Load() < maxBudget {
		b.tenths.Add(1)
	}
}

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
