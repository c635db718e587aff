package pool

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Stream runs a command whose answer comes in pieces, and yields them as they come: those of a generator in Python, and the
// only one of a command that answers at once. The worker belongs to the stream until it ends. A loop that is left early
// cancels the rest. An error comes last, and is one of those of [Pool.Execute]; the time between two pieces is bounded by
// SilenceTimeout, and all of it only by ctx. A stream is not tried again once a worker has it.
func (p *Pool) Stream(ctx context.Context, command string, payload []byte, list ...Option) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		c := p.conf()
		o := optionsOf(c, list)
		q := o.request(command, payload)
		q.stream = true
		left := false
		_, err := p.watched(ctx, c, &q, o.wish, func(ctx context.Context) (*Result, error) {
			return p.stream(ctx, &q, o.wish, func(piece []byte) bool {
				left = !yield(piece, nil)
				return !left
			})
		})
		if err != nil && !left {
			yield(nil, err)
		}
	}
}

func (p *Pool) stream(ctx context.Context, q *request, w wish, yield func([]byte) bool) (*Result, error) {
	if err := p.checkRequest(q.command, w.session, q.payload); err != nil {
		return nil, err
	}
	h, err := p.take(ctx, w)
	if err != nil {
		return nil, err
	}
	if err := h.begin(ctx, q.command); err != nil {
		h.checkin(p.judge(err), err)
		return nil, err
	}
	action, err := recovery.Remove, errLeft // unless flow returns: a loop may panic
	defer func() {
		h.finish()
		h.checkin(action, err)
	}()
	if action, err = h.flow(ctx, q, yield); err != nil {
		h.decided(action, err)
	}
	return &Result{WorkerID: h.worker.id, Attempts: 1}, err
}

// flow hands on the pieces of an answer, and says what their end means for the worker.
func (h *hold) flow(ctx context.Context, q *request, yield func([]byte) bool) (recovery.Action, error) {
	p := h.worker.pool
	ctx, quiet := withSilence(ctx, p.conf().SilenceTimeout)
	defer quiet.stop()
	answers, err := h.open(ctx, q)
	for err == nil {
		var piece wire.Response
		if piece, err = answers.Next(); err != nil {
			err = h.settle(ctx, q, piece, ended(err))
			return p.judge(err), err
		}
		quiet.pause()
		if !yield(piece.Payload) {
			return h.quit(q, answers)
		}
		quiet.resume()
	}
	err = h.settle(ctx, q, wire.Response{}, err)
	return p.judge(err), err
}

// quit ends a stream that its client has left.
func (h *hold) quit(q *request, answers wire.Answers) (recovery.Action, error) {
	err := answers.Close()
	if err == nil {
		err = h.catchUp()
	}
	if err != nil {
		return recovery.Remove, &AbandonedError{Worker: h.worker.id, Command: q.command, Work: Unknown, Err: errLeft}
	}
	return recovery.Keep, nil
}

// catchUp enters the session's state as the handler has left it. A worker sends each state once, and this one may have come
// with the end of the stream, which nobody has read.
func (h *hold) catchUp() error {
	if h.session == "" {
		return nil
	}
	if !h.worker.checkpoints {
		h.enterState(nil, false)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.worker.pool.conf().ExportTimeout)
	defer cancel()
	state, err := h.worker.current().Export(ctx, wire.Session{ID: h.session, Generation: h.binding.Generation}, false)
	remote, refused := errors.AsType[*wire.RemoteError](err)
	switch {
	case err == nil:
		h.enterState(&state, false)
	case refused && remote.Kind != wire.KindNoSession:
		h.enterState(nil, false)
	case !refused:
		return err
	}
	return nil
}

// open sends the request of a stream.
func (h *hold) open(ctx context.Context, q *request) (wire.Answers, error) {
	if err := h.adopt(ctx); err != nil {
		return nil, err
	}
	return h.worker.current().Stream(ctx, h.wireRequest(q))
}

// ended is nil where a stream has come to its end.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

var errLeft = errors.New("its client has left the stream")

// silence ends a context when nothing has been heard for too long. The time in which the client works on a piece does not
// count.
type silence struct {
	timer *time.Timer
	limit time.Duration
	end   context.CancelCauseFunc
}

func withSilence(ctx context.Context, limit time.Duration) (context.Context, *silence) {
	ctx, end := context.WithCancelCause(ctx)
	s := &silence{limit: limit, end: end}
	s.timer = time.AfterFunc(limit, func() { end(&TimeoutError{What: "SilenceTimeout", After: limit}) })
	return ctx, s
}

func (s *silence) pause()  { s.timer.Stop() }
func (s *silence) resume() { s.timer.Reset(s.limit) }

func (s *silence) stop() {
	s.timer.Stop()
	s.end(nil)
}
