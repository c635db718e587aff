package wire

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"
)

// DefaultGrace is how long a cancelled request has to end when nothing else was asked for: a second.
const DefaultGrace = time.Second

// FSM1Config says how a link behaves. The zero value is useful.
type FSM1Config struct {
	// Limit is the largest frame on the data connection, in bytes. Zero means [DefaultLimit].
	Limit int
	// Grace is how long a worker has to stop a request that was cancelled, before it is given up and has to be killed.
	// Zero means [DefaultGrace].
	Grace time.Duration
	// Log receives the worker's log, on a goroutine of its own, which ends some time after [FSM1.Close]. At most 1000 records
	// a second and 256 that wait are passed on; one record a second says how many were dropped. Nil drops all.
	Log func(LogRecord)
}

// FSM1 is a link to a worker that speaks fsm1.
type FSM1 struct {
	data    *Data
	control *Control
	live    liveness
	peer    atomic.Pointer[Peer] // nil before the handshake
}

// NewFSM1 returns a link over the pool's ends of a worker's data and control connections.
func NewFSM1(data, control Stream, c FSM1Config) *FSM1 {
	l := &FSM1{data: NewData(data, c.Limit)}
	l.control = newControl(control, l.data.describing(c.Log))
	l.data.grace = c.Grace
	if c.Grace <= 0 {
		l.data.grace = DefaultGrace
	}
	return l
}

// Handshake implements [Link].
func (l *FSM1) Handshake(ctx context.Context, w Welcome) (Peer, error) {
	peer, err := l.data.Handshake(ctx, w)
	if err != nil {
		return Peer{}, err
	}
	if slices.Contains(peer.Capabilities, string(CanCancel)) {
		l.data.cancel = l.control.cancel
	}
	l.peer.Store(&peer)
	return peer, nil
}

// Exchange implements [Link].
func (l *FSM1) Exchange(ctx context.Context, r Request) (Response, error) {
	return l.data.Exchange(ctx, r)
}

// Stream implements [Link].
func (l *FSM1) Stream(ctx context.Context, r Request) (Answers, error) { return l.data.Stream(ctx, r) }

// Export implements [Link].
func (l *FSM1) Export(ctx context.Context, s Session, drop bool) (Snapshot, error) {
	return l.data.Export(ctx, s, drop)
}

// Import implements [Link].
func (l *FSM1) Import(ctx context.Context, s Session, state Snapshot) error {
	return l.data.Import(ctx, s, state)
}

// Ping implements [Link]. It is answered during requests too. Where the PONG says which requests have begun, a request that was
// written before the previous probe that succeeded, and has neither begun nor been answered, is a *[NotBegunError]: the Pong is
// returned along with it.
func (l *FSM1) Ping(ctx context.Context) (Pong, error) { return l.live.ping(ctx, l.control, l.data) }

// Drop implements [Link].
func (l *FSM1) Drop(sessions []Session) error {
	if !l.Can(CanDrop) {
		return nil
	}
	return l.control.Drop(sessions)
}

// Shutdown implements [Link]. It returns when the worker has said BYE.
func (l *FSM1) Shutdown(ctx context.Context, reason string) error {
	return l.control.Shutdown(ctx, reason)
}

// Slots implements [Link].
func (l *FSM1) Slots() int {
	if p := l.peer.Load(); p != nil {
		return p.Slots
	}
	return 1
}

// Can implements [Link].
func (l *FSM1) Can(c Capability) bool {
	p := l.peer.Load()
	if p == nil {
		return false
	}
	if c == CanShared {
		return p.Shared
	}
	return slices.Contains(p.Capabilities, string(c))
}

// Close implements [Link].
func (l *FSM1) Close() error { return errors.Join(l.data.Close(), l.control.Close()) }
