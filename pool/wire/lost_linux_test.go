package wire_test

import (
	"errors"
	"io"
	"syscall"
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// A worker that dies takes the bytes along that it has read. Here it has read all but one.
func TestARequestThatWasNotReadToItsEndWasNotSent(t *testing.T) {
	ours, theirs := sockets(t)
	frame, err := wire.Append(nil, wire.Frame{
		Type: wire.TypeRequest, ID: 1, Command: predict.Command, Payload: predict.Payload,
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer theirs.Close()
		if _, err := io.ReadFull(theirs, make([]byte, len(frame)-1)); err != nil {
			t.Error(err)
		}
	}()
	_, err = wire.NewData(ours, 0).Exchange(t.Context(), predict)
	if lost := wantError[*wire.LostError](t, err); lost.Sent != wire.NotSent || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v; want %v and ECONNRESET", err, wire.NotSent)
	}
}
