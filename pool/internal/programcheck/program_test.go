package programcheck

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon ends what would hang otherwise.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// start runs a program and returns its standard input and output. When the test has closed the link the program has to end by
// itself, with status 0.
func start(t *testing.T, name string, args ...string) stdio.Pipes {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(err)
	}
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout = in, out
	err = cmd.Start()
	if err = errors.Join(err, in.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	s := stdio.Pipes{Stdin: stdin, Stdout: stdout}
	guard := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		defer guard.Stop()
		if _, err := io.Copy(io.Discard, stdout); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
		err := cmd.Wait()
		if err := errors.Join(err, s.Close()); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	})
	return s
}

// ready takes a link through its handshake.
func ready(t *testing.T, l wire.Link) {
	t.Helper()
	if _, err := l.Handshake(soon(t), wire.Welcome{}); err != nil {
		t.Fatal(err)
	}
}

// ask returns the answer to a command.
func ask(t *testing.T, l wire.Link, command, session, payload string) string {
	t.Helper()
	got, err := l.Exchange(soon(t), wire.Request{Command: command, Session: session, Payload: []byte(payload)})
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return string(got.Payload)
}

// fails returns the error that a command is answered with.
func fails(t *testing.T, l wire.Link, command, session, payload string) *wire.RemoteError {
	t.Helper()
	_, err := l.Exchange(soon(t), wire.Request{Command: command, Session: session, Payload: []byte(payload)})
	remote, ok := errors.AsType[*wire.RemoteError](err)
	if !ok {
		t.Fatalf("%s: %v; want an answer that is an error", command, err)
	}
	return remote
}

// leave ends a program politely.
func leave(t *testing.T, l wire.Link) {
	t.Helper()
	if err := l.Shutdown(soon(t), "the test is over"); err != nil {
		t.Error(err)
	}
}
