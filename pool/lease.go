package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// hold is a worker that its owner has checked out.
type hold struct {
	reservation
	session string
}

// verdict says in which way a worker is checked in.
type verdict uint8

const (
	fine   verdict = iota // it did its work, whatever the answer was
	failed                // it failed its client
	broken                // it must not be used again
)

// take waits for a worker and checks it out for the session; empty for anonymous work.
func (p *Pool) take(ctx context.Context, session string) (hold, error) {
	limit, begin := p.config.QueueTimeout, time.Now()
	wait, cancel := context.WithTimeoutCause(ctx, limit, &TimeoutError{What: "QueueTimeout", After: limit})
	defer cancel()
	t := newTicket(session)
	for {
		r, err := p.index.acquire(wait, t)
		if err != nil {
			return hold{}, p.explainWait(err, session, time.Since(begin))
		}
		if _, err := r.worker.fsm.Checkout(wait, session); err == nil {
			return hold{r, session}, nil
		}
		p.index.refused(r, t)
	}
}

func (p *Pool) explainWait(err error, session string, waited time.Duration) error {
	if errors.Is(err, ErrClosed) {
		return p.closedError()
	}
	return &WaitError{Pool: p.config.Name, Session: session, Waited: waited, Err: err}
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

// exchange sends one request to the worker and waits for the answer. Requests to one worker take turns.
func (h *hold) exchange(ctx context.Context, command string, payload []byte) (*Result, error) {
	p := h.worker.pool
	if len(payload) > p.config.MaxPayload {
		return nil, &TooLargeError{Pool: p.config.Name, Size: len(payload), Limit: p.config.MaxPayload}
	}
	limit := p.config.RequestTimeout
	ctx, cancel := context.WithTimeoutCause(ctx, limit, &TimeoutError{What: "RequestTimeout", After: limit})
	defer cancel()
	select {
	case h.worker.turn <- struct{}{}:
	case <-h.worker.fsm.Done():
		return nil, h.explainLost(ctx, command, &wire.LostError{Sent: wire.NotSent, Err: ErrLeaseEnded})
	case <-ctx.Done():
		return nil, &WaitError{Pool: p.config.Name, Session: h.session, Err: context.Cause(ctx)}
	}
	response, err := h.worker.current().exchange(ctx, wire.Request{
		Command: command, Session: h.session, Generation: h.binding.Generation, Payload: payload,
	})
	<-h.worker.turn
	err = h.explain(ctx, command, err)
	if h.session != "" && answered(err) {
		p.index.sessions.Confirm(h.session, h.binding.Generation)
	}
	if err != nil {
		return nil, err
	}
	return &Result{Payload: response.Payload, WorkerID: h.worker.id, Rebound: h.binding.Rebound}, nil
}

// explain turns an error of the wire into one that says what is known about the work.
func (h *hold) explain(ctx context.Context, command string, err error) error {
	if err == nil {
		return nil
	}
	w := h.worker
	if lost, ok := errors.AsType[*wire.LostError](err); ok {
		return h.explainLost(ctx, command, lost)
	}
	if remote, ok := errors.AsType[*wire.RemoteError](err); ok {
		if remote.Kind == wire.KindUnknownCommand {
			return &UnknownCommandError{Worker: w.id, Command: command, Message: remote.Message}
		}
		return &HandlerError{
			Worker: w.id, Command: command, Kind: string(remote.Kind), Type: remote.Type, Message: remote.Message,
			Traceback: remote.Traceback, Retryable: remote.Retryable, Fatal: remote.Fatal,
		}
	}
	if large, ok := errors.AsType[*wire.TooLargeError](err); ok {
		return &TooLargeError{Pool: w.pool.config.Name, Size: large.Size, Limit: w.pool.config.MaxPayload}
	}
	return &WaitError{Pool: w.pool.config.Name, Session: h.session, Err: err}
}

// explainLost says whether the caller gave up or the worker did, and how the worker ended.
func (h *hold) explainLost(ctx context.Context, command string, lost *wire.LostError) error {
	w := h.worker
	if ctx.Err() != nil && lost.Sent == wire.SentUnknown {
		return &AbandonedError{Worker: w.id, Command: command, Err: context.Cause(ctx)}
	}
	e := &LostError{Worker: w.id, Command: command, Work: Unknown, Err: lost.Err}
	if lost.Sent == wire.NotSent {
		e.Work = NotRun
	}
	if i := w.current(); isDone(i, settling) {
		e.Err = &ExitError{How: i.exit()}
	}
	e.Output = w.output()
	return e
}

// answered reports whether the application of the worker has answered, with a result or an error of its own.
func answered(err error) bool {
	_, handler := errors.AsType[*HandlerError](err)
	return err == nil || handler
}

// judge says what the error of an exchange means for its worker. What the application answers means nothing.
func judge(err error) verdict {
	if handler, ok := errors.AsType[*HandlerError](err); ok && handler.Fatal {
		return broken
	}
	if _, lost := errors.AsType[*LostError](err); lost {
		return broken
	}
	if _, abandoned := errors.AsType[*AbandonedError](err); abandoned {
		return broken
	}
	return fine
}

// Lease is one worker for several requests of one client. It ends with Checkin or Close, with the context of its Checkout,
// or with its worker.
type Lease struct {
	hold hold
	ctx  context.Context
	stop func() bool // the watch on ctx

	mu    sync.Mutex
	ended bool  // the worker is checked in
	err   error // what Execute says then
}

// Checkout waits for a worker and keeps it for the client until the lease ends. The end of ctx revokes the lease, and ends
// a request in flight.
func (p *Pool) Checkout(ctx context.Context, options ...Option) (*Lease, error) {
	h, err := p.take(ctx, sessionOf(options))
	if err != nil {
		return nil, err
	}
	l := &Lease{hold: h, ctx: ctx}
	l.stop = context.AfterFunc(ctx, l.revoke)
	return l, nil
}

// WorkerID returns the id of the worker.
func (l *Lease) WorkerID() uint64 { return l.hold.worker.id }

// Rebound reports whether the session of the lease had state on an earlier worker, which is gone.
func (l *Lease) Rebound() bool { return l.hold.binding.Rebound }

// Execute runs a command on the worker of the lease. Requests of one lease take turns. A request that is abandoned, or
// whose worker is lost, ends the lease.
func (l *Lease) Execute(ctx context.Context, command string, payload []byte) (*Result, error) {
	if err := l.over(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(l.ctx, func() { cancel(context.Cause(l.ctx)) })()
	p := l.hold.worker.pool
	result, err := l.hold.exchange(ctx, command, payload)
	p.counters.count(err)
	if judge(err) == broken {
		l.end(broken, err, ErrLeaseEnded)
	}
	if err != nil {
		return nil, err
	}
	result.Attempts = 1
	return result, nil
}

func (l *Lease) over() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Checkin gives the worker back: with nil as good as before, with [ErrClose] to be removed, with any other error as one
// that failed its client. A second Checkin does nothing; on a lease that has ended by itself it returns [ErrLeaseEnded].
func (l *Lease) Checkin(err error) error {
	v := failed
	switch {
	case err == nil:
		v = fine
	case errors.Is(err, ErrClose):
		v = broken
	}
	if l.end(v, err, errCheckedIn) || errors.Is(l.over(), errCheckedIn) {
		return nil
	}
	return ErrLeaseEnded
}

// errCheckedIn is what a lease says that its client has ended.
var errCheckedIn = fmt.Errorf("%w: it is checked in", ErrLeaseEnded)

// Close checks the worker in as failed unless it was checked in before. It is meant to be deferred.
func (l *Lease) Close() error {
	l.end(failed, errors.New("the lease was closed without a checkin"), errCheckedIn)
	return nil
}

// revoke ends a lease whose context has ended. A request in flight ends first, and takes the worker with it.
func (l *Lease) revoke() {
	w := l.hold.worker
	select {
	case w.turn <- struct{}{}:
		<-w.turn
	case <-w.fsm.Done():
	}
	l.end(fine, nil, ErrLeaseEnded)
}

// end checks the worker in, once. It reports whether this was it.
func (l *Lease) end(v verdict, reason, say error) bool {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return false
	}
	l.ended, l.err = true, say
	l.mu.Unlock()
	l.stop()
	l.hold.checkin(v, reason)
	return true
}
