package fsm1_test

import (
	"net"
	"testing"

	"go.uber.org/goleak"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is the worker's end of a connection, played by a test.
type peer struct {
	t    *testing.T
	raw  net.Conn
	conn *frame.Conn
}

// play runs script as the worker, and waits for it when the test ends. The other end is returned.
func play(t *testing.T, script func(p peer)) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer theirs.Close()
		script(peer{t, theirs, frame.NewConn(theirs, 0)})
	}()
	t.Cleanup(func() {
		ours.Close()
		<-done
	})
	return ours
}

// reads returns the next frame, which has to be of type want.
func (p peer) reads(want frame.Type) frame.Frame {
	f, err := p.conn.ReadFrame()
	if err != nil || f.Type != want {
		p.t.Errorf("the worker reads %v, %v; want %v", f.Type, err, want)
	}
	return f
}

func (p peer) writes(f frame.Frame) {
	if err := p.conn.WriteFrame(f); err != nil {
		p.t.Errorf("the worker writes %v: %v", f.Type, err)
	}
}

func (p peer) says(t frame.Type, id uint64, payload string) {
	p.writes(frame.Frame{Type: t, ID: id, Payload: []byte(payload)})
}

// sends puts bytes on the connection that need not be a frame.
func (p peer) sends(b []byte) {
	if _, err := p.raw.Write(b); err != nil {
		p.t.Errorf("the worker sends %x: %v", b, err)
	}
}
