package pool

import (
	"context"
	"encoding/json"
	"errors"
)

// attempts is how often a request is tried that no worker has got.
const attempts = 3

// Result is the answer to a request. It belongs to the caller.
type Result struct {
	Payload  []byte
	WorkerID uint64
	// Rebound says that the session had state on an earlier worker, which is gone.
	Rebound bool
	// Attempts is 1 unless workers went away before they got the request.
	Attempts int
}

// Option says more about one request.
type Option func(*options)

type options struct{ session string }

func optionsOf(list []Option) (o options) {
	for _, option := range list {
		option(&o)
	}
	return o
}

// Session makes a request one of the named session: it goes to the worker that has the session's state.
func Session(name string) Option { return func(o *options) { o.session = name } }

// Execute runs a command on a worker: for a session on the one that has its state, else on any. The payload is JSON for
// workers in Python. Execute waits for a worker up to QueueTimeout and for the answer up to RequestTimeout, both bounded by
// ctx. What is known about the work of a request that failed, [OutcomeOf] tells; one that no worker got is tried again.
func (p *Pool) Execute(ctx context.Context, command string, payload []byte, options ...Option) (*Result, error) {
	result, err := p.execute(ctx, command, payload, optionsOf(options))
	p.counters.count(err)
	return result, err
}

func (p *Pool) execute(ctx context.Context, command string, payload []byte, o options) (*Result, error) {
	if err := p.checkRequest(command, o.session, payload); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		result, err := p.attempt(ctx, command, payload, o.session)
		if err == nil {
			result.Attempts = attempt
			return result, nil
		}
		if attempt == attempts || ctx.Err() != nil || !wasLostUnsent(err) {
			return nil, err
		}
	}
}

func (p *Pool) attempt(ctx context.Context, command string, payload []byte, session string) (*Result, error) {
	h, err := p.take(ctx, session)
	if err != nil {
		return nil, err
	}
	result, err := h.once(ctx, command, payload)
	h.checkin(judge(err), err)
	return result, err
}

// wasLostUnsent reports whether the worker went away before it got the request.
func wasLostUnsent(err error) bool {
	lost, ok := errors.AsType[*LostError](err)
	return ok && lost.Work == NotRun
}

// Call is [Pool.Execute] with arguments and result as JSON. It cannot say whether a session was re-bound: where that matters,
// use Execute.
func Call[In, Out any](ctx context.Context, p *Pool, command string, in In, options ...Option) (Out, error) {
	var out Out
	payload, err := json.Marshal(in)
	if err != nil {
		return out, &RequestError{Pool: p.config.Name, Command: command, What: "the arguments are not JSON", Err: err}
	}
	result, err := p.Execute(ctx, command, payload, options...)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(result.Payload, &out); err != nil {
		return out, &AnswerError{Pool: p.config.Name, Worker: result.WorkerID, Command: command, Err: err}
	}
	return out, nil
}
