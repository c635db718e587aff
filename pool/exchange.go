package pool

import (
	"context"
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/pool/affinity"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// exchange sends one request to the worker and waits for the answer. It needs the turn.
func (h *hold) exchange(ctx context.Context, q *request) (*Result, error) {
	limit := h.worker.pool.conf().RequestTimeout
	ctx, cancel := context.WithTimeoutCause(ctx, limit, &TimeoutError{What: "RequestTimeout", After: limit})
	defer cancel()
	response, err := h.ask(ctx, q)
	if h.last = h.settle(ctx, q, response, err); h.last != nil {
		return nil, h.last
	}
	result := &Result{
		Payload: response.Payload, ContentType: response.Meta.ContentType, WorkerID: h.worker.id, Rebound: h.rebound,
	}
	h.rebound = false
	return result, nil
}

// ask lets the worker take over what was kept of the session, and then sends the request.
func (h *hold) ask(ctx context.Context, q *request) (wire.Response, error) {
	if err := h.adopt(ctx); err != nil {
		return wire.Response{}, err
	}
	response, err := h.worker.current().Exchange(ctx, h.wireRequest(q))
	if err == nil {
		err = h.accept(response)
	}
	return response, err
}

// adopt gives the worker the session's snapshot. One that it does not take is a loss like any other.
func (h *hold) adopt(ctx context.Context) error {
	if h.adopted {
		return nil
	}
	kept := h.binding.Snapshot
	err := h.worker.current().Import(ctx, wire.Session{ID: h.session, Generation: h.binding.Generation},
		wire.Snapshot{ContentType: kept.ContentType, Payload: kept.Data})
	h.adopted = err == nil
	_, remote := errors.AsType[*wire.RemoteError](err)
	if !remote && !errors.Is(err, wire.ErrNotSupported) {
		return unsent(err)
	}
	p := h.worker.pool
	p.index.sessions.Lose(h.session, h.binding.Generation)
	p.conf().Logger.Warn("a worker did not take a session over", "pool", p.name, "worker", h.worker.id, "session", h.session, "err", err)
	h.adopted, h.rebound = true, true
	if h.affinity != Prefer {
		p.index.sessions.Acknowledge(h.session)
		return &SessionLostError{Pool: p.name, Session: h.session, Err: err}
	}
	return nil
}

// unsent says that the request itself was not sent: it was the session's snapshot that was on its way.
func unsent(err error) error {
	if lost, ok := errors.AsType[*wire.LostError](err); ok {
		return &wire.LostError{Sent: wire.NotSent, Err: lost.Err}
	}
	return err
}

// accept refuses an answer that is over the limit, as the SDK does where it is the answer that makes the frame too large.
func (h *hold) accept(response wire.Response) error {
	size, limit := len(response.Payload), h.worker.pool.conf().MaxPayload
	if size <= limit {
		return nil
	}
	return &wire.RemoteError{
		Kind: wire.KindTooLarge, Message: fmt.Sprintf("the answer has %d bytes: the limit is %d", size, limit),
	}
}

// settle enters what came of a request into the books of the session, and returns it in the words of the pool.
func (h *hold) settle(ctx context.Context, q *request, response wire.Response, err error) error {
	err = h.explain(ctx, q.command, err)
	handler, answered := errors.AsType[*HandlerError](err)
	ran := err == nil || (answered && handler.Outcome() == Failed)
	if h.session == "" || !ran {
		return err
	}
	if !h.enterState(response.State, err == nil && !q.stream) && err == nil {
		return &LostError{Worker: h.worker.id, Command: q.command, Work: Unknown, Err: errMovedOn}
	}
	return err
}

// enterState enters the session's state into the books, unless the session has moved on. Only a result tells of a loss:
// until there is one, whoever is next is told.
func (h *hold) enterState(state *wire.Snapshot, told bool) bool {
	index := &h.worker.pool.index
	return index.confirm(h.session, h.binding, func() {
		h.keep(state)
		if h.rebound && !told {
			index.sessions.Untold(h.session, h.binding.Generation)
		}
	})
}

// keep notes that the worker has the session's state, and what came along of it.
func (h *hold) keep(state *wire.Snapshot) {
	p := h.worker.pool
	sessions, generation := &p.index.sessions, h.binding.Generation
	switch {
	case state != nil:
		if err := sessions.Keep(h.session, generation, affinity.Snapshot{ContentType: state.ContentType, Data: state.Payload}); err != nil {
			p.counters.unkept.Add(1)
			p.conf().Logger.Warn("the state of a session is not kept", "pool", p.name, "worker", h.worker.id, "session", h.session, "err", err)
		}
	case h.worker.checkpoints:
		sessions.Unchanged(h.session, generation)
	default:
		sessions.Confirm(h.session, generation)
	}
}

var errMovedOn = errors.New("its session has gone on with another worker")

// explain turns an error of the wire into one that says what is known about the work.
func (h *hold) explain(ctx context.Context, command string, err error) error {
	w := h.worker
	if err == nil {
		return nil
	}
	switch e := err.(type) {
	case *SessionLostError:
		return err
	case *wire.LostError:
		return h.explainLost(ctx, command, e)
	case *wire.CancelledError:
		return &AbandonedError{Worker: w.id, Command: command, Work: Unknown, Stopped: true, Err: e.Err}
	case *wire.NotSupportedError:
		return &RequestError{Pool: w.pool.name, Command: command, What: "the worker cannot do it", Err: e}
	case *wire.RemoteError:
		return h.explainAnswer(command, e)
	default: // the context had ended before anything was sent
		return &WaitError{Pool: w.pool.name, Session: h.session, Err: err}
	}
}

func (h *hold) explainAnswer(command string, e *wire.RemoteError) error {
	if e.Kind == wire.KindUnknownCommand {
		return &UnknownCommandError{Worker: h.worker.id, Command: command, Message: e.Message}
	}
	return &HandlerError{
		Worker: h.worker.id, Command: command, Kind: string(e.Kind), Type: e.Type, Message: e.Message,
		Traceback: e.Traceback, Retryable: e.Retryable, Fatal: e.Fatal,
	}
}

// explainLost says whether the caller gave up or the worker did.
func (h *hold) explainLost(ctx context.Context, command string, lost *wire.LostError) error {
	work := Unknown
	if lost.Sent == wire.NotSent {
		work = NotRun
	}
	if ctx.Err() != nil && errors.Is(lost.Err, context.Cause(ctx)) {
		return &AbandonedError{Worker: h.worker.id, Command: command, Work: work, Err: lost.Err}
	}
	return h.lost(command, work, lost.Err)
}

// lost says how the worker ended, if it has, else why it is of no more use.
func (h *hold) lost(command string, work Outcome, why error) error {
	w := h.worker
	if i := w.current(); isDone(i, settling) {
		why = &ExitError{How: i.exit()}
	}
	return &LostError{Worker: w.id, Command: command, Work: work, Err: why, Output: w.output()}
}
