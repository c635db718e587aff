package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/printable"
)

// Link is a pool's connection to one worker, whatever protocol the worker speaks. What a protocol has no word for is an
// error that is [ErrNotSupported].
//
// An implementation passes the tests of pool/internal/linktest.
type Link interface {
	// Handshake takes the worker from its first byte to readiness. It is called once, before everything else; every
	// error is a *[HandshakeError].
	Handshake(ctx context.Context, w Welcome) (Peer, error)
	// Exchange sends a request and waits for its answer. The error is one of these:
	//
	//   - *[RemoteError]: the worker answered with an error.
	//   - *[CancelledError]: ctx ended, or the input failed, and the worker has stopped the handler. If the answer was
	//     quicker than that, it is returned.
	//   - *[TooLargeError], *[ProtocolError], *[NotSupportedError]: the request is over the limit, its command or session is
	//     not UTF-8, or it asks for what the worker does not speak; nothing was sent.
	//   - *[LostError]: there is no answer and there will be none. This includes a worker that does not stop a cancelled
	//     handler in time, which has to be killed.
	//   - [ErrInFlight], or the cause of a ctx that was done before: nothing was sent.
	//
	// After all but a *LostError and a fatal *RemoteError the link stays usable.
	Exchange(ctx context.Context, r Request) (Response, error)
	// Stream sends a request whose answer may come in pieces. An answer that does not is a stream of one. The end of ctx is
	// noticed by [Answers].
	Stream(ctx context.Context, r Request) (Answers, error)
	// Export returns the state of a session, and with drop lets the worker forget it. It waits for a request of that session
	// that runs. A *[RemoteError] is of the kind [KindNoSession], [KindNotExportable] or [KindHandlerError]. The worker forgets
	// nothing unless the state is returned, or the error is a *[LostError]. Export and Import take no slot of a worker that has
	// several; a worker with one slot is asked between requests, and during one the error is [ErrInFlight].
	Export(ctx context.Context, s Session, drop bool) (Snapshot, error)
	// Import gives the worker the state of a session in place of what it kept of it. The errors are those of Exchange, also
	// when ctx ends while the worker is in its import hook: the worker is asked to stop it. If it does so within the grace
	// period, the error is a *[CancelledError], the worker keeps what it had, and the link stays usable. If it does not, Import
	// returns a *[LostError] at the end of the grace period, and the worker has to be killed; requests in its other slots may
	// be answered until then.
	Import(ctx context.Context, s Session, state Snapshot) error
	// Drop lets the worker forget the state of sessions, each if the generation that it keeps is at most the one that is
	// named. It is not answered, and does nothing where the worker does not have [CanDrop]. An error means that the worker
	// may keep some of them.
	Drop(sessions []Session) error
	// Ping asks the worker how it is. An unhealthy worker is a [Pong] without OK, not an error. After the end of ctx the link
	// stays usable: a late answer is dropped. Where the worker says which requests have begun, a request that was written before
	// the previous probe that succeeded, and has neither begun nor been answered, is a *[NotBegunError]: the Pong is returned
	// along with it. A worker of another protocol than fsm1 can say so only between requests: [ErrInFlight].
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

// Capability is the name of an optional part of the protocol.
type Capability string

// The capabilities of fsm1, as they stand in HELLO.
const (
	CanCancel  Capability = "cancel"  // a request can be stopped
	CanStream  Capability = "stream"  // answers and input can come in pieces
	CanLog     Capability = "log"     // the worker's log comes over the wire
	CanSession Capability = "session" // the state of sessions can be exported, imported and checkpointed
	CanDrop    Capability = "drop"    // the worker forgets the state of sessions when it is told to
	CanShared  Capability = "shared"  // large payloads can go through shared memory
)

// ErrNotSupported is what every *[NotSupportedError] is, for errors.Is.
var ErrNotSupported = errors.New("wire: not supported")

// NotSupportedError reports that a worker does not speak of what was asked for. Nothing was sent.
type NotSupportedError struct {
	What string
	Need Capability // what the worker does not have; empty where no worker of its protocol can
}

func (e *NotSupportedError) Error() string {
	if e.Need == "" {
		return printable.Line(fmt.Sprintf("wire: not supported: %s: the protocol of the worker does not have it", e.What), printable.MaxError)
	}
	return printable.Line(fmt.Sprintf("wire: not supported: %s: the worker does not have the capability %s", e.What, e.Need), printable.MaxError)
}

// Is reports whether target is [ErrNotSupported].
func (e *NotSupportedError) Is(target error) bool { return target == ErrNotSupported }

// Pong is a worker's report about itself.
type Pong struct {
	OK       bool   `json:"ok"`               // what the health hook said; true without a hook
	Reason   string `json:"reason,omitempty"` // why not: one line of at most 4 KiB
	RSS      int64  `json:"rss"`              // resident memory in bytes; 0 where the worker cannot know
	InFlight int    `json:"in_flight"`        // requests that have been read and not been answered
	// Begun has the ids of the requests whose handler has begun and that have not been answered. Nil means that the worker
	// does not say.
	Begun []uint64 `json:"begun,omitempty"`
}

// DefaultGrace is how long a cancelled request has to end when nothing else was asked for: a second.
const DefaultGrace = time.Second

// DefaultLimit is the largest frame when nothing else was asked for: 64 MiB.
const DefaultLimit = 64 << 20

// Stream is the byte stream below a connection: one of a pair of sockets, or net.Pipe in a test.
// Its calls must park the goroutine, not the thread, and a deadline must end them.
type Stream interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// single is the answer of a worker that makes no streams.
type single struct {
	answer Response
	end    error // what Next returns from now on; nil while the answer has not been taken
}

// Next implements [Answers].
func (s *single) Next() (Response, error) {
	if s.end != nil {
		return Response{State: s.answer.State}, s.end
	}
	s.end = EndOfStream
	piece := s.answer
	piece.State = nil // it comes with the end
	return piece, nil
}

// Close implements [Answers].
func (s *single) Close() error {
	if s.end == nil {
		s.end = ErrStreamClosed
	}
	return nil
}

// Single makes a stream of one piece of what [Link.Exchange] has returned.
func Single(r Response, err error) (Answers, error) {
	if err != nil {
		return nil, err
	}
	return &single{answer: r}, nil
}
