package wire

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Data is the pool's end of a worker's data connection.
//
// As long as the worker serves one request at a time, it is the caller's own goroutine that reads the answer. With more
// slots a goroutine reads for all of them, from the handshake until [Data.Close].
type Data struct {
	conn   *Conn
	writer writer
	cancel func(ctx context.Context, id uint64) error // asks the worker to stop a request; nil if nobody can
	grace  time.Duration                              // how long a cancelled request has to end
	terms  terms
	memory *memory // nil without

	useless int           // frames that meant nothing since the last one that did; of the goroutine that reads
	probes  atomic.Uint64 // how many probes have begun: the clock of [Data.unbegun]

	mu     sync.Mutex
	lastID uint64
	busy   int              // requests in flight
	calls  map[uint64]*call // the calls that wait for an answer
	recent recent
	slots  []int // of the memory, free
	lost   error // why no further request can be made
	closed bool
}

// maxUseless is how many frames in a row may mean nothing, such as credit for requests that have ended, before the
// connection is lost: more than an honest worker can have on the way at the end of a request.
const maxUseless = 1 << 16

// terms are what the handshake has agreed on.
type terms struct {
	slots   int
	window  int
	version string // of the worker's code; empty if that is not known
	can     map[Capability]bool
}

// MinLimit is the smallest limit of a data connection: an ERROR with a short message
// always fits.
const MinLimit = 4 << 10

// NewData returns the pool's end of a data connection whose frames have at most limit
// bytes. Zero means [DefaultLimit], anything below [MinLimit] means that. Without a control connection beside it, which
// an [FSM1] has, a request whose context ends is lost, and the worker with it.
func NewData(s Stream, limit int) *Data {
	if limit > 0 {
		limit = max(limit, MinLimit)
	}
	conn := NewConn(s, limit)
	return &Data{
		conn: conn, writer: newWriter(conn), calls: map[uint64]*call{}, lastID: firstID(),
		terms: terms{slots: 1, window: DefaultWindow},
	}
}

// Close closes the connection, which ends calls in progress, and gives the shared memory back. The worker exits when it sees
// that. A second call does nothing.
func (d *Data) Close() error {
	d.mu.Lock()
	closed, memory := d.closed, d.memory
	d.closed = true
	d.mu.Unlock()
	if closed {
		return nil
	}
	err := d.conn.Close()
	memory.close()
	return err
}

// Exchange sends a request and waits for its answer.
//
// The error is one of these:
//
//   - *[RemoteError]: the worker answered with an error.
//   - *[CancelledError]: ctx ended, or the input failed, and the worker has stopped the handler. If the answer was quicker
//     than that, it is returned.
//   - *[TooLargeError], *[ProtocolError], *[NotSupportedError]: the request is over the limit, its command or session is not
//     UTF-8, or it asks for what the worker does not speak; nothing was sent.
//   - *[LostError]: there is no answer and there will be none. This includes a worker that does not stop a
//     cancelled handler in time, which has to be killed.
//   - [ErrInFlight], or the cause of a ctx that was done before: nothing was sent.
//
// After all but a *LostError and a fatal *RemoteError the connection stays usable.
func (d *Data) Exchange(ctx context.Context, r Request) (Response, error) {
	c, err := d.begin(ctx, r, false)
	if err != nil {
		return Response{}, err
	}
	defer c.end()
	if c.inbox == nil {
		c.into = r.Into
		d.conn.into = r.Into
	}
	f, err := c.next()
	if err != nil {
		return Response{State: c.state}, err
	}
	return c.response(f)
}

// Stream sends a request whose answer may come in pieces. The errors are those of [Data.Exchange]. To a worker that does not
// speak of streams it is a request like any other: its answer is the only piece.
func (d *Data) Stream(ctx context.Context, r Request) (Answers, error) {
	c, err := d.begin(ctx, r, true)
	if err != nil {
		return nil, err
	}
	return &answers{call: c}, nil
}

// lose ends the use of the connection, and returns err if nothing else has before.
func (d *Data) lose(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost == nil {
		d.lost = err
	}
	return d.lost
}

func (d *Data) isLost() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost != nil
}

// refused reports whether err kept a frame from being written at all.
func refused(err error) bool {
	_, large := errors.AsType[*TooLargeError](err)
	_, wrong := errors.AsType[*ProtocolError](err)
	return large || wrong
}
