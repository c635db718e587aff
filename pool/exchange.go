package pool

import (
	"errors"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/core"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// exchange sends one request to the worker and waits for the answer. It also returns what that shows of the session.
func (l *loan) exchange(c *call, q *request) (*Result, core.Learned, error) {
	w := l.worker
	link := w.enter()
	defer w.leave()
	learned, err := l.adopt(c, link, q)
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
		Payload: response.Payload, ContentType: response.Meta.ContentType, WorkerID: w.id, Rebound: l.rebound,
	}
	learned.Told, l.rebound = l.rebound, false
	return result, learned, nil
}

// wireRequest is the request as the worker gets it.
func (l *loan) wireRequest(q *request) wire.Request {
	return wire.Request{
		Command: q.command, Session: l.lease.Session, Generation: l.lease.Generation, Payload: q.payload,
		Meta:       wire.Metadata{ContentType: q.contentType, Traceparent: q.traceparent},
		Input:      q.input,
		InputType:  q.inputType,
		Checkpoint: l.lease.Session != "" && l.worker.checkpoints,
	}
}

// adopt gives the worker the state that was kept of the session. A state that the worker refuses is lost.
func (l *loan) adopt(c *call, link instance, q *request) (core.Learned, error) {
	if l.adopted {
		return core.Learned{}, nil
	}
	kept, p := l.lease.Import, l.worker.pool
	err := link.Import(c, wire.Session{ID: l.lease.Session, Generation: l.lease.Generation},
		wire.Snapshot{ContentType: kept.ContentType, Payload: kept.Data})
	if err == nil {
		l.adopted, l.lease.Import = true, nil
		return core.Learned{Imported: true}, nil
	}
	_, remote := errors.AsType[*wire.RemoteError](err)
	if !remote && !errors.Is(err, wire.ErrNotSupported) {
		return core.Learned{}, l.explain(c, q, time.Now(), unsent(err))
	}
	p.conf().Logger.Warn("a worker did not take the state of a session over", "pool", p.name, "worker", l.worker.id,
		"session", l.lease.Session, "err", err)
	l.adopted, l.rebound = true, true
	learned := core.Learned{ImportFailed: true}
	if q.affinity != Prefer {
		learned.Told, l.rebound = true, false
		return learned, &SessionLostError{Pool: p.name, Session: l.lease.Session, Err: err}
	}
	return learned, nil
}

// unsent says that the request itself was not sent: it was the state of the session that was on its way.
func unsent(err error) error {
	if lost, ok := errors.AsType[*wire.LostError](err); ok {
		return &wire.LostError{Sent: wire.NotSent, Err: lost.Err}
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
	if l.lease.Session == "" || (err != nil && (!answered || handler.Outcome() != Failed)) {
		return
	}
	learned.Ran, learned.Unchanged = true, l.worker.checkpoints
	if state != nil {
		learned.State = &core.Snapshot{ContentType: state.ContentType, Data: state.Payload}
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
		a := &AbandonedError{Worker: w.id, Command: q.command, Work: Unknown, Stopped: true, Err: e.Err}
		if !e.Begun {
			a.Work, a.Unbegun = NotRun, time.Since(since)
		}
		return a
	case *wire.NotSupportedError:
		return &RequestError{Pool: w.pool.name, Command: q.command, What: "the worker cannot do it", Err: e}
	case *wire.RemoteError:
		return l.explainAnswer(q, e)
	default: // the context had ended before anything was sent
		return &WaitError{Pool: w.pool.name, Session: l.lease.Session, Err: err}
	}
}

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
	work := Unknown
	if lost.Sent == wire.NotSent {
		work = NotRun
	}
	if c.gaveUp(lost.Err) {
		return &AbandonedError{Worker: l.worker.id, Command: q.command, Work: work, Err: lost.Err}
	}
	return l.worker.lost(q.command, work, lost.Err)
}

// lost says how the worker ended, if it has, else why it is of no more use.
func (w *worker) lost(command string, work Outcome, why error) error {
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
