package fsm1_test

import (
	"io"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// A worker that dies takes the bytes along that it has read.
func TestLost_SaysWhatIsKnownOfTheRequest(t *testing.T) {
	whole, err := frame.Append(nil, frame.Frame{
		Type: frame.TypeRequest, ID: 1, Command: wiretest.Predict.Command, Payload: wiretest.Predict.Payload,
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		read int // bytes of the request that the worker takes before it dies
		want wire.Sent
	}{
		{"nothing was read", 0, wire.NotSent},
		{"half of it was read", len(whole) / 2, wire.NotSent},
		{"all but a byte was read", len(whole) - 1, wire.NotSent},
		{"all of it was read", len(whole), wire.SentUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ours, theirs := wiretest.Sockets(t)
			go func() {
				defer theirs.Close()
				awaitBytes(t, theirs.(*net.UnixConn))
				if _, err := io.ReadFull(theirs, make([]byte, tt.read)); err != nil {
					t.Error(err)
				}
			}()
			_, err := fsm1.NewData(ours, 0).Exchange(t.Context(), wiretest.Predict)
			if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != tt.want {
				t.Errorf("Exchange = %v; want %v", err, tt.want)
			}
		})
	}
}

// awaitBytes waits until something can be read, and reads nothing.
func awaitBytes(t *testing.T, c *net.UnixConn) {
	raw, err := c.SyscallConn()
	if err == nil {
		err = raw.Read(func(fd uintptr) bool {
			_, _, err := unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
			return err != unix.EAGAIN
		})
	}
	if err != nil {
		t.Error(err)
	}
}

// Bytes that the worker has not read need not be those of the request.
func TestLost_UnreadBytesBehindARequest(t *testing.T) {
	for name, slots := range map[string]string{"credit on one slot": "1", "a request of several slots": "2"} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := wiretest.Sockets(t)
			data := fsm1.NewData(ours, 0)
			defer data.Close()
			taken := make(chan struct{})
			go func() {
				defer theirs.Close()
				p := peer{t, theirs, frame.NewConn(theirs, 0)}
				p.says(frame.TypeHello, 0, `{"versions":[1],`+capable+`,"slots":`+slots+`}`)
				p.reads(frame.TypeWelcome)
				p.says(frame.TypeReady, 0, `{}`)
				if slots == "1" {
					p.says(frame.TypeChunk, p.reads(frame.TypeRequest).ID, "a piece")
					<-taken
				}
				awaitBytes(t, theirs.(*net.UnixConn))
			}()
			welcome := wire.Welcome{Slots: 2, Window: 1, Shared: wire.Shared{From: -1}}
			if _, err := data.Handshake(t.Context(), welcome); err != nil {
				t.Fatal(err)
			}
			a, err := data.Stream(t.Context(), wiretest.Predict)
			if err != nil {
				t.Fatal(err)
			}
			if slots == "1" {
				if _, err := a.Next(); err != nil {
					t.Error(err)
				}
				close(taken)
			}
			_, err = a.Next()
			if lost := wiretest.WantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown {
				t.Errorf("Next = %v; want the outcome unknown", err)
			}
		})
	}
}
