package wire

import (
	"errors"
	"fmt"
)

// ErrInFlight is returned by [Data.Exchange] while as many requests are in progress as the worker has slots on
// the same connection. Nothing was sent.
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
	text := fmt.Sprintf("wire: %s: %s: allowed is %s", e.Field, line(e.Seen, maxSeen), e.Allowed)
	if len(e.Bytes) > 0 {
		text += fmt.Sprintf(": frame starts %x %q", e.Bytes, e.Bytes)
	}
	return line(text, maxError)
}

// shownBytes is how much of an offending frame an error keeps: enough to recognise text that
// was printed onto the connection.
const shownBytes = 32

// at returns e with the first bytes of the frame it is about.
func (e *ProtocolError) at(frame []byte) *ProtocolError {
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
		return line(fmt.Sprintf("wire: cancelled: the worker had not begun: %v", e.Err), maxError)
	}
	return line(fmt.Sprintf("wire: cancelled: the worker has stopped: %v", e.Err), maxError)
}

func (e *CancelledError) Unwrap() error { return e.Err }
