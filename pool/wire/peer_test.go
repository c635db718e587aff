package wire_test

import (
	"errors"
	"net"
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// peer is the worker's end of a connection, played by a test.
type peer struct {
	t    *testing.T
	raw  net.Conn
	conn *wire.Conn
}

// play runs script as the worker, and waits for it when the test ends. The other end is returned.
func play(t *testing.T, script func(p peer)) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer theirs.Close()
		script(peer{t, theirs, wire.NewConn(theirs, 0)})
	}()
	t.Cleanup(func() {
		ours.Close()
		<-done
	})
	return ours
}

// reads returns the next frame, which has to be of type want.
func (p peer) reads(want wire.Type) wire.Frame {
	f, err := p.conn.ReadFrame()
	if err != nil || f.Type != want {
		p.t.Errorf("the worker reads %v, %v; want %v", f.Type, err, want)
	}
	return f
}

func (p peer) writes(f wire.Frame) {
	if err := p.conn.WriteFrame(f); err != nil {
		p.t.Errorf("the worker writes %v: %v", f.Type, err)
	}
}

func (p peer) says(t wire.Type, id uint64, payload string) {
	p.writes(wire.Frame{Type: t, ID: id, Payload: []byte(payload)})
}

// sends puts bytes on the connection that need not be a frame.
func (p peer) sends(b []byte) {
	if _, err := p.raw.Write(b); err != nil {
		p.t.Errorf("the worker sends %x: %v", b, err)
	}
}

// sockets returns the two ends of a real socket pair.
func sockets(t testing.TB) (ours, theirs net.Conn) {
	t.Helper()
	ours, file, err := wire.Pair()
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

// wantError returns the error of type E in err, which has to be there.
func wantError[E error](t *testing.T, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("error = %v (%T); want a %T", err, err, e)
	}
	return e
}
