package wire

import (
	"errors"
	"iter"
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
	Payload    []byte // of Meta.ContentType; read until the answer is there, never changed
	// Input is a stream that the worker gets beside the payload, piece by piece, of the type InputType. It is run on a
	// goroutine of its own, which may still be inside it when the request has ended: the next piece it yields is then
	// refused. An error cancels the request. Nil means no stream.
	Input     iter.Seq2[[]byte, error]
	InputType string // empty means ContentJSON
	// Into is memory for the answer of [Link.Exchange], which is a part of it then, if it fits with a kilobyte to spare and
	// the worker has one slot. Large answers are much cheaper for it. Nil means memory of its own.
	Into []byte
	// Checkpoint asks for the state of the session along with the answer.
	Checkpoint bool
}

// Response is the answer to a request, or one piece of it. It belongs to the caller.
type Response struct {
	Meta    Metadata
	Payload []byte
	// State is the state of the session after the request. Nil means that it is the one that came last, or that the request did
	// not ask for it.
	State *Snapshot
}

// Snapshot is the state of a session as its worker has put it into bytes.
type Snapshot struct {
	ContentType string // empty means ContentJSON
	// Version is the label of the version of the worker's code that wrote the state: [Welcome].Version of that worker. Empty means
	// that it is not known.
	Version string
	// ExportedBy names the export hook of the worker's author that wrote the state. Empty means that the state is as the handlers
	// see it, or a worker that does not tell. Only an import hook knows the form that a hook chose: a worker without one refuses
	// such a state, with a [RemoteError] of the kind [KindNotImportable].
	ExportedBy string
	Payload    []byte
}

// Session is the name of a session and the generation of its state in a worker.
type Session struct {
	ID         string
	Generation uint64
}

// Answers is an answer that comes in pieces. It belongs to one goroutine, which closes it.
type Answers interface {
	// Next returns the next piece, [EndOfStream] after the last one, or an error as [Link.Exchange] does. The State of a
	// session comes with EndOfStream or an error. The slot is free when the last piece or an error has been returned.
	// Further calls return the same end again.
	Next() (Response, error)
	// Close cancels a request that has not ended, after which Next returns [ErrStreamClosed]. It may be called several
	// times. The error is a *[LostError] or a fatal *[RemoteError] if the worker cannot be used afterwards.
	Close() error
}

// ContentJSON is the content type of a payload whose metadata names none.
const ContentJSON = "application/json"

// ContentBytes is the content type of bytes that neither side interprets.
const ContentBytes = "application/octet-stream"

// Metadata is the description of a payload. The zero value
// costs no byte on the wire; fields that a peer does not know are ignored.
type Metadata struct {
	ContentType string `json:"content_type,omitempty"` // empty means ContentJSON
	Traceparent string `json:"traceparent,omitempty"`  // W3C trace context
	DeadlineMS  int64  `json:"deadline_ms,omitempty"`  // milliseconds that are left for the request; 0 means no deadline
}

// EndOfStream is returned by [Answers] after the last piece. It does not match [io.EOF], which is how a connection ends: a
// stream that the loss of its worker has cut short ends with a *[LostError].
//
//lint:ignore ST1012 it is not a failure, as io.EOF is not
var EndOfStream = errors.New("wire: stream: every piece has been read")

// ErrStreamClosed is returned by [Answers] for a piece that is asked for after the stream was closed before its end.
var ErrStreamClosed = errors.New("wire: stream: closed before its end")
