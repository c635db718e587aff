package wire

import "context"

// Link is a pool's connection to one worker, whatever protocol the worker speaks. What a protocol has no word for is an
// error that is [ErrNotSupported].
//
// [FSM1] is the protocol of this package. [Packet4] and [JSONRPC] are for programs that exist already.
type Link interface {
	// Handshake takes the worker from its first byte to readiness. It is called once, before everything else; every
	// error is a *[HandshakeError].
	Handshake(ctx context.Context, w Welcome) (Peer, error)
	// Exchange sends a request and waits for its answer. See [Data.Exchange] for its errors.
	Exchange(ctx context.Context, r Request) (Response, error)
	// Stream sends a request whose answer may come in pieces. An answer that does not is a stream of one. The end of ctx is
	// noticed by [Answers].
	Stream(ctx context.Context, r Request) (Answers, error)
	// Export returns the state of a session, and with drop lets the worker forget it. It takes no slot of a worker that has
	// several; one that has one is asked between requests, else it is [ErrInFlight]. So is Import.
	Export(ctx context.Context, s Session, drop bool) (Snapshot, error)
	// Import gives the worker the state of a session. When ctx ends, the worker has a grace period to stop: then the error is a
	// *[CancelledError], and else a *[LostError]. See [Data.Import].
	Import(ctx context.Context, s Session, state Snapshot) error
	// Drop lets the worker forget the state of sessions, each if the generation that it keeps is at most the one that is
	// named. It is not answered, and does nothing where the worker does not have [CanDrop]. An error means that the worker
	// may keep some of them.
	Drop(sessions []Session) error
	// Ping asks the worker how it is. A worker of another protocol than fsm1 can say so only between requests: [ErrInFlight].
	Ping(ctx context.Context) (Pong, error)
	// Shutdown asks the worker to finish what it has and to exit, and returns when it has understood.
	Shutdown(ctx context.Context, reason string) error
	// Slots is how many requests may be in flight at once. It is known after the handshake.
	Slots() int
	// Can reports what the worker can beyond answering requests. It is known after the handshake.
	Can(c Capability) bool
	// Close closes the connection, which ends calls in progress. Nothing can be called afterwards.
	Close() error
}

var (
	_ Link = (*FSM1)(nil)
	_ Link = (*Packet4)(nil)
	_ Link = (*JSONRPC)(nil)
)
