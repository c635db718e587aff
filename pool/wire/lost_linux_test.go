package wire_test

import (
	"io"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// A worker that dies takes the bytes along that it has read.
func TestLost_SaysWhatIsKnownOfTheRequest(t *testing.T) {
	whole, err := wire.Append(nil, wire.Frame{
		Type: wire.TypeRequest, ID: 1, Command: predict.Command, Payload: predict.Payload,
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
			ours, theirs := sockets(t)
			go func() {
				defer theirs.Close()
				awaitBytes(t, theirs.(*net.UnixConn))
				if _, err := io.ReadFull(theirs, make([]byte, tt.read)); err != nil {
					t.Error(err)
				}
			}()
			_, err := wire.NewData(ours, 0).Exchange(t.Context(), predict)
			if lost := wantError[*wire.LostError](t, err); lost.Sent != tt.want {
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
func TestUnreadBytesBehindARequestSayNothingAboutIt(t *testing.T) {
	for name, slots := range map[string]string{"credit on one slot": "1", "a request of several slots": "2"} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := sockets(t)
			data := wire.NewData(ours, 0)
			defer data.Close()
			taken := make(chan struct{})
			go func() {
				defer theirs.Close()
				p := peer{t, theirs, wire.NewConn(theirs, 0)}
				p.says(wire.TypeHello, 0, `{"versions":[1],`+capable+`,"slots":`+slots+`}`)
				p.reads(wire.TypeWelcome)
				p.says(wire.TypeReady, 0, `{}`)
				if slots == "1" {
					p.says(wire.TypeChunk, p.reads(wire.TypeRequest).ID, "a piece")
					<-taken
				}
				awaitBytes(t, theirs.(*net.UnixConn))
			}()
			welcome := wire.Welcome{Slots: 2, Window: 1, Shared: wire.Shared{From: -1}}
			if _, err := data.Handshake(t.Context(), welcome); err != nil {
				t.Fatal(err)
			}
			a, err := data.Stream(t.Context(), predict)
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
			if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.SentUnknown {
				t.Errorf("Next = %v; want the outcome unknown", err)
			}
		})
	}
}
