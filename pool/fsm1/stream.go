package fsm1

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// answers is the answer to a request, as it comes in. Its call gives the slot back as soon as the last frame has been read or
// an error has been returned, not only when the stream is closed.
type answers struct {
	call        *call
	contentType string // of all pieces; the first one names it
	begun       bool
	consumed    int // bytes that the worker does not know to have been taken
	last        bool
}

// Next implements [wire.Answers]. To ask for the next piece is to have consumed the one before.
func (a *answers) Next() (wire.Response, error) {
	c := a.call
	if a.last {
		return wire.Response{State: c.state}, wire.EndOfStream
	}
	if err := a.giveBack(); err != nil {
		return wire.Response{}, err
	}
	f, err := c.next()
	if err != nil {
		return wire.Response{State: c.state}, err
	}
	r, err := c.response(f)
	if err != nil {
		return wire.Response{}, err
	}
	r.State = nil // it comes with the end
	return a.piece(f, r)
}

func (a *answers) piece(f frame.Frame, r wire.Response) (wire.Response, error) {
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
	if f.Type == frame.TypeChunk && a.last && len(f.Payload) == 0 {
		return wire.Response{State: c.state}, wire.EndOfStream
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
	credit := frame.Frame{Type: frame.TypeCredit, ID: c.id, Payload: binary.BigEndian.AppendUint32(nil, uint32(n))}
	err := c.data.writer.write(c.ctx, c.data.grace, credit)
	if err == nil || c.ctx.Err() != nil { // then the next read says so
		return nil
	}
	return c.fail(c.lostBy(err))
}

// Close implements [wire.Answers].
func (a *answers) Close() error {
	c := a.call
	if !a.last && c.err == nil {
		_ = c.fail(c.drop())
	}
	if lost, ok := errors.AsType[*wire.LostError](c.err); ok {
		return lost
	}
	if remote, ok := errors.AsType[*wire.RemoteError](c.err); ok && remote.Fatal {
		return remote
	}
	return nil
}

// drop cancels the rest of a stream and returns what a later call of Next returns.
func (c *call) drop() error {
	f, err := c.abort(wire.ErrStreamClosed)
	switch {
	case err != nil:
		return err
	case f.Type == frame.TypeError:
		return c.remote(f)
	}
	return wire.ErrStreamClosed
}

// input is the sender of the stream that a request brings along. It sends as much as the credit of the worker allows, and ends with
// the context of its call.
type input struct {
	call *call

	window int
	mu     sync.Mutex
	credit int           // bytes that may be sent, at most window
	news   chan struct{} // that there is more credit
}

func newInput(c *call, window int) *input {
	return &input{call: c, window: window, credit: window, news: make(chan struct{}, 1)}
}

// send runs until the pieces or the request end.
func (in *input) send(contentType string, pieces iter.Seq2[[]byte, error]) {
	f := frame.Frame{Type: frame.TypeChunk, ID: in.call.id}
	if contentType != "" {
		f.Meta, _ = json.Marshal(wire.Metadata{ContentType: contentType}) // a struct of strings and a number
	}
	for piece, err := range pieces {
		f.Payload = piece
		if err == nil && !in.write(f) {
			return
		}
		if err != nil {
			in.call.give(err)
			return
		}
		f.Meta = nil
	}
	f.Flags, f.Payload = frame.FlagLast, nil
	in.write(f)
}

// write returns false when there is no use in further pieces.
func (in *input) write(f frame.Frame) bool {
	if !in.spend(cost(f)) {
		return false
	}
	c := in.call
	err := c.data.writer.write(c.ctx, c.data.grace, f)
	if err != nil && c.ctx.Err() == nil {
		c.give(c.failed(err))
	}
	return err == nil
}

// failed is what a piece that could not be written means: that it is too large, or the loss of the connection.
func (c *call) failed(err error) error {
	if refused(err) {
		return err
	}
	return c.data.lose(err)
}

// spend waits until the credit is above zero and takes n from it. It returns false if the call has ended.
func (in *input) spend(n int) bool {
	for in.call.ctx.Err() == nil {
		if in.take(n) {
			return true
		}
		select {
		case <-in.news:
		case <-in.call.ctx.Done():
		}
	}
	return false
}

func (in *input) take(n int) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	enough := in.credit > 0
	if enough {
		in.credit -= n
	}
	return enough
}

// grant adds the bytes that the worker has consumed, which are no more than it was sent.
func (in *input) grant(n int) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if under := in.window - in.credit; n > under {
		return &wire.ProtocolError{Field: "credit", Seen: fmt.Sprintf("%d bytes", n), Allowed: fmt.Sprintf("%d or less, as are on the way", under)}
	}
	in.credit += n
	select {
	case in.news <- struct{}{}:
	default:
	}
	return nil
}
