package pool

import (
	"context"
	"errors"
	"fmt"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// exchange sends one request to the worker and waits for the answer. It needs the worker's turn.
func (h *hold) exchange(ctx context.Context, command string, payload []byte) (*Result, error) {
	limit := h.worker.pool.config.RequestTimeout
	ctx, cancel := context.WithTimeoutCause(ctx, limit, &TimeoutError{What: "RequestTimeout", After: limit})
	defer cancel()
	response, err := h.worker.current().exchange(ctx, wire.Request{
		Command: command, Session: h.session, Generation: h.binding.Generation, Payload: payload,
	})
	if err == nil {
		err = h.accept(response)
	}
	h.last = h.confirm(command, h.explain(ctx, command, err))
	if h.last != nil {
		return nil, h.last
	}
	result := &Result{Payload: response.Payload, WorkerID: h.worker.id, Rebound: h.rebound, Attempts: 1}
	h.rebound = false
	return result, nil
}

// accept refuses an answer that is over the limit, as the SDK does where it is the answer that makes the frame too large.
func (h *hold) accept(response wire.Response) error {
	size, limit := len(response.Payload), h.worker.pool.config.MaxPayload
	if size <= limit {
		return nil
	}
	return &wire.RemoteError{
		Kind: wire.KindTooLarge, Message: fmt.Sprintf("the answer has %d bytes: the limit is %d", size, limit),
	}
}

// confirm enters an answer into the books of the session. Only a result can tell of a loss: until there is one, the session
// has nothing new to lose.
func (h *hold) confirm(command string, err error) error {
	handler, answered := errors.AsType[*HandlerError](err)
	ran := err == nil || (answered && handler.Outcome() == Failed && !h.rebound)
	if h.session == "" || !ran {
		return err
	}
	if !h.worker.pool.index.confirm(h.session, h.binding) && err == nil {
		return &LostError{Worker: h.worker.id, Command: command, Work: Unknown, Err: errMovedOn}
	}
	return err
}

var errMovedOn = errors.New("its session has gone on with another worker")

// explain turns an error of the wire into one that says what is known about the work.
func (h *hold) explain(ctx context.Context, command string, err error) error {
	if err == nil {
		return nil
	}
	w := h.worker
	if lost, ok := errors.AsType[*wire.LostError](err); ok {
		return h.explainLost(ctx, command, lost)
	}
	remote, ok := errors.AsType[*wire.RemoteError](err)
	if !ok { // the context had ended before anything was sent
		return &WaitError{Pool: w.pool.config.Name, Session: h.session, Err: err}
	}
	if remote.Kind == wire.KindUnknownCommand {
		return &UnknownCommandError{Worker: w.id, Command: command, Message: remote.Message}
	}
	return &HandlerError{
		Worker: w.id, Command: command, Kind: string(remote.Kind), Type: remote.Type, Message: remote.Message,
		Traceback: remote.Traceback, Retryable: remote.Retryable, Fatal: remote.Fatal,
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

// judge says what the end of a request means for its worker. What the application answers means nothing.
func judge(err error) verdict {
	switch e := err.(type) {
	case *HandlerError:
		if e.Fatal {
			return broken
		}
	case *LostError, *AbandonedError:
		return broken
	}
	return fine
}
