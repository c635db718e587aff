package wire

import (
	"context"
	"errors"
	"sync"
)

// Request is one piece of work for a worker.
type Request struct {
	Command string
	// Session names the state that the work belongs to; empty means none.
	Session string
	// Generation counts how often the session was bound. When it changes, the worker
	// starts the session afresh.
	Generation uint64
	Meta       Metadata
	Payload    []byte // of Meta.ContentType; read until Exchange returns, never changed
}

// Response is the answer to a request. It belongs to the caller.
type Response struct {
	Meta    Metadata
	Payload []byte
}

// Data is the pool's end of a worker's data connection.
type Data struct {
	conn *Conn

	busy   sync.Mutex // held by the call in progress; never waited for
	lastID uint64
	lost   error // why no further request can be made
}

// MinLimit is the smallest limit of a data connection: an ERROR with a short message
// always fits.
const MinLimit = 4 << 10

// NewData returns the pool's end of a data connection whose frames have at most limit
// bytes. Zero means [DefaultLimit], anything below [MinLimit] means that.
func NewData(s Stream, limit int) *Data {
	if limit > 0 {
		limit = max(limit, MinLimit)
	}
	return &Data{conn: NewConn(s, limit)}
}

// Close closes the connection, which ends a call in progress. The worker exits when
// it sees that.
func (d *Data) Close() error { return d.conn.Close() }

// Exchange sends a request and waits for its answer in the caller's own goroutine.
//
// The error is one of these:
//
//   - *[RemoteError]: the worker answered with an error.
//   - *[TooLargeError], *[ProtocolError]: the request is over the limit, or its command or
//     session is not UTF-8; nothing was sent.
//   - *[LostError]: there is no answer and there will be none. This includes the end of
//     ctx during the call, after which the worker has to be killed.
//   - [ErrInFlight], or the cause of a ctx that was done before: nothing was sent.
//
// After all but a *LostError and a fatal *RemoteError the connection stays usable.
func (d *Data) Exchange(ctx context.Context, r Request) (Response, error) {
	if !d.busy.TryLock() {
		return Response{}, ErrInFlight
	}
	defer d.busy.Unlock()
	if d.lost != nil {
		return Response{}, &LostError{Sent: NotSent, Err: d.lost}
	}
	if ctx.Err() != nil {
		return Response{}, context.Cause(ctx)
	}
	f, err := d.requestFrame(r)
	if err != nil {
		return Response{}, err
	}
	defer interruptOn(ctx, d.conn.stream)()
	if err := d.send(ctx, f); err != nil {
		return Response{}, err
	}
	return d.receive(ctx, f.ID)
}

func (d *Data) requestFrame(r Request) (Frame, error) {
	meta, err := r.Meta.encode()
	if err != nil {
		return Frame{}, err
	}
	d.lastID++
	return Frame{
		Type: TypeRequest, ID: d.lastID,
		Command: r.Command, Session: r.Session, Generation: r.Generation,
		Meta: meta, Payload: r.Payload,
	}, nil
}

func (d *Data) send(ctx context.Context, f Frame) error {
	err := d.conn.WriteFrame(f)
	if err == nil || refused(err) {
		return err
	}
	return d.lose(NotSent, because(ctx, err))
}

// refused reports whether err kept a frame from being written at all.
func refused(err error) bool {
	_, large := errors.AsType[*TooLargeError](err)
	_, wrong := errors.AsType[*ProtocolError](err)
	return large || wrong
}

func (d *Data) receive(ctx context.Context, id uint64) (Response, error) {
	f, err := d.conn.ReadFrame()
	if err != nil {
		return Response{}, d.lose(sentAfter(err, d.conn.stream), because(ctx, err))
	}
	switch {
	case f.Type == TypeResponse && f.ID == id:
		return d.response(f)
	case f.Type == TypeError && f.ID == id:
		return Response{}, d.answered(remoteError(f))
	case f.Type == TypeError && f.ID == 0:
		return Response{}, d.lose(SentUnknown, remoteError(f))
	}
	return Response{}, d.lose(SentUnknown, unexpected(f, "the answer to the request in flight"))
}

func (d *Data) response(f Frame) (Response, error) {
	meta, err := decodeMetadata(f.Meta)
	if err != nil {
		return Response{}, d.lose(SentUnknown, err)
	}
	return Response{Meta: meta, Payload: f.Payload}, nil
}

// answered tells the worker's error from one that cannot be read.
func (d *Data) answered(err error) error {
	if _, ok := errors.AsType[*RemoteError](err); ok {
		return err
	}
	return d.lose(SentUnknown, err)
}

func (d *Data) lose(sent Sent, err error) error {
	d.lost = err
	return &LostError{Sent: sent, Err: err}
}
