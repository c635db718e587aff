package pool

import (
	"context"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// takeover is the work of a worker that is given the state of a session for a request. It is the pool's work and not that of
// the caller: it has Sessions.ExportTimeout, and goes on when the caller has given up.
//
// Example: an import hook takes 1.5 s, and each caller waits for 1 s. The first request ends after 1 s, and its slot becomes
// that of the takeover. The second request waits for the slot of its session, for 0.5 s, and is served with the state.
type takeover struct {
	loan    loan          // of the request; after the request that of the takeover alone
	outcome chan imported // has a reader while the request waits
	left    chan struct{} // closed when the request has ended, and lease is set
	lease   core.Lease    // of the takeover after the request
}

// imported is what has come of a takeover.
type imported struct {
	outcome core.CarryOutcome // not CarryKept
	err     error
}

// takeOver gives the worker the state of the session, and waits for that as long as the request lasts. A request that ends
// before hands its lease over.
func (l *loan) takeOver(c *call, q *request) (core.CarryOutcome, error) {
	t := &takeover{loan: *l, outcome: make(chan imported), left: make(chan struct{})}
	go t.run() // it ends with the worker at the latest
	select {
	case o := <-t.outcome:
		return o.outcome, o.err
	case <-c.Done():
	}
	l.worker.pool.step(func(now core.Time) { t.lease = l.worker.pool.core.HandOver(now, &l.lease) })
	l.handedOver = true
	close(t.left)
	return core.CarryLost, &AbandonedError{
		Worker: l.worker.id, Command: q.command, Work: OutcomeNotRun, Stopped: true, Err: &takingOverError{c.ending(c.Err())},
	}
}

// run imports the state. Where the request has ended meanwhile, it gives the slot back.
func (t *takeover) run() {
	l := &t.loan
	limit := l.worker.pool.conf().Sessions.ExportTimeout
	ctx, cancel := context.WithTimeoutCause(context.Background(), limit, &TimeoutError{What: "Sessions.ExportTimeout", After: limit})
	defer cancel()
	var o imported
	id := wire.Session{ID: l.lease.Session, Generation: l.lease.Generation}
	state := sentState(l.lease.Import)
	o.outcome, o.err = l.worker.receive(ctx, id, &state)
	select {
	case t.outcome <- o:
	case <-t.left:
		t.settle(o)
	}
}

// settle tells the core what has come of a takeover that no request waits for. A loss is told to the next one.
func (t *takeover) settle(o imported) {
	l := &t.loan
	v := core.Verdict{NoRequest: true}
	switch o.outcome {
	case core.CarryDone:
		v.Imported = true
	case core.CarryLost:
		v.Failure, v.Err = recovery.LostUnsent, o.err
	default:
		l.lease = t.lease
		stuck := o.outcome == core.CarryStuck
		if v.ImportFailed = !l.refused(stuck, o.err); v.ImportFailed {
			l.logRefusal(o.err)
		}
		if stuck {
			v.Failure, v.Err = recovery.TimeoutStuck, o.err
		}
	}
	l.worker.pool.release(&t.lease, &v)
}

// takingOverError is the end of a request while its session was being taken over.
type takingOverError struct{ err error }

func (e *takingOverError) Error() string {
	return "the worker was taking the state of the session over: " + text(e.err)
}

func (e *takingOverError) Unwrap() error { return e.err }
