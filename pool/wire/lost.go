package wire

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"syscall"
)

// Sent says what is known about a request whose answer is lost.
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
	return line(fmt.Sprintf("wire: connection lost: request %v: %v", e.Sent, e.Err), maxError)
}

func (e *LostError) Unwrap() error { return e.Err }

// sentAfter returns what is known about a request that was written as a whole before
// reading its answer ended with err. When the worker's end of a Linux unix socket is closed with bytes
// unread, ours reads ECONNRESET; the last bytes written are those of the only request in flight.
func sentAfter(err error, s Stream) Sent {
	_, unix := s.(*net.UnixConn)
	if unix && runtime.GOOS == "linux" && errors.Is(err, syscall.ECONNRESET) {
		return NotSent
	}
	return SentUnknown
}
