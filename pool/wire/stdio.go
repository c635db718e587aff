package wire

import (
	"errors"
	"io"
	"os"
	"time"
)

// Stdio is what a worker speaks over that knows no descriptors of ours: the pool's ends of its standard input and output,
// such as those of os.Pipe. It is a [Stream].
type Stdio struct {
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
func (s Stdio) Read(p []byte) (int, error) { return s.Stdout.Read(p) }

// Write writes what the worker will read.
func (s Stdio) Write(p []byte) (int, error) { return s.Stdin.Write(p) }

// SetReadDeadline ends reads that block at t.
func (s Stdio) SetReadDeadline(t time.Time) error { return s.Stdout.SetReadDeadline(t) }

// SetWriteDeadline ends writes that block at t.
func (s Stdio) SetWriteDeadline(t time.Time) error { return s.Stdin.SetWriteDeadline(t) }

// Close closes both. Either may have been closed before.
func (s Stdio) Close() error {
	return errors.Join(s.closeInput(), unlessClosed(s.Stdout.Close()))
}

// closeInput ends the input of the worker, which may have ended before.
func (s Stdio) closeInput() error { return unlessClosed(s.Stdin.Close()) }

func unlessClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
