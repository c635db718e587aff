package pool

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Stream runs a command that answers in pieces, and yields them as they come: those of a generator in Python, and the
// only one of a command that answers at once. The worker serves nothing else in that slot until the stream ends. A loop
// that is left early cancels the rest. An error comes last, and is one of those of [Pool.Execute]: a loop that ends without
// one has got every piece. The time between two pieces is bounded by SilenceTimeout, and all of it only by ctx. A stream is
// tried again only where no worker has begun it.
func (p *Pool) Stream(ctx context.Context, command string, payload []byte, list ...Option) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		c := p.conf()
		q := newRequest(c, command, payload, list)
		left := false
		_, err := p.watched(ctx, c, &q, func(ctx context.Context) (*Result, error) {
			return p.runStream(ctx, &q, func(piece []byte) bool {
				left = !yield(piece, nil)
				return !left
			})
		})
		if err != nil && !left {
			yield(nil, err)
		}
	}
}

// runStream tries a request until a worker has begun it, or it is not to be tried again.
func (p *Pool) runStream(ctx context.Context, q *request, yield func([]byte) bool) (*Result, error) {
	if err := p.checkRequest(q); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		result, d, err := p.streamOnce(ctx, q, attempt, yield)
		if _, elsewhere := err.(*elsewhereError); elsewhere {
			attempt--
			continue
		}
		if result != nil {
			result.Attempts = attempt
		}
		if err == nil || q.input != nil || mayHaveRun(err) {
			return result, err
		}
		if !d.Retry {
			return result, p.overBudget(d, attempt, err)
		}
		if !p.pause(ctx, q, d, err) {
			return result, err
		}
	}
}

// streamOnce acquires a worker, hands on the pieces of the answer and releases the worker.
func (p *Pool) streamOnce(ctx context.Context, q *request, attempt int, yield func([]byte) bool) (*Result, recovery.Decision, error) {
	c := &call{Context: ctx}
	if err := p.acquire(ctx, c, &q.options, attempt, 0); err != nil {
		return nil, p.retry(ctx, q, attempt, err), err
	}
	l := &c.loan
	link := l.worker.enter()
	defer l.worker.leave()
	f := &flow{loan: l, link: link, call: c, request: q, yield: yield}
	v := core.Verdict{Failure: recovery.Unexpected, Action: recovery.Remove, Err: errPanicked} // unless run returns: a loop may panic
	defer func() {
		if v.Err == errPanicked {
			f.close()
			p.release(&l.lease, &v)
		}
	}()
	learned, err := f.run()
	c.release()
	if e, ok := err.(*elsewhereError); ok {
		v = core.Verdict{}
		e.giveBack(&l.lease)
		return nil, recovery.Decision{}, err
	}
	v = p.verdict(ctx, q, attempt, err)
	v.Learned = learned
	if f.left && err != nil {
		v.Action = recovery.Remove
	}
	d := p.release(&l.lease, &v)
	return &Result{WorkerID: l.worker.id, Version: l.worker.version.label}, d, err
}

// flow is the answer of one stream on its way from the worker to the caller.
type flow struct {
	*loan
	link    instance
	call    *call
	request *request
	yield   func([]byte) bool
	answers wire.Answers // nil before there are any
	left    bool         // the caller has left the loop
}

// run hands the pieces on until the stream ends or the caller leaves it.
func (f *flow) run() (core.Learned, error) {
	p := f.worker.pool
	f.request.version = f.worker.version.label
	defer f.close()
	learned, err := f.adopt(f.call, f.request)
	if err != nil {
		return learned, err
	}
	since, limit := time.Now(), p.conf().SilenceTimeout
	f.call.untilSilence(limit)
	p.begin(&f.lease, f.call, limit)
	f.answers, err = f.link.Stream(f.call, f.wireRequest(f.request))
	for err == nil {
		var piece wire.Response
		if piece, err = f.answers.Next(); err != nil {
			return f.end(learned, since, piece.State, err)
		}
		p.setTimeout(&f.lease, 0) // the time that the caller takes does not count
		if !f.yield(piece.Payload) {
			f.left = true
			return f.leave(learned)
		}
		p.setTimeout(&f.lease, limit)
	}
	return f.end(learned, since, nil, err)
}

// end is what the end of the answers means: only wire.EndOfStream is the end of a whole stream.
func (f *flow) end(learned core.Learned, since time.Time, state *wire.Snapshot, err error) (core.Learned, error) {
	if errors.Is(err, wire.EndOfStream) {
		err = nil
	}
	err = f.explain(f.call, f.request, since, err)
	f.learn(&learned, state, err)
	return learned, err
}

// leave cancels a stream after its caller has left the loop. A worker sends each state of a session once, and this one may have
// come with the end of the stream, which was not read: the worker is asked for it.
func (f *flow) leave(learned core.Learned) (core.Learned, error) {
	w := f.worker
	err := f.answers.Close()
	if err == nil && f.lease.Session != "" {
		err = f.catchUp(&learned)
	}
	if err != nil {
		return learned, &AbandonedError{Worker: w.id, Command: f.request.command, Work: OutcomeUnknown, Err: errLeft}
	}
	return learned, nil
}

// catchUp learns the state of the session as the handler has left it.
func (f *flow) catchUp(learned *core.Learned) error {
	w := f.worker
	learned.Ran = true
	if !f.checkpoint {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), w.pool.conf().Sessions.ExportTimeout)
	defer cancel()
	state, err := w.current().Export(ctx, wire.Session{ID: f.lease.Session, Generation: f.lease.Generation}, false)
	remote, refused := errors.AsType[*wire.RemoteError](err)
	switch {
	case err == nil:
		learned.State = keptState(&state)
	case refused && remote.Kind == wire.KindNoSession:
		learned.Ran = false // the handler never asked for its session
	case !refused:
		return err
	}
	return nil
}

// close ends the answers. A second call does nothing.
func (f *flow) close() {
	if f.answers != nil {
		_ = f.answers.Close() // what it says has been said before
	}
}

// begin lets a request of a lease be overdue after the timeout; 0 means never. It returns false if the lease has ended.
func (p *Pool) begin(l *core.Lease, c *call, timeout time.Duration) (ok bool) {
	p.step(func(now core.Time) { ok = p.core.BeginRequest(now, l, c, timeout) })
	return ok
}

// setTimeout lets a lease be overdue after d from now on; 0 means never. It is called twice for each piece of a stream.
func (p *Pool) setTimeout(l *core.Lease, d time.Duration) {
	p.step(func(now core.Time) { p.core.SetTimeout(now, l, d) })
}

var errLeft = errors.New("its caller has left the stream")
