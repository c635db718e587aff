package pool

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
)

// Lease is one slot of a worker for several requests of one caller. It ends with Checkin or Close, with the context of its
// Checkout, or with its worker. Its methods may be called by many goroutines.
type Lease struct {
	slot     *slot // of the lease until it has ended; its worker is that of the lease for ever
	session  string
	affinity Affinity
	rebound  bool
	err      error // why the lease has ended; nil while it lasts. Under the lock of the pool
}

// slot is what the lease that has a slot of a worker needs until it ends. The next lease of the slot uses it again, so that a
// checkout allocates no more than the handle of the caller. A request in progress keeps the slot: either the end of the lease
// waits for it, or the worker grants nothing any more.
type slot struct {
	worker *worker
	loan   loan // its fields that change belong to the request in progress

	// What follows is under the lock of the pool, so that a checkout and a checkin take one lock each.

	ctx    context.Context // that revokes the lease when it ends; nil for none
	busy   bool            // a request is in progress
	free   chan struct{}   // closed when it has ended; nil while nothing waits for that
	unwait func() bool     // ends the watch on ctx; nil without one
	last   error           // of a request that failed while the lease was ending: its end says what that means
}

// slot returns a slot of the worker. It needs the lock of the pool.
func (w *worker) slot(number int) *slot {
	for len(w.slots) <= number {
		w.slots = append(w.slots, &slot{worker: w})
	}
	return w.slots[number]
}

// Checkout waits for a worker and keeps it for the caller until the lease ends. The end of ctx revokes the lease, and ends
// a request in flight.
func (p *Pool) Checkout(ctx context.Context, list ...Option) (*Lease, error) {
	o := optionsOf(p.conf(), list)
	if err := p.checkSession("", o.session); err != nil {
		return nil, err
	}
	l, err := p.acquireLease(ctx, &o)
	if err != nil {
		return nil, err
	}
	l.rebound = l.slot.loan.rebound
	if ctx.Done() != nil {
		l.watch(ctx)
	}
	return l, nil
}

// acquireLease waits for a worker, which takes the state of the session over at once: if it refuses, another one may go on
// with the session. A takeover may outlast the request that it was begun for. It must not outlast a lease, since the slot
// of a lease is used again.
func (p *Pool) acquireLease(ctx context.Context, o *options) (*Lease, error) {
	for {
		l := &Lease{session: o.session, affinity: o.affinity}
		if err := p.acquire(ctx, l, o, 1, 0); err != nil {
			return nil, err
		}
		if l.slot.loan.adopted {
			return l, nil
		}
		err := l.adopt(ctx, o)
		if _, elsewhere := err.(*elsewhereError); !elsewhere {
			return l, err
		}
	}
}

// adopt gives the worker the state of the session. An error gives the slot back.
func (l *Lease) adopt(ctx context.Context, o *options) error {
	p, loan, q := l.pool(), &l.slot.loan, &request{options: *o}
	c := &call{Context: ctx}
	defer c.release()
	loan.worker.enter()
	defer loan.worker.leave()
	learned, err := loan.adopt(c, q)
	switch e := err.(type) {
	case nil:
		p.step(func(now core.Time) { p.core.Learn(now, &loan.lease, &learned) })
	case *elsewhereError:
		e.giveBack(&loan.lease)
	default:
		v := p.verdict(ctx, q, 0, err)
		v.Learned = learned
		p.release(&loan.lease, &v)
	}
	return err
}

func (l *Lease) pool() *Pool { return l.slot.worker.pool }

// The methods of a borrower.

func (l *Lease) waiting(ctx context.Context) *call { return &call{Context: ctx, lease: l} }
func (l *Lease) borrowed() *loan                   { return &l.slot.loan }
func (l *Lease) ofLease() *Lease                   { return l }

// place takes the slot for this lease. Nothing of the lease before it may be left in it.
func (l *Lease) place(w *worker, number int) *loan {
	l.slot = w.slot(number)
	l.slot.ctx = nil // of the lease before
	return &l.slot.loan
}

// watch lets the end of the context revoke the lease.
func (l *Lease) watch(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { _ = l.end(recovery.Keep, nil, revoked(ctx)) })
	if !l.keepWatch(ctx, stop) {
		stop()
	}
}

// keepWatch notes how the watch on the context ends. It returns false if the lease has ended.
func (l *Lease) keepWatch(ctx context.Context, stop func() bool) bool {
	l.pool().mu.Lock()
	defer l.pool().mu.Unlock()
	if l.err != nil {
		return false
	}
	l.slot.ctx, l.slot.unwait = ctx, stop
	return true
}

// WorkerID returns the id of the worker.
func (l *Lease) WorkerID() uint64 { return l.slot.worker.id }

// Rebound reports whether the session of the lease had state on an earlier worker, which is gone. The first result of the
// lease says so too.
func (l *Lease) Rebound() bool { return l.rebound }

// Execute runs a command on the worker of the lease. Requests of one lease take turns, and wait for theirs up to
// QueueTimeout. A request that is abandoned, or loses its worker, ends the lease.
//
// Of the options only [ContentType] and [Input] have a meaning here.
func (l *Lease) Execute(ctx context.Context, command string, payload []byte, list ...Option) (*Result, error) {
	p := l.pool()
	c := p.conf()
	q := newRequest(c, command, payload, list)
	q.session, q.affinity = l.session, l.affinity
	return p.watched(ctx, c, &q, func(ctx context.Context) (*Result, error) { return l.runRequest(ctx, &q) })
}

// runRequest runs one request of the lease. Its context, its time, the end of the lease and the end of the worker can all end
// it; the first one counts.
func (l *Lease) runRequest(ctx context.Context, q *request) (*Result, error) {
	p := l.pool()
	if err := p.checkRequest(q); err != nil {
		return nil, err
	}
	if err := l.begin(ctx, q); err != nil {
		return nil, err
	}
	defer l.finish()
	timeout := p.conf().RequestTimeout
	c := &call{Context: ctx, lease: l}
	c.until("RequestTimeout", timeout)
	defer c.release()
	if whole := l.slot.ctx; whole != nil {
		defer context.AfterFunc(whole, func() { c.end(endOf(whole)) })()
	}
	if !p.begin(&l.slot.loan.lease, c, timeout) {
		return nil, cmp.Or(l.ended(), error(errBroken))
	}
	w := l.slot.worker
	link := w.enter()
	defer w.leave()
	result, learned, err := l.slot.loan.exchange(c, link, q)
	p.step(func(now core.Time) { p.core.Learn(now, &l.slot.loan.lease, &learned) })
	if result != nil {
		result.Attempts = 1
	}
	if lost, ok := err.(*LostError); ok {
		lost.ofLease = true
	}
	return result, l.judge(ctx, q, err)
}

// begin waits for the turn of a request of this lease. One that gets its turn has to call finish.
func (l *Lease) begin(ctx context.Context, q *request) error {
	free, err := l.tryBegin()
	if free == nil {
		return err
	}
	p, since := l.pool(), time.Now()
	limit := p.conf().QueueTimeout
	bounded, cancel := context.WithTimeoutCause(ctx, limit, &TimeoutError{What: "QueueTimeout", After: limit})
	defer cancel()
	for free != nil {
		select {
		case <-free:
			free, err = l.tryBegin()
		case <-l.slot.worker.gone:
			lost := l.slot.worker.lost(q.command, OutcomeNotRun, errBroken)
			lost.ofLease = true
			return lost
		case <-bounded.Done():
			return &WaitError{Pool: p.name, Session: q.session, Waited: time.Since(since), Err: withEnd(ctx, context.Cause(bounded))}
		}
	}
	return err
}

// tryBegin begins a request, or returns what is closed when the one in progress has ended.
func (l *Lease) tryBegin() (free <-chan struct{}, err error) {
	l.pool().mu.Lock()
	defer l.pool().mu.Unlock()
	switch {
	case l.err != nil:
		return nil, l.err
	case l.slot.ctx != nil && l.slot.ctx.Err() != nil: // the goroutine that ends the lease because of that may be late
		return nil, revoked(l.slot.ctx)
	case l.slot.busy:
		return l.whenFree(), nil
	}
	l.slot.busy = true
	return nil, nil
}

// whenFree returns a channel that is closed when the request in progress has ended. It needs the lock.
func (l *Lease) whenFree() <-chan struct{} {
	if l.slot.free == nil {
		l.slot.free = make(chan struct{})
	}
	return l.slot.free
}

// finish lets the next request of the lease begin, or the end of the lease go on that has waited for this one.
func (l *Lease) finish() {
	l.pool().mu.Lock()
	defer l.pool().mu.Unlock()
	l.slot.busy = false
	if l.slot.free != nil {
		close(l.slot.free)
		l.slot.free = nil
	}
}

// judge ends the lease if err means that its worker is of no more use. Where the lease has ended meanwhile, its end judges.
func (l *Lease) judge(ctx context.Context, q *request, err error) error {
	p := l.pool()
	if err == nil {
		return nil
	}
	l.pool().mu.Lock()
	over := l.err != nil
	if over {
		l.slot.last = err
	}
	l.pool().mu.Unlock()
	if over {
		return err
	}
	v := p.verdict(ctx, q, 0, err)
	var d recovery.Decision
	p.step(func(now core.Time) { d = p.core.Judge(now, &l.slot.loan.lease, &v) })
	if endsWorker(d.Worker) {
		_ = l.end(d.Worker, err, errBroken) // it may have ended meanwhile
	}
	return err
}

// unjudged returns the error of a request that failed while the lease was ending, once.
func (l *Lease) unjudged() (last error) {
	l.pool().mu.Lock()
	defer l.pool().mu.Unlock()
	last, l.slot.last = l.slot.last, nil
	return last
}

// ended returns why the lease has ended, nil while it lasts.
func (l *Lease) ended() error {
	l.pool().mu.Lock()
	defer l.pool().mu.Unlock()
	return l.err
}

// Checkin gives the worker back, when a request in flight has ended: with nil as good as before, with any error as one that
// failed its caller. A second Checkin does nothing; on a lease that has
// ended by itself it returns [ErrLeaseEnded].
func (l *Lease) Checkin(err error) error {
	if err == nil {
		return l.giveBack(recovery.Keep, nil)
	}
	return l.giveBack(recovery.Degrade, err)
}

// Discard gives the worker back as one that must not be used again: the pool removes it without waiting for a request in
// flight, and starts another one. After a Checkin it does nothing; on a lease that has ended by itself it returns
// [ErrLeaseEnded].
func (l *Lease) Discard() error { return l.giveBack(recovery.Remove, errDiscarded) }

var errDiscarded = errors.New("pool: the caller discarded the worker")

// giveBack ends the lease. That it was checked in before is no error; that it has ended by itself is one.
func (l *Lease) giveBack(action recovery.Action, reason error) error {
	if why := l.end(action, reason, errCheckedIn); why != errCheckedIn {
		return why
	}
	return nil
}

// Close checks the worker in as failed unless the lease has ended before. It is meant to be deferred.
func (l *Lease) Close() error {
	_ = l.end(recovery.Degrade, errClosedLease, errCheckedIn)
	return nil
}

// end gives the slot back, and returns why the lease has ended: with the first call that is why. A request in flight ends
// first; only a worker that is of no more use is not waited for.
func (l *Lease) end(action recovery.Action, reason, why error) error {
	v := core.Verdict{Action: action, Err: reason}
	e, rest := l.tryEnd(&v, why)
	if rest != nil {
		l.pool().carryOut(rest)
	}
	if e.unwait != nil {
		e.unwait()
	}
	if e.busy == nil {
		return e.why
	}
	select {
	case <-e.busy:
	case <-l.slot.worker.gone:
	}
	if last := l.unjudged(); last != nil {
		v.Failure, v.Err, v.Suspect = kindOf(last), cmp.Or(reason, last), isSuspect(last)
		v.Cancelled = isCancelled(last)
		if action == recovery.Keep {
			v.Action = "" // the recovery table says what the failure means
		}
	}
	l.pool().release(&l.slot.loan.lease, &v)
	return e.why
}

// ending is what is left to be done for the end of a lease.
type ending struct {
	why    error
	unwait func() bool     // to be called; nil for nothing
	busy   <-chan struct{} // closed when the request has ended that is waited for before the slot is given back; nil for none
}

// tryEnd lets no request begin from now on, and gives the slot back unless a request in flight has to end first. On a lease
// that has ended it only says why.
func (l *Lease) tryEnd(v *core.Verdict, why error) (e ending, rest []effect) {
	p := l.pool()
	p.mu.Lock()
	defer p.unlock(&rest)
	if l.err != nil {
		return ending{why: l.err}, nil
	}
	l.err = why
	e = ending{why: why, unwait: l.slot.unwait}
	l.slot.unwait = nil
	switch {
	case l.slot.busy && !endsWorker(v.Action):
		e.busy = l.whenFree()
	case !p.broken:
		p.core.Release(p.now(), &l.slot.loan.lease, v)
		rest = p.take()
	}
	return e, rest
}

// endsWorker reports whether a worker is of no more use.
func endsWorker(a recovery.Action) bool { return a == recovery.Remove || a == recovery.Replace }

var errClosedLease = errors.New("the lease was closed without a checkin")
