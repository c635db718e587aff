package pool

import (
	"errors"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// exchange sends one request to the worker and waits for the answer. It also returns what that shows of the session.
//
// The caller has entered the worker, which gave it the link. It leaves when it has released the slot: a worker that is gone
// waits for that, before what has not been released counts as interrupted.
func (l *loan) exchange(c *call, link instance, q *request) (*Result, core.Learned, error) {
	w := l.worker
	q.version = w.version.label
	learned, err := l.adopt(c, q)
	if err != nil {
		return nil, learned, err
	}
	since := time.Now()
	response, err := link.Exchange(c, l.wireRequest(q))
	if err == nil {
		err = l.accept(response)
	}
	err = l.explain(c, q, since, err)
	l.learn(&learned, response.State, err)
	if err != nil {
		return nil, learned, err
	}
	result := &Result{
		Payload: response.Payload, ContentType: response.Meta.ContentType, WorkerID: w.id, Version: w.version.label, Rebound: l.rebound,
	}
	learned.Told, l.rebound = l.rebound, false
	return result, learned, nil
}

// wireRequest is the request as the worker gets it.
func (l *loan) wireRequest(q *request) wire.Request {
	l.checkpoint = l.lease.Session != "" && l.worker.sessions && l.worker.pool.conf().Sessions.Checkpoint
	return wire.Request{
		Command: q.command, Session: l.lease.Session, Generation: l.lease.Generation, Payload: q.payload,
		Meta:       wire.Metadata{ContentType: q.contentType, Traceparent: q.traceparent},
		Input:      q.input,
		InputType:  q.inputType,
		Checkpoint: l.checkpoint,
	}
}

// adopt gives the worker the state that was kept of the session. A state that the worker refuses is lost, unless the core
// knows of workers that take it. Where the request goes on with another worker, the error is an *elsewhereError.
func (l *loan) adopt(c *call, q *request) (core.Learned, error) {
	if l.adopted {
		return core.Learned{}, nil
	}
	p := l.worker.pool
	outcome, err := l.takeOver(c, q)
	switch {
	case l.handedOver:
		return core.Learned{}, err
	case outcome == core.CarryDone:
		l.adopted, l.lease.Import = true, nil
		return core.Learned{Imported: true}, nil
	case outcome == core.CarryLost: // a worker that has died says nothing of the state
		return core.Learned{}, l.explain(c, q, time.Now(), unsent(err))
	}
	stuck := outcome == core.CarryStuck
	if l.refused(stuck, err) {
		return core.Learned{}, &elsewhereError{worker: l.worker, session: l.lease.Session, stays: true, stuck: stuck, err: err}
	}
	l.logRefusal(err)
	l.adopted, l.rebound = true, true
	learned := core.Learned{ImportFailed: true}
	switch {
	case q.affinity != AffinityPrefer:
		learned.Told, l.rebound = true, false
		return learned, &SessionLostError{Pool: p.name, Session: l.lease.Session, Err: err, stuck: stuck}
	case stuck:
		return learned, &elsewhereError{worker: l.worker, session: l.lease.Session, stuck: true, learned: learned, err: err}
	}
	return learned, nil
}

// logRefusal logs that the state of a session is lost, since the worker has refused it and no other one takes it.
func (l *loan) logRefusal(err error) {
	p := l.worker.pool
	p.conf().Logger.Warn("a worker did not take the state of a session over", "pool", p.name, "worker", l.worker.id,
		"session", l.lease.Session, "err", err)
}

// isAlive reports whether a worker that has failed to take a state over can go on: it has said so, or has stopped in time.
func isAlive(err error) bool {
	_, answered := errors.AsType[*wire.RemoteError](err)
	_, stopped := errors.AsType[*wire.CancelledError](err)
	return answered || stopped
}

// refused asks the core whether the session goes on with another worker, since this one does not take its state over.
func (l *loan) refused(stuck bool, err error) (elsewhere bool) {
	p := l.worker.pool
	p.step(func(now core.Time) { elsewhere = p.core.Refused(now, &l.lease, stuck, err) })
	return elsewhere
}

// elsewhereError ends an attempt because its worker did not take the state of the session over. The request goes on with
// another one. No caller sees it.
type elsewhereError struct {
	worker  *worker
	session string
	stays   bool // workers of the version that has written the state go on with the session; otherwise it begins anew
	stuck   bool // the worker is of no more use
	learned core.Learned
	err     error
}

func (e *elsewhereError) Error() string { return "pool: the session goes on elsewhere: " + text(e.err) }

// giveBack releases a lease of an attempt that goes on elsewhere, which says nothing of the request.
func (e *elsewhereError) giveBack(l *core.Lease) {
	if e.stays {
		e.worker.pool.conf().Logger.Warn("a worker of the new version did not take the state of a session over: it stays with the old one",
			"pool", e.worker.pool.name, "worker", e.worker.id, "version", e.worker.version.label, "session", e.session, "err", e.err)
	}
	v := core.Verdict{Learned: e.learned, NoRequest: true}
	if e.stuck {
		v.Failure, v.Err = recovery.TimeoutStuck, e.err
	}
	e.worker.pool.release(l, &v)
}

// unsent says that the request itself was not sent: it was the state of the session that was on its way.
func unsent(err error) error {
	switch e := err.(type) {
	case *wire.LostError:
		return &wire.LostError{Sent: wire.NotSent, Err: e.Err}
	case *wire.CancelledError:
		return &wire.CancelledError{Err: e.Err}
	}
	return err
}

// accept refuses an answer that is over the limit, as the SDK does where it is the answer that makes the frame too large.
func (l *loan) accept(response wire.Response) error {
	size, limit := len(response.Payload), l.worker.pool.conf().MaxPayload
	if size <= limit {
		return nil
	}
	return &wire.RemoteError{
		Kind: wire.KindTooLarge, Message: fmt.Sprintf("the answer has %d bytes: the limit is %d", size, limit),
	}
}

// learn notes what an answer shows of the state of the session. A handler that failed has run, too.
func (l *loan) learn(learned *core.Learned, state *wire.Snapshot, err error) {
	handler, answered := errors.AsType[*HandlerError](err)
	if l.lease.Session == "" || (err != nil && (!answered || handler.outcome() != OutcomeFailed)) {
		return
	}
	learned.Ran, learned.Unchanged = true, l.checkpoint
	if state != nil {
		learned.State = keptState(state)
	}
}

// explain turns an error of the link into one that says what is known about the work.
func (l *loan) explain(c *call, q *request, since time.Time, err error) error {
	w := l.worker
	switch e := err.(type) {
	case nil:
		return nil
	case *wire.LostError:
		return l.explainLost(c, q, e)
	case *wire.CancelledError:
		a := &AbandonedError{Worker: w.id, Command: q.command, Work: OutcomeUnknown, Stopped: true, Err: c.ending(e.Err)}
		if !e.Begun {
			a.Work, a.Unbegun = OutcomeNotRun, time.Since(since)
		}
		return a
	case *wire.NotSupportedError:
		return &RequestError{Pool: w.pool.name, Command: q.command, What: "the worker cannot do it", Err: e}
	case *wire.RemoteError:
		return l.explainAnswer(q, e)
	default: // the context had ended before anything was sent
		return &WaitError{Pool: w.pool.name, Session: l.lease.Session, Err: c.ending(err)}
	}
}

// explainAnswer is explain for an error that the worker has sent: the work is known to have ended.
func (l *loan) explainAnswer(q *request, e *wire.RemoteError) error {
	if e.Kind == wire.KindUnknownCommand {
		return &UnknownCommandError{Worker: l.worker.id, Command: q.command, Message: e.Message}
	}
	return &HandlerError{
		Worker: l.worker.id, Command: q.command, Kind: string(e.Kind), Type: e.Type, Message: e.Message,
		Traceback: e.Traceback, Retryable: e.Retryable, Fatal: e.Fatal,
	}
}

// explainLost says whether the caller gave up or the worker did.
func (l *loan) explainLost(c *call, q *request, lost *wire.LostError) error {
	work := OutcomeUnknown
	if lost.Sent == wire.NotSent {
		work = OutcomeNotRun
	}
	if c.gaveUp(lost.Err) {
		return &AbandonedError{Worker: l.worker.id, Command: q.command, Work: work, Err: c.ending(lost.Err)}
	}
	err := l.worker.lost(q.command, work, lost.Err)
	err.Err = l.forced(err.Err)
	return err
}

// forced says so where the worker had to leave without waiting for the request.
func (l *loan) forced(how error) error {
	p := l.worker.pool
	var why core.Reason
	var atOnce, forced bool
	p.step(func(core.Time) { why, atOnce, forced = p.core.Forced(&l.lease) })
	if !forced {
		return how
	}
	e := &ForcedError{Reason: Reason(why), Err: how}
	if !atOnce {
		e.After = p.conf().Shutdown.ShutdownTimeout
	}
	return e
}

// lost says how the worker ended, if it has, else why it is of no more use.
func (w *worker) lost(command string, work Outcome, why error) *LostError {
	patience := settling
	if isHangup(why) {
		patience = dying
	}
	if i := w.current(); isDone(i, patience) {
		why = &ExitError{How: i.exit()}
	}
	return &LostError{Worker: w.id, Command: command, Work: work, Err: why, Output: w.output()}
}

// suspectAfter is how long a worker may take to begin a request before it is suspected, when the caller gives up.
const suspectAfter = 100 * time.Millisecond

// isSuspect reports whether the worker had time to begin the request, and did not.
func isSuspect(err error) bool {
	a, ok := errors.AsType[*AbandonedError](err)
	return ok && a.Unbegun >= suspectAfter
}

// errPanicked is the verdict on a request during which code of the caller panicked or ended its goroutine.
var errPanicked = errors.New("pool: the caller of the request panicked")
