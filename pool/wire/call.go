package wire

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
)

// call is one request, export or import that waits for its answer. It belongs to the caller, but for the fields of the
// goroutine that reads the connection.
type call struct {
	data       *Data
	id         uint64
	kind       Type // of the frame that began it
	stream     bool // the answer may come in chunks
	checkpoint bool // the answer may bring the state of the session along
	counts     bool // it takes one of the slots
	slot       int  // of the memory; negative without
	command    string
	session    string

	ctx       context.Context
	give      context.CancelCauseFunc // ends ctx because the input failed; nil without input
	interrupt interrupt               // of the caller's own reads
	inbox     *inbox                  // what another goroutine has read; nil if the caller reads
	input     *input                  // nil without

	cancelled atomic.Bool   // the worker has been asked to stop
	written   atomic.Uint64 // 1 + how many probes had begun when all of the request was written; 0 before
	reads     atomic.Bool   // frames that arrive are read at once: by the goroutine that reads for all, or by the caller
	credit    atomic.Int64  // what the worker may still send, in bytes

	// These belong to the goroutine that reads.
	brought bool // a snapshot has come
	begun   bool // a chunk has come
	ended   bool // the last frame has come

	// These belong to the lock of the data connection.
	seen     bool          // the worker has said that it has begun the request, or has sent a frame of it
	answered chan struct{} // closed when the last frame has been read; nil while nothing waits for that

	// These belong to the caller.
	into  []byte    // where the answer is to go; nil for memory of its own
	wrote bool      // something was written after the request
	state *Snapshot // of the session
	err   error     // what ended the call
	left  bool      // nothing is left to give back
}

// next returns the next frame that the caller has to know of: a RESPONSE, CHUNK, IMPORTED, or the SNAPSHOT of an export.
// Any other end of the call is an error.
func (c *call) next() (Frame, error) {
	if c.err != nil {
		return Frame{}, c.err
	}
	for {
		f, err := c.receive()
		if err != nil {
			return Frame{}, c.fail(err)
		}
		switch f.Type {
		case TypeError:
			return Frame{}, c.fail(c.remote(f))
		case TypeSnapshot:
			if err := c.keep(f); err != nil {
				return Frame{}, c.fail(c.lostBy(err))
			}
			if c.kind == TypeExport {
				return f, nil
			}
		case TypeCancelled:
			return Frame{}, c.fail(c.stopped(f))
		default:
			return f, nil
		}
	}
}

// fail ends the call with err.
func (c *call) fail(err error) error {
	c.err = err
	c.end()
	return err
}

// isLast reports whether the worker sends nothing but late credit for the call after f. It is decided by the frame: the fields
// of the reader may change at any time.
func (c *call) isLast(f Frame) bool {
	switch f.Type {
	case TypeChunk:
		return f.Flags&FlagLast != 0
	case TypeCredit:
		return false
	case TypeSnapshot:
		return c.kind == TypeExport
	}
	return true
}

// receive waits for the next frame of the call. When ctx ends, it cancels the request and waits for its end.
func (c *call) receive() (Frame, error) {
	f, err := c.wait(c.ctx)
	if err == nil || !c.interrupted(err) {
		return f, c.lostBy(err)
	}
	return c.abort(context.Cause(c.ctx))
}

// interrupted reports whether err is the end of ctx.
func (c *call) interrupted(err error) bool {
	if c.ctx.Err() == nil {
		return false
	}
	if c.inbox != nil {
		return errors.Is(err, context.Cause(c.ctx))
	}
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// wait returns the next frame of the call, without regard to what it means.
func (c *call) wait(ctx context.Context) (Frame, error) {
	if c.inbox != nil {
		return c.inbox.take(ctx)
	}
	c.reads.Store(true)
	defer c.reads.Store(false)
	for {
		f, to, err := c.data.readFrame()
		if err != nil || to == c {
			return f, err
		}
	}
}

// lostBy makes a failed read the loss of the connection.
func (c *call) lostBy(err error) error {
	if err == nil {
		return nil
	}
	sent := SentUnknown
	if c.data.terms.slots == 1 && !c.wrote && c.input == nil {
		sent = sentAfter(err, c.data.conn.stream)
	}
	return &LostError{Sent: sent, Err: c.data.lose(err)}
}

// remote is the worker's error, or the loss of a connection on which it cannot be read.
func (c *call) remote(f Frame) error {
	err := remoteError(f)
	if _, ok := errors.AsType[*RemoteError](err); ok {
		return err
	}
	return c.lostBy(err)
}

// stopped is what a CANCELLED frame means.
func (c *call) stopped(f Frame) error {
	var meta struct {
		Begun *bool `json:"begun"`
	}
	if len(f.Meta) > 0 {
		if err := decodeJSON("metadata", f.Meta, &meta); err != nil {
			return c.lostBy(err)
		}
	}
	return &CancelledError{Begun: meta.Begun == nil || *meta.Begun, Err: context.Cause(c.ctx)}
}

// keep keeps the state of the session that has come.
func (c *call) keep(f Frame) error {
	contentType, exportedBy, err := decodeState(f.Meta)
	if err != nil {
		return err
	}
	c.state = &Snapshot{ContentType: contentType, Version: c.data.terms.version, ExportedBy: exportedBy, Payload: f.Payload}
	return nil
}

// response is what a RESPONSE or CHUNK carries.
func (c *call) response(f Frame) (Response, error) {
	meta, err := decodeMetadata(f.Meta)
	if err == nil && f.Flags&FlagShared != 0 {
		f.Payload, err = c.data.memory.answer(c.slot, f, c.into)
	}
	if err != nil {
		return Response{}, c.fail(c.lostBy(err))
	}
	return Response{Meta: meta, Payload: f.Payload, State: c.state}, nil
}

// end gives back what the call took, once. A call that is given up stays among the calls, so that a late answer finds no other.
func (c *call) end() {
	if c.left {
		return
	}
	c.left = true
	c.interrupt.release()
	if c.inbox == nil {
		c.data.conn.into = nil // before the slot: the next caller sets it
	}
	if c.give != nil {
		c.give(nil)
	}
	c.data.leave(c)
}
