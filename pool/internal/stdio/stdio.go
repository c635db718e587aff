// Package stdio has what the links have in common whose workers speak over standard input and output.
package stdio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// The bounds of a link over standard input and output, in bytes.
const (
	BufferSize = 16 << 10      // what one read may take from the stream
	MaxMessage = math.MaxInt32 // of one message, whatever the configuration allows
)

// Decode reads a message of JSON, or a part of one with that name. The error is a *[wire.ProtocolError].
func Decode(name string, text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return (&wire.ProtocolError{Field: name, Seen: err.Error(), Allowed: "the JSON object of docs/wire.md"}).At(text)
	}
	return nil
}

// Pipes are the pool's ends of the standard input and output of a worker without descriptors of its own,
// such as those of os.Pipe. It is a [wire.Stream].
type Pipes struct {
	Stdin interface {
		io.WriteCloser
		SetWriteDeadline(time.Time) error
	}
	Stdout interface {
		io.ReadCloser
		SetReadDeadline(time.Time) error
	}
}

// Read reads what the worker has written.
func (s Pipes) Read(p []byte) (int, error) { return s.Stdout.Read(p) }

// Write writes what the worker will read.
func (s Pipes) Write(p []byte) (int, error) { return s.Stdin.Write(p) }

// SetReadDeadline ends reads that block at t.
func (s Pipes) SetReadDeadline(t time.Time) error { return s.Stdout.SetReadDeadline(t) }

// SetWriteDeadline ends writes that block at t.
func (s Pipes) SetWriteDeadline(t time.Time) error { return s.Stdin.SetWriteDeadline(t) }

// Close closes both. Either may have been closed before.
func (s Pipes) Close() error {
	return errors.Join(s.CloseInput(), unlessClosed(s.Stdout.Close()))
}

// CloseInput ends the input of the worker, which may have ended before.
func (s Pipes) CloseInput() error { return unlessClosed(s.Stdin.Close()) }

func unlessClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// Plain is the part of a link that is the same for all workers that answer one request at a time and know nothing else.
type Plain struct{}

// Slots implements [wire.Link].
func (Plain) Slots() int { return 1 }

// Can implements [wire.Link]: a worker of this protocol can answer requests.
func (Plain) Can(wire.Capability) bool { return false }

// Export implements [wire.Link]: it is not supported.
func (Plain) Export(context.Context, wire.Session, bool) (wire.Snapshot, error) {
	return wire.Snapshot{}, &wire.NotSupportedError{What: "the state of a session"}
}

// Import implements [wire.Link]: it is not supported.
func (Plain) Import(context.Context, wire.Session, wire.Snapshot) error {
	return &wire.NotSupportedError{What: "the state of a session"}
}

// Drop implements [wire.Link]: such a worker keeps no state that is known here.
func (Plain) Drop([]wire.Session) error { return nil }

// Speaks returns nil for a request that JSON and one answer are enough for.
func (Plain) Speaks(r wire.Request) error {
	switch {
	case r.Input != nil:
		return &wire.NotSupportedError{What: "a stream as input"}
	case r.Checkpoint:
		return &wire.NotSupportedError{What: "a checkpoint"}
	case r.Meta.ContentType != "" && r.Meta.ContentType != wire.ContentJSON:
		return &wire.NotSupportedError{What: "a payload of " + r.Meta.ContentType}
	case len(r.Payload) > 0 && !json.Valid(r.Payload):
		return (&wire.ProtocolError{Field: "payload", Seen: "no JSON", Allowed: wire.ContentJSON}).At(r.Payload)
	}
	return nil
}

// Unwell makes an answer that is an error the worker's report.
func Unwell(err error) (wire.Pong, error) {
	if remote, ok := err.(*wire.RemoteError); ok {
		return wire.Pong{Reason: remote.Message}, nil
	}
	return wire.Pong{}, fmt.Errorf("wire: ping: %w", err)
}

// Cut tells the end between two messages from one inside a message, of which n bytes have come.
func Cut(err error, n int) error {
	if err == io.EOF && n > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}
