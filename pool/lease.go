package pool

import (
	"cmp"
	"context"
	"errors"
	"sync"
)

// Lease is one worker for several requests of one client. It ends with Checkin or Close, with the context of its Checkout,
// or with its worker. Its methods may be called by many goroutines.
type Lease struct {
	hold hold
	ctx  context.Context

	mu   sync.Mutex
	stop func() bool // the watch on ctx
	err  error       // why it has ended; nil while it lives
}

// Checkout waits for a worker and keeps it for the client until the lease ends. The end of ctx revokes the lease, and ends
// a request in flight.
func (p *Pool) Checkout(ctx context.Context, options ...Option) (*Lease, error) {
	o := optionsOf(options)
	if err := p.checkRequest("", o.session, nil); err != nil {
		return nil, err
	}
	h, err := p.take(ctx, o.session)
	if err != nil {
		return nil, err
	}
	l := &Lease{hold: h, ctx: ctx}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop = context.AfterFunc(ctx, func() { l.end(fine, nil, errRevoked) })
	return l, nil
}

// WorkerID returns the id of the worker.
func (l *Lease) WorkerID() uint64 { return l.hold.worker.id }

// Rebound reports whether the session of the lease had state on an earlier worker, which is gone. The first result of the
// lease says so too.
func (l *Lease) Rebound() bool { return l.hold.binding.Rebound }

// Execute runs a command on the worker of the lease. Requests of one lease take turns, and wait for theirs up to
// QueueTimeout. A request that is abandoned, or whose worker is lost, ends the lease.
func (l *Lease) Execute(ctx context.Context, command string, payload []byte) (*Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(l.ctx, func() { cancel(context.Cause(l.ctx)) })()
	result, err := l.execute(ctx, command, payload)
	l.hold.worker.pool.counters.count(err)
	return result, err
}

func (l *Lease) execute(ctx context.Context, command string, payload []byte) (*Result, error) {
	if err := l.hold.worker.pool.checkRequest(command, "", payload); err != nil {
		return nil, err
	}
	if err := l.begin(ctx, command); err != nil {
		return nil, err
	}
	defer l.hold.finish()
	result, err := l.hold.exchange(ctx, command, payload)
	return result, l.blame(err)
}

// begin waits for the turn of a request of this lease. The lease may end meanwhile, and its worker be somebody else's.
func (l *Lease) begin(ctx context.Context, command string) error {
	if err := l.over(); err != nil {
		return err
	}
	if err := l.hold.begin(ctx, command); err != nil {
		return l.blame(err)
	}
	err := l.over()
	if err != nil {
		l.hold.finish()
	}
	return err
}

// blame ends the lease if err means that its worker is of no more use.
func (l *Lease) blame(err error) error {
	if judge(err) == broken {
		l.end(broken, err, errBroken)
	}
	return err
}

func (l *Lease) over() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Checkin gives the worker back, when a request in flight has ended: with nil as good as before, with any error as one that
// failed its client. [ErrClose] waits for nothing and removes the worker. A second Checkin does nothing; on a lease that has
// ended by itself it returns [ErrLeaseEnded].
func (l *Lease) Checkin(err error) error {
	v := failed
	switch {
	case err == nil:
		v = fine
	case errors.Is(err, ErrClose):
		v = broken
	}
	l.end(v, err, errCheckedIn)
	if over := l.over(); over != errCheckedIn {
		return over
	}
	return nil
}

// Close checks the worker in as failed unless the lease has ended before. It is meant to be deferred.
func (l *Lease) Close() error {
	l.end(failed, errors.New("the lease was closed without a checkin"), errCheckedIn)
	return nil
}

// end checks the worker in, once. A request in flight ends first, and what became of it counts too; only a worker that is
// broken is not waited for.
func (l *Lease) end(v verdict, reason, why error) {
	if !l.shut(why) {
		return
	}
	if v != broken {
		last := l.hold.await()
		v, reason = max(v, judge(last)), cmp.Or(reason, last)
	}
	l.hold.checkin(v, reason)
}

// shut lets no request begin from now on. It reports whether the lease was open.
func (l *Lease) shut(why error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return false
	}
	l.err = why
	l.stop()
	return true
}
