package wire

import (
	"errors"
	"fmt"
)

// Capability names an optional part of the protocol.
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
		return line(fmt.Sprintf("wire: not supported: %s: the protocol of the worker does not have it", e.What), maxError)
	}
	return line(fmt.Sprintf("wire: not supported: %s: the worker does not have the capability %s", e.What, e.Need), maxError)
}

// Is reports whether target is [ErrNotSupported].
func (e *NotSupportedError) Is(target error) bool { return target == ErrNotSupported }
