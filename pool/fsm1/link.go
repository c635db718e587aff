package fsm1

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Config is the configuration of a link. The zero value is useful.
type Config struct {
	// Limit is the largest frame on the data connection, in bytes. Zero means [wire.DefaultLimit].
	Limit int
	// Grace is how long a worker has to stop a request that was cancelled, before it is given up and has to be killed.
	// Zero means [wire.DefaultGrace].
	Grace time.Duration
	// Log receives the worker's log, on a goroutine of its own, which ends some time after [Link.Close]. At most 1000 records
	// a second and 256 that wait are passed on; one record a second says how many were dropped. Nil drops all.
	Log func(LogRecord)
}

var _ wire.Link = (*Link)(nil)

// Link is a link to a worker that speaks fsm1.
type Link struct {
	data    *dataConn
	control *controlConn
	live    liveness
	peer    atomic.Pointer[wire.Peer] // nil before the handshake
}

// New returns a link over the pool's ends of a worker's data and control connections.
func New(data, control wire.Stream, c Config) *Link {
	l := &Link{data: newData(data, c.Limit)}
	l.control = newControl(control, l.data.describing(c.Log))
	l.data.grace = c.Grace
	if c.Grace <= 0 {
		l.data.grace = wire.DefaultGrace
	}
	return l
}

// Handshake implements [wire.Link].
func (l *Link) Handshake(ctx context.Context, w wire.Welcome) (wire.Peer, error) {
	peer, err := l.data.Handshake(ctx, w)
	if err != nil {
		return wire.Peer{}, err
	}
	if slices.Contains(peer.Capabilities, string(wire.CanCancel)) {
		l.data.cancel = l.control.cancel
	}
	l.peer.Store(&peer)
	return peer, nil
}

// Exchange implements [wire.Link].
func (l *Link) Exchange(ctx context.Context, r wire.Request) (wire.Response, error) {
	return l.data.Exchange(ctx, r)
}

// Stream implements [wire.Link].
func (l *Link) Stream(ctx context.Context, r wire.Request) (wire.Answers, error) {
	return l.data.Stream(ctx, r)
}

// Export implements [wire.Link].
func (l *Link) Export(ctx context.Context, s wire.Session, drop bool) (wire.Snapshot, error) {
	return l.data.Export(ctx, s, drop)
}

// Import implements [wire.Link].
func (l *Link) Import(ctx context.Context, s wire.Session, state wire.Snapshot) error {
	return l.data.Import(ctx, s, state)
}

// Ping implements [wire.Link]. It is answered during requests too.
func (l *Link) Ping(ctx context.Context) (wire.Pong, error) {
	return l.live.ping(ctx, l.control, l.data)
}

// Drop implements [wire.Link].
func (l *Link) Drop(sessions []wire.Session) error {
	if !l.Can(wire.CanDrop) {
		return nil
	}
	return l.control.Drop(sessions)
}

// Shutdown implements [wire.Link]. It returns when the worker has said BYE.
func (l *Link) Shutdown(ctx context.Context, reason string) error {
	return l.control.Shutdown(ctx, reason)
}

// Slots implements [wire.Link].
func (l *Link) Slots() int {
	if p := l.peer.Load(); p != nil {
		return p.Slots
	}
	return 1
}

// Can implements [wire.Link].
func (l *Link) Can(c wire.Capability) bool {
	p := l.peer.Load()
	if p == nil {
		return false
	}
	if c == wire.CanShared {
		return p.Shared
	}
	return slices.Contains(p.Capabilities, string(c))
}

// Close implements [wire.Link].
func (l *Link) Close() error { return errors.Join(l.data.Close(), l.control.Close()) }

// settling is how long an answer that was on its way with a PONG may take to be read.
const settling = 100 * time.Millisecond

// liveness is the check, by two probes, that a worker begins its requests.
//
//	request 7 is written | PING 1 ... PONG 1 | PING 2 ... PONG 2 {"begun":[]}: request 7 has not begun
//
// The second probe is needed because the connections are two: PING may be read before a request that was written first.
type liveness struct {
	mu       sync.Mutex
	previous uint64    // number of the latest probe that was answered; 0 for none
	since    time.Time // when it was sent
}

// ping probes a worker and judges it.
func (l *liveness) ping(ctx context.Context, c *controlConn, d *dataConn) (wire.Pong, error) {
	number, sent := d.probes.Add(1), time.Now()
	pong, err := c.Ping(ctx)
	if err != nil {
		return pong, err
	}
	l.mu.Lock()
	previous, since := l.previous, l.since
	if number > l.previous {
		l.previous, l.since = number, sent
	}
	l.mu.Unlock()
	if pong.Begun == nil {
		return pong, nil
	}
	if late := d.unbegun(ctx, pong.Begun, previous); late != nil {
		late.Waiting = time.Since(since)
		return pong, late
	}
	return pong, nil
}

// unbegun returns the oldest request that was written before the probe with that number and that is neither answered nor begun.
func (d *dataConn) unbegun(ctx context.Context, begun []uint64, probe uint64) *wire.NotBegunError {
	for _, c := range d.suspects(begun, probe) {
		if d.remains(ctx, c) {
			return &wire.NotBegunError{ID: c.id, Command: c.command, Session: c.session}
		}
	}
	return nil
}

// suspects returns the calls that a PONG does not name as begun, although it should. Calls whose frames are not being read may
// have been answered.
func (d *dataConn) suspects(begun []uint64, probe uint64) (list []*call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, c := range d.calls {
		written := c.written.Load()
		switch {
		case slices.Contains(begun, id):
			c.seen = true
		case c.kind == frame.TypeRequest && !c.seen && written > 0 && written <= probe && c.reads.Load():
			c.answered = make(chan struct{})
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *call) int { return cmp.Compare(a.id, b.id) })
	return list
}

// remains reports whether a call is still not answered, nor begun to be answered, when what was on its way has been read.
func (d *dataConn) remains(ctx context.Context, c *call) bool {
	d.mu.Lock()
	answered := c.answered
	d.mu.Unlock()
	if answered == nil {
		return false
	}
	timer := time.NewTimer(settling)
	defer timer.Stop()
	select {
	case <-answered:
		return false
	case <-ctx.Done():
		return false
	case <-timer.C:
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost == nil && !c.seen && c.reads.Load()
}
