package wire

import (
	"encoding/binary"
	"errors"
)

// EndOfStream is returned by [Answers] after the last piece. It does not match [io.EOF], which is how a connection ends: a
// stream that the loss of its worker has cut short ends with a *[LostError].
//
//lint:ignore ST1012 it is not a failure, as io.EOF is not
var EndOfStream = errors.New("wire: stream: every piece has been read")

// ErrStreamClosed is returned by [Answers] for a piece that is asked for after the stream was closed before its end.
var ErrStreamClosed = errors.New("wire: stream: closed before its end")

// answers is the answer to a request, as it comes in. Its call gives the slot back as soon as the last frame has been read or
// an error has been returned, not only when the stream is closed.
type answers struct {
	call        *call
	contentType string // of all pieces; the first one names it
	begun       bool
	consumed    int // bytes that the worker does not know to have been taken
	last        bool
}

// Next implements [Answers]. To ask for the next piece is to have consumed the one before.
func (a *answers) Next() (Response, error) {
	c := a.call
	if a.last {
		return Response{State: c.state}, EndOfStream
	}
	if err := a.giveBack(); err != nil {
		return Response{}, err
	}
	f, err := c.next()
	if err != nil {
		return Response{State: c.state}, err
	}
	r, err := c.response(f)
	if err != nil {
		return Response{}, err
	}
	r.State = nil // it comes with the end
	return a.piece(f, r)
}

func (a *answers) piece(f Frame, r Response) (Response, error) {
	c := a.call
	a.consumed += cost(f)
	a.last = c.isLast(f)
	if a.last {
		c.end()
	}
	if !a.begun {
		a.begun, a.contentType = true, r.Meta.ContentType
	}
	r.Meta.ContentType = a.contentType
	if f.Type == TypeChunk && a.last && len(f.Payload) == 0 {
		return Response{State: c.state}, EndOfStream
	}
	return r, nil
}

// giveBack tells the worker what has been consumed, once that is worth a frame.
func (a *answers) giveBack() error {
	c, n := a.call, a.consumed
	if n == 0 || n < c.data.terms.window/4 || c.err != nil || c.ctx.Err() != nil || c.data.isLost() {
		return nil
	}
	a.consumed = 0
	c.wrote = true
	c.credit.Add(int64(n))
	credit := Frame{Type: TypeCredit, ID: c.id, Payload: binary.BigEndian.AppendUint32(nil, uint32(n))}
	err := c.data.writer.write(c.ctx, c.data.grace, credit)
	if err == nil || c.ctx.Err() != nil { // then the next read says so
		return nil
	}
	return c.fail(c.lostBy(err))
}

// Close implements [Answers].
func (a *answers) Close() error {
	c := a.call
	if !a.last && c.err == nil {
		_ = c.fail(c.drop())
	}
	if lost, ok := errors.AsType[*LostError](c.err); ok {
		return lost
	}
	if remote, ok := errors.AsType[*RemoteError](c.err); ok && remote.Fatal {
		return remote
	}
	return nil
}

// drop cancels the rest of a stream and returns what a later call of Next returns.
func (c *call) drop() error {
	f, err := c.abort(ErrStreamClosed)
	switch {
	case err != nil:
		return err
	case f.Type == TypeError:
		return c.remote(f)
	}
	return ErrStreamClosed
}
