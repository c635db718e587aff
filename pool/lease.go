package pool

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Lease is one worker for several requests of one client. It ends with Checkin or Close, with the context of its Checkout,
// or with its worker. Its methods may be called by many goroutines.
type Lease struct {
	hold hold
	ctx  context.Context

	mu   sync.Mutex
	stop func() bool // the watch on ctx; nil without one
	err  error       // why it has ended; nil while it lives
}

// Checkout waits for a worker and keeps it for the client until the lease ends. The end of ctx revokes the lease, and ends
// a request in flight.
func (p *Pool) Checkout(ctx context.Context, options ...Option) (*Lease, error) {
	o := optionsOf(p.conf(), options)
	if err := p.checkRequest("", o.session, nil); err != nil {
		return nil, err
	}
	h, err := p.take(ctx, o.wish)
	if err != nil {
		return nil, err
	}
	if cap(h.worker.flight) > 1 {
		h.turn = make(chan struct{}, 1)
	}
	l := &Lease{hold: h, ctx: ctx}
	if ctx.Done() == nil { // it never ends
		return l, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop = context.AfterFunc(ctx, func() { l.end(recovery.Keep, nil, errRevoked) })
	return l, nil
}

// WorkerID returns the id of the worker.
func (l *Lease) WorkerID() uint64 { return l.hold.worker.id }

// Rebound reports whether the session of the lease had state on an earlier worker, which is gone. The first result of the
// lease says so too.
func (l *Lease) Rebound() bool { return l.hold.binding.Rebound }

// Execute runs a command on the worker of the lease. Requests of one lease take turns, and wait for theirs up to
// QueueTimeout. A request that is abandoned, or whose worker is lost, ends the lease.
//
// Of the options only [ContentType] and [Input] have a meaning here.
func (l *Lease) Execute(ctx context.Context, command string, payload []byte, list ...Option) (*Result, error) {
	p := l.hold.worker.pool
	c := p.conf()
	o := optionsOf(c, list)
	q := o.request(command, payload)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if l.ctx.Done() != nil {
		defer context.AfterFunc(l.ctx, func() { cancel(context.Cause(l.ctx)) })()
	}
	return p.watched(ctx, c, &q, l.hold.wish, func(ctx context.Context) (*Result, error) { return l.execute(ctx, &q) })
}

func (l *Lease) execute(ctx context.Context, q *request) (*Result, error) {
	if err := l.hold.worker.pool.checkRequest(q.command, "", q.payload); err != nil {
		return nil, err
	}
	if err := l.begin(ctx, q.command); err != nil {
		return nil, err
	}
	defer l.hold.finish()
	result, err := l.hold.exchange(ctx, q)
	if result != nil {
		result.Attempts = 1
	}
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
	if err == nil {
		return nil
	}
	p := l.hold.worker.pool
	action := p.judge(err)
	l.hold.decided(action, err)
	if ends(action) {
		l.end(action, err, errBroken)
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
	action := recovery.Degrade
	switch {
	case err == nil:
		action = recovery.Keep
	case errors.Is(err, ErrClose):
		action = recovery.Remove
	}
	l.end(action, err, errCheckedIn)
	if over := l.over(); over != errCheckedIn {
		return over
	}
	return nil
}

// Close checks the worker in as failed unless the lease has ended before. It is meant to be deferred.
func (l *Lease) Close() error {
	l.end(recovery.Degrade, errClosedLease, errCheckedIn)
	return nil
}

// end checks the worker in, once. A request in flight ends first, and what became of it counts too; only a worker that is
// broken is not waited for.
func (l *Lease) end(action recovery.Action, reason, why error) {
	if !l.shut(why) {
		return
	}
	if !ends(action) {
		last := l.hold.await()
		if judged := l.hold.worker.pool.judge(last); judged != recovery.Keep {
			action, reason = judged, cmp.Or(reason, last)
		}
	}
	l.hold.checkin(action, reason)
}

// ends reports whether a worker is of no more use.
func ends(a recovery.Action) bool { return a == recovery.Remove || a == recovery.Replace }

// shut lets no request begin from now on. It reports whether the lease was open.
func (l *Lease) shut(why error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return false
	}
	l.err = why
	if l.stop != nil {
		l.stop()
	}
	return true
}
