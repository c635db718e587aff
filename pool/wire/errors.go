package wire

import (
	"errors"
	"fmt"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/printable"
)

// ErrInFlight is returned by [Link.Exchange] while as many requests are in flight as the worker has slots. Nothing was sent.
var ErrInFlight = errors.New("wire: exchange: every slot of the worker has a request in flight")

// ProtocolError reports a frame that fsm1 does not allow. The connection it came
// from cannot be used any more.
type ProtocolError struct {
	Field   string // the part of the frame that is wrong, in the words of docs/wire.md
	Seen    string
	Allowed string
	Bytes   []byte // the first bytes of the offending frame; empty for a frame that never was on the wire
}

func (e *ProtocolError) Error() string {
	text := fmt.Sprintf("wire: %s: %s: allowed is %s", e.Field, printable.Line(e.Seen, printable.MaxSeen), e.Allowed)
	if len(e.Bytes) > 0 {
		text += fmt.Sprintf(": frame starts %x %q", e.Bytes, e.Bytes)
	}
	return printable.Line(text, printable.MaxError)
}

// shownBytes is how much of an offending frame an error keeps: enough to recognise text that
// was printed onto the connection.
const shownBytes = 32

// At sets Bytes to the first bytes of the frame that the error is about, and returns e.
func (e *ProtocolError) At(frame []byte) *ProtocolError {
	e.Bytes = append([]byte(nil), frame[:min(len(frame), shownBytes)]...)
	return e
}

// TooLargeError reports a size over its limit. On the sending side nothing was
// written and the connection stays usable; on the receiving side nothing was
// allocated and the connection is lost.
type TooLargeError struct {
	What  string // "frame", "command", "session", "metadata" or "code_version"
	Size  int    // bytes
	Limit int    // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("wire: %s: %d bytes: the limit is %d", e.What, e.Size, e.Limit)
}

// CancelledError reports that a worker has stopped a request that was cancelled. The connection stays usable.
type CancelledError struct {
	// Begun is false if the worker says that the handler has not begun, so that the request did not run. True means that it
	// may have run in part.
	Begun bool
	Err   error // the cause of the context's end, or what the input of the request failed with
}

func (e *CancelledError) Error() string {
	if !e.Begun {
		return printable.Line(fmt.Sprintf("wire: cancelled: the worker had not begun: %v", e.Err), printable.MaxError)
	}
	return printable.Line(fmt.Sprintf("wire: cancelled: the worker has stopped: %v", e.Err), printable.MaxError)
}

func (e *CancelledError) Unwrap() error { return e.Err }

// Sent is the knowledge about a request whose answer is lost: whether the worker may have run it.
type Sent uint8

// What can be known about a request.
const (
	// NotSent means that the worker has not got the whole request, so that it did not run.
	NotSent Sent = iota
	// SentUnknown means that it may have run, wholly, partly or not at all.
	SentUnknown
)

func (s Sent) String() string {
	if s == NotSent {
		return "not sent"
	}
	return "sent, outcome unknown"
}

// LostError reports that the connection ended while a request waited for its answer, or
// before. It cannot be used any more, and its worker has to be replaced: a late answer
// must never meet the next request.
type LostError struct {
	Sent Sent
	Err  error // io.EOF, the cause of the context's end, a *ProtocolError, a *RemoteError about the connection, ...
}

func (e *LostError) Error() string {
	return printable.Line(fmt.Sprintf("wire: connection lost: request %v: %v", e.Sent, e.Err), printable.MaxError)
}

func (e *LostError) Unwrap() error { return e.Err }

// Kind is the subject of an ERROR frame. A worker may send kinds that are not named here.
type Kind string

// The kinds of fsm1.
const (
	KindUnknownCommand Kind = "unknown_command" // no handler has that name: it did not run
	KindBadRequest     Kind = "bad_request"     // the payload is not what its content type says: no handler ran
	KindHandlerError   Kind = "handler_error"   // the handler ran and raised, or returned what cannot be encoded
	KindTooLarge       Kind = "too_large"       // the handler ran and its result is over the limit
	KindNoSession      Kind = "no_session"      // there is no state of that session and generation
	KindNotExportable  Kind = "not_exportable"  // the state of the session cannot be put into bytes
	KindNotImportable  Kind = "not_importable"  // an export hook wrote the state, and the worker has no import hook
	KindStartFailed    Kind = "start_failed"    // the start hook raised: the worker exits
	KindVersion        Kind = "version"         // no common version: the connection ends
	KindProtocol       Kind = "protocol_error"  // a frame that is not allowed: the connection ends
)

// RemoteError is an ERROR frame: the worker's own words about what went wrong there. The
// connection stays usable unless Fatal is set.
type RemoteError struct {
	Kind      Kind   `json:"kind"`
	Message   string `json:"message"`             // one line of at most 4 KiB
	Type      string `json:"type,omitempty"`      // the type of the exception, "ValueError": at most 256 bytes
	Retryable bool   `json:"retryable,omitempty"` // the handler says that the same request may succeed later
	Fatal     bool   `json:"fatal,omitempty"`     // the worker is not fit for further requests
	Traceback string `json:"traceback,omitempty"` // several lines of at most 32 KiB together
}

func (e *RemoteError) Error() string {
	if e.Type != "" {
		return printable.Line(fmt.Sprintf("wire: worker: %s: %s: %s", e.Kind, e.Type, e.Message), printable.MaxError)
	}
	return printable.Line(fmt.Sprintf("wire: worker: %s: %s", e.Kind, e.Message), printable.MaxError)
}

// Bounded makes the texts of e printable and bounds their length, as fits text of a worker that goes into logs and errors, and
// returns e. A [Link] does it to every error of its worker.
func (e *RemoteError) Bounded() *RemoteError {
	e.Kind = Kind(printable.Line(string(e.Kind), printable.MaxName))
	e.Message = printable.Line(e.Message, printable.MaxMessage)
	e.Type = printable.Line(e.Type, printable.MaxName)
	e.Traceback = printable.Lines(e.Traceback, printable.MaxTraceback)
	return e
}

// HandshakeError reports that a worker did not become ready. The connection is lost.
type HandshakeError struct {
	Stage string // what was waited for: "HELLO", "WELCOME" (sending it) or "READY"
	Err   error  // *VersionError, *RemoteError (start_failed), *ProtocolError, io.EOF, the cause of the context's end, ...
}

func (e *HandshakeError) Error() string {
	return printable.Line(fmt.Sprintf("wire: handshake: waiting for %s: %v", e.Stage, e.Err), printable.MaxError)
}

func (e *HandshakeError) Unwrap() error { return e.Err }

// VersionError reports a worker that does not speak the pool's version.
type VersionError struct {
	Ours   int
	Theirs []int
	SDK    string
}

func (e *VersionError) Error() string {
	theirs := printable.Line(fmt.Sprint(e.Theirs), printable.MaxSeen)
	return printable.Line(fmt.Sprintf("wire: version: the worker (%s) speaks %s: allowed is %d", printable.Line(e.SDK, printable.MaxName), theirs, e.Ours), printable.MaxError)
}

// NotBegunError is returned by [Link.Ping] when a worker answers probes and does not begin a request: its handlers are stuck,
// although it says that it is well.
type NotBegunError struct {
	ID      uint64
	Command string
	Session string
	// Waiting is how long the request has waited at least: since a probe that was sent after it.
	Waiting time.Duration
}

func (e *NotBegunError) Error() string {
	session := ""
	if e.Session != "" {
		session = fmt.Sprintf(" of session %q", e.Session)
	}
	return printable.Line(fmt.Sprintf("wire: ping: the worker has not begun request %d (%q%s) in %v: allowed is until the second probe after it",
		e.ID, e.Command, session, e.Waiting.Round(time.Millisecond)), printable.MaxError)
}
