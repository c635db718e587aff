package wire

import (
	"encoding/json"
	"fmt"
)

// Kind says what an ERROR frame is about. A worker may send kinds that are not named here.
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
		return line(fmt.Sprintf("wire: worker: %s: %s: %s", e.Kind, e.Type, e.Message), maxError)
	}
	return line(fmt.Sprintf("wire: worker: %s: %s", e.Kind, e.Message), maxError)
}

// bounded returns e with what a worker may make of its texts put right: they go into logs and errors as they are.
func (e *RemoteError) bounded() *RemoteError {
	e.Kind = Kind(line(string(e.Kind), maxName))
	e.Message = line(e.Message, maxMessage)
	e.Type = line(e.Type, maxName)
	e.Traceback = lines(e.Traceback, maxTraceback)
	return e
}

// remoteError returns the *RemoteError that an ERROR frame carries, or a *ProtocolError.
func remoteError(f Frame) error {
	e := &RemoteError{}
	if err := decodeJSON("ERROR payload", f.Payload, e); err != nil {
		return err
	}
	return e.bounded()
}

func (e *RemoteError) frame(id uint64) (Frame, error) {
	payload, err := json.Marshal(e)
	return Frame{Type: TypeError, ID: id, Payload: payload}, err
}

// unexpected reports a frame that the layout allows and the moment does not.
func unexpected(f Frame, allowed string) *ProtocolError {
	return &ProtocolError{Field: "frame", Seen: fmt.Sprintf("%v with id %d", f.Type, f.ID), Allowed: allowed}
}
