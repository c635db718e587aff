// Package wiretest has what the tests of the links share: streams to play a worker on, the vectors of fsm1, and checks of errors.
package wiretest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Predict is a request of which a test needs to know nothing.
var Predict = wire.Request{Command: "predict", Payload: []byte(`{"text":"hi"}`)}

// Vectors is the content of vectors.json, which every implementation of fsm1 has to agree with.
type Vectors struct {
	Valid []struct {
		Name, Hex, Type  string
		ID               uint64
		Command, Session string
		Generation       uint64
		Meta, Payload    string
		PayloadHex       string `json:"payload_hex"`
		Last, Shared     bool
	}
	Invalid []struct {
		Name, Hex, Field string
		Limit            int
	}
}

// ReadVectors returns the vectors.
func ReadVectors(t testing.TB) Vectors {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "../../wire/testdata/vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v Vectors
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Unhex returns the bytes of a text in hex.
func Unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Recorded is a stream that holds what a peer has sent before it went away.
type Recorded struct{ io.Reader }

// Write drops p.
func (Recorded) Write(p []byte) (int, error) { return len(p), nil }

// Close does nothing.
func (Recorded) Close() error { return nil }

// SetReadDeadline does nothing: no read blocks.
func (Recorded) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: no write blocks.
func (Recorded) SetWriteDeadline(time.Time) error { return nil }

// Said is a program that has written b to standard output, and drops its input.
func Said(b []byte) stdio.Pipes {
	return stdio.Pipes{Stdin: Recorded{}, Stdout: Recorded{Reader: bytes.NewReader(b)}}
}

// Bridge runs script as a program behind standard input and output. It ends with the test.
func Bridge(t *testing.T, script func(in *bufio.Reader, out net.Conn)) stdio.Pipes {
	t.Helper()
	stdin, in := net.Pipe()
	out, stdout := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer stdout.Close()
		defer in.Close()
		script(bufio.NewReader(in), stdout)
	}()
	t.Cleanup(func() {
		stdin.Close()
		out.Close()
		<-done
	})
	return stdio.Pipes{Stdin: stdin, Stdout: out}
}

// EndPipes ends the streams of a program. They may have been closed before.
func EndPipes(s stdio.Pipes) {
	_ = s.Stdin.Close()
	_ = s.Stdout.Close()
}

// ErrPatience is the cause of the end of a context of [Impatient].
var ErrPatience = errors.New("out of patience")

// Impatient returns a context that ends after d.
func Impatient(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, ErrPatience)
	t.Cleanup(cancel)
	return ctx
}

// WantError returns the error of type E that err is, and fails the test if it is none.
func WantError[E error](t *testing.T, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("error %v (%T); want a %T", err, err, e)
	}
	return e
}

// Is returns a check that an error is want.
func Is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

// As reports whether an error is of type E.
func As[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// FieldOf returns the part of a frame or message that an error is about, empty for other errors.
func FieldOf(err error) string {
	if wrong, ok := errors.AsType[*wire.ProtocolError](err); ok {
		return wrong.Field
	}
	if large, ok := errors.AsType[*wire.TooLargeError](err); ok {
		return large.What
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "end of stream"
	}
	return ""
}

// CheckTyped fails the test for an error that an exchange may not return.
func CheckTyped(t *testing.T, err error) {
	t.Helper()
	if err != nil && !As[*wire.LostError](err) && !As[*wire.RemoteError](err) {
		t.Fatalf("%v (%T)", err, err)
	}
}

// IsLine reports whether text is one line of valid UTF-8 without control characters.
func IsLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// Sockets returns the two ends of a real pair of sockets. They end with the test.
func Sockets(t testing.TB) (ours, theirs net.Conn) {
	t.Helper()
	ours, file, err := fsm1.Pair()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = net.FileConn(file)
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ours.Close()
		theirs.Close()
	})
	return ours, theirs
}

// Halting is a stream with room for so many bytes more. After them a write fails as at a deadline.
type Halting struct {
	wire.Stream
	Room int // negative: all there is
}

// Write writes as much of p as there is room for.
func (h *Halting) Write(p []byte) (int, error) {
	if h.Room < 0 {
		return h.Stream.Write(p)
	}
	n, err := h.Stream.Write(p[:min(len(p), h.Room)])
	h.Room -= n
	if err == nil && n < len(p) {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}
