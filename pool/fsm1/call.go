package fsm1

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/interrupt"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// call is one request, export or import that waits for its answer. It belongs to the caller, but for the fields of the
// goroutine that reads the connection.
type call struct {
	data       *dataConn
	id         uint64
	kind       frame.Type // of the frame that began it
	stream     bool       // the answer may come in chunks
	checkpoint bool       // the answer may bring the state of the session along
	counts     bool       // it takes one of the slots
	slot       int        // of the memory; negative without
	command    string
	session    string

	ctx       context.Context
	give      context.CancelCauseFunc // ends ctx because the input failed; nil without input
	interrupt interrupt.Interrupt     // of the caller's own reads
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
	into  []byte         // where the answer is to go; nil for memory of its own
	wrote bool           // something was written after the request
	state *wire.Snapshot // of the session
	err   error          // what ended the call
	left  bool           // nothing is left to give back
}

// next returns the next frame that the caller has to know of: a RESPONSE, CHUNK, IMPORTED, or the SNAPSHOT of an export.
// Any other end of the call is an error.
func (c *call) next() (frame.Frame, error) {
	if c.err != nil {
		return frame.Frame{}, c.err
	}
	for {
		f, err := c.receive()
		if err != nil {
			return frame.Frame{}, c.fail(err)
		}
		switch f.Type {
		case frame.TypeError:
			return frame.Frame{}, c.fail(c.remote(f))
		case frame.TypeSnapshot:
			if err := c.keep(f); err != nil {
				return frame.Frame{}, c.fail(c.lostBy(err))
			}
			if c.kind == frame.TypeExport {
				return f, nil
			}
		case frame.TypeCancelled:
			return frame.Frame{}, c.fail(c.stopped(f))
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
func (c *call) isLast(f frame.Frame) bool {
	switch f.Type {
	case frame.TypeChunk:
		return f.Flags&frame.FlagLast != 0
	case frame.TypeCredit:
		return false
	case frame.TypeSnapshot:
		return c.kind == frame.TypeExport
	}
	return true
}

// receive waits for the next frame of the call. When ctx ends, it cancels the request and waits for its end.
func (c *call) receive() (frame.Frame, error) {
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
func (c *call) wait(ctx context.Context) (frame.Frame, error) {
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
	sent := wire.SentUnknown
	if c.data.terms.slots == 1 && !c.wrote && c.input == nil {
		sent = sentAfter(err, c.data.conn.Stream)
	}
	return &wire.LostError{Sent: sent, Err: c.data.lose(err)}
}

// remote is the worker's error, or the loss of a connection on which it cannot be read.
func (c *call) remote(f frame.Frame) error {
	err := remoteError(f)
	if _, ok := errors.AsType[*wire.RemoteError](err); ok {
		return err
	}
	return c.lostBy(err)
}

// stopped is what a CANCELLED frame means.
func (c *call) stopped(f frame.Frame) error {
	var meta struct {
		Begun *bool `json:"begun"`
	}
	if len(f.Meta) > 0 {
		if err := decodeJSON("metadata", f.Meta, &meta); err != nil {
			return c.lostBy(err)
		}
	}
	return &wire.CancelledError{Begun: meta.Begun == nil || *meta.Begun, Err: context.Cause(c.ctx)}
}

// keep keeps the state of the session that has come.
func (c *call) keep(f frame.Frame) error {
	contentType, exportedBy, err := decodeState(f.Meta)
	if err != nil {
		return err
	}
	c.state = &wire.Snapshot{ContentType: contentType, Version: c.data.terms.version, ExportedBy: exportedBy, Payload: f.Payload}
	return nil
}

// response is what a RESPONSE or CHUNK carries.
func (c *call) response(f frame.Frame) (wire.Response, error) {
	meta, err := decodeMetadata(f.Meta)
	if err == nil && f.Flags&frame.FlagShared != 0 {
		f.Payload, err = c.data.memory.answer(c.slot, f, c.into)
	}
	if err != nil {
		return wire.Response{}, c.fail(c.lostBy(err))
	}
	return wire.Response{Meta: meta, Payload: f.Payload, State: c.state}, nil
}

// end gives back what the call took, once. A call that is given up stays among the calls, so that a late answer finds no other.
func (c *call) end() {
	if c.left {
		return
	}
	c.left = true
	c.interrupt.Release()
	if c.inbox == nil {
		c.data.conn.Into = nil // before the slot: the next caller sets it
	}
	if c.give != nil {
		c.give(nil)
	}
	c.data.leave(c)
}

// abort cancels the request and returns the frame that ends it, or the loss of a worker that does not end it in time.
func (c *call) abort(cause error) (frame.Frame, error) {
	d := c.data
	if d.cancel == nil {
		return frame.Frame{}, c.abandon(cause)
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(c.ctx), d.grace)
	defer stop()
	c.cancelled.Store(true)
	if err := d.cancel(ctx, c.id); err != nil {
		return frame.Frame{}, c.abandon(cause)
	}
	if c.inbox == nil {
		c.interrupt.Settle()
		deadline, _ := ctx.Deadline()
		_ = d.conn.SetReadDeadline(deadline) // fails on a closed stream only, and then so does the read
		defer func() { _ = d.conn.SetReadDeadline(time.Time{}) }()
	}
	f, err := c.last(ctx)
	if err != nil && (errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil) {
		return frame.Frame{}, c.abandon(cause)
	}
	return f, c.lostBy(err)
}

// last returns the frame that ends the call. Pieces of a stream that come before it are dropped, and so is the last one.
func (c *call) last(ctx context.Context) (frame.Frame, error) {
	for {
		f, err := c.wait(ctx)
		switch {
		case err != nil:
			return frame.Frame{}, err
		case f.Type == frame.TypeSnapshot && c.kind == frame.TypeRequest:
			err = c.keep(f)
		case f.Type != frame.TypeChunk:
			return f, nil
		case f.Flags&frame.FlagLast != 0:
			return frame.Frame{Type: frame.TypeCancelled, ID: c.id}, nil
		}
		if err != nil {
			return frame.Frame{}, err
		}
	}
}

// abandon gives the worker up: its answer may still come, and must not meet another request.
func (c *call) abandon(cause error) error {
	return &wire.LostError{Sent: wire.SentUnknown, Err: c.data.lose(cause)}
}

// sentAfter returns what is known about a request that was written as a whole before
// reading its answer ended with err. When the worker's end of a Linux unix socket is closed with bytes
// unread, ours reads ECONNRESET; the last bytes written are those of the only request in flight.
func sentAfter(err error, s wire.Stream) wire.Sent {
	_, unix := s.(*net.UnixConn)
	if unix && runtime.GOOS == "linux" && errors.Is(err, syscall.ECONNRESET) {
		return wire.NotSent
	}
	return wire.SentUnknown
}

// remoteError returns the *RemoteError that an ERROR frame carries, or a *ProtocolError.
func remoteError(f frame.Frame) error {
	e := &wire.RemoteError{}
	if err := decodeJSON("ERROR payload", f.Payload, e); err != nil {
		return err
	}
	return e.Bounded()
}

// errorFrame returns e as the ERROR frame with that id.
func errorFrame(e *wire.RemoteError, id uint64) (frame.Frame, error) {
	payload, err := json.Marshal(e)
	return frame.Frame{Type: frame.TypeError, ID: id, Payload: payload}, err
}

// unexpected reports a frame that the layout allows and the moment does not.
func unexpected(f frame.Frame, allowed string) *wire.ProtocolError {
	return &wire.ProtocolError{Field: "frame", Seen: fmt.Sprintf("%v with id %d", f.Type, f.ID), Allowed: allowed}
}
