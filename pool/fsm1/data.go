package fsm1

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// dataConn is the pool's end of a worker's data connection.
//
// As long as the worker serves one request at a time, it is the caller's own goroutine that reads the answer. With more
// slots a goroutine reads for all of them, from the handshake until [dataConn.Close].
type dataConn struct {
	conn   *frame.Conn
	writer writer
	cancel func(ctx context.Context, id uint64) error // asks the worker to stop a request; nil without a control connection
	grace  time.Duration                              // how long a cancelled request has to end
	terms  terms
	memory *memory // nil without

	useless int           // frames that meant nothing since the last one that did; of the goroutine that reads
	probes  atomic.Uint64 // how many probes have begun: the clock of [dataConn.unbegun]

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

// terms are the results of the handshake.
type terms struct {
	slots   int
	window  int
	version string // of the worker's code; empty if that is not known
	can     map[wire.Capability]bool
}

// MinLimit is the smallest limit of a data connection: an ERROR with a short message
// always fits.
const MinLimit = 4 << 10

// newData returns the pool's end of a data connection whose frames have at most limit
// bytes. Zero means [wire.DefaultLimit], anything below [MinLimit] means that. Without a control connection beside it, which
// an [Link] has, a request whose context ends is lost, and the worker with it.
func newData(s wire.Stream, limit int) *dataConn {
	if limit > 0 {
		limit = max(limit, MinLimit)
	}
	conn := frame.NewConn(s, limit)
	return &dataConn{
		conn: conn, writer: newWriter(conn), calls: map[uint64]*call{}, lastID: firstID(),
		terms: terms{slots: 1, window: wire.DefaultWindow},
	}
}

// Close closes the connection, which ends calls in progress, and gives the shared memory back. The worker exits when it sees
// that. A second call does nothing.
func (d *dataConn) Close() error {
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

// Exchange sends a request and waits for its answer, as [wire.Link] says.
func (d *dataConn) Exchange(ctx context.Context, r wire.Request) (wire.Response, error) {
	c, err := d.begin(ctx, r, false)
	if err != nil {
		return wire.Response{}, err
	}
	defer c.end()
	if c.inbox == nil {
		c.into = r.Into
		d.conn.Into = r.Into
	}
	f, err := c.next()
	if err != nil {
		return wire.Response{State: c.state}, err
	}
	return c.response(f)
}

// Stream sends a request whose answer may come in pieces. The errors are those of [wire.Link]. To a worker that does not
// speak of streams it is a request like any other: its answer is the only piece.
func (d *dataConn) Stream(ctx context.Context, r wire.Request) (wire.Answers, error) {
	c, err := d.begin(ctx, r, true)
	if err != nil {
		return nil, err
	}
	return &answers{call: c}, nil
}

// lose ends the use of the connection, and returns err if nothing else has before.
func (d *dataConn) lose(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost == nil {
		d.lost = err
	}
	return d.lost
}

func (d *dataConn) isLost() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost != nil
}

// refused reports whether err kept a frame from being written at all.
func refused(err error) bool {
	_, large := errors.AsType[*wire.TooLargeError](err)
	_, wrong := errors.AsType[*wire.ProtocolError](err)
	return large || wrong
}

// Ids cannot be guessed by the worker, so that no answer can come before its request: with one slot nothing reads between two
// requests, and such an answer would wait in the socket. An id has at most 53 bits, because not every JSON decoder of a worker
// has integers of more.
const (
	idStart = 1 << 40 // the first id is below it
	idStep  = 1 << 16 // the next id is at most that much larger
)

func firstID() uint64 { return rand.Uint64N(idStart) }

// enter gives a call, which f begins, its id.
func (d *dataConn) enter(c *call, f *frame.Frame) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastID += 1 + rand.Uint64N(idStep)
	c.id = d.lastID
	d.calls[c.id] = c
	if f.Type == frame.TypeRequest {
		d.recent.note(c.id, f.Command, f.Session)
	}
	return c.id
}

// admit counts a call that begins. With one slot, whatever waits for an answer takes it.
func (d *dataConn) admit(c *call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost != nil {
		return &wire.LostError{Sent: wire.NotSent, Err: d.lost}
	}
	c.counts = c.kind == frame.TypeRequest || d.terms.slots == 1
	if !c.counts {
		return nil
	}
	if d.busy == d.terms.slots {
		return wire.ErrInFlight
	}
	d.busy++
	if c.kind == frame.TypeRequest && len(d.slots) > 0 {
		c.slot = d.slots[len(d.slots)-1]
		d.slots = d.slots[:len(d.slots)-1]
	}
	return nil
}

// leave gives back what admit took, when the answer is there or the connection is lost.
func (d *dataConn) leave(c *call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.counts {
		d.busy--
	}
	if c.slot >= 0 {
		d.slots = append(d.slots, c.slot)
	}
}

// Export asks for the state of a session, as [wire.Link] says.
func (d *dataConn) Export(ctx context.Context, s wire.Session, drop bool) (wire.Snapshot, error) {
	h := header{Session: s.ID, Generation: s.Generation, Drop: drop}
	c, err := d.beginState(ctx, frame.Frame{Type: frame.TypeExport}, h)
	if err != nil {
		return wire.Snapshot{}, err
	}
	defer c.end()
	if _, err := c.next(); err != nil {
		return wire.Snapshot{}, err
	}
	return *c.state, nil
}

// Import gives the worker the state of a session, as [wire.Link] says.
func (d *dataConn) Import(ctx context.Context, s wire.Session, state wire.Snapshot) error {
	if err := checkLabel(state.Version); err != nil {
		return err
	}
	h := header{
		Metadata: wire.Metadata{ContentType: state.ContentType}, Session: s.ID, Generation: s.Generation, Version: state.Version,
		ExportedBy: printable.Line(state.ExportedBy, printable.MaxName),
	}
	c, err := d.beginState(ctx, frame.Frame{Type: frame.TypeImport, Payload: state.Payload}, h)
	if err != nil {
		return err
	}
	defer c.end()
	_, err = c.next()
	return err
}

// beginState writes an EXPORT or IMPORT, which needs no slot of a worker that has several.
func (d *dataConn) beginState(ctx context.Context, f frame.Frame, h header) (*call, error) {
	if !d.terms.can[wire.CanSession] {
		return nil, &wire.NotSupportedError{What: f.Type.String(), Need: wire.CanSession}
	}
	c := &call{data: d, kind: f.Type}
	if err := c.open(ctx, false); err != nil {
		return nil, err
	}
	return c, c.send(f, h)
}
