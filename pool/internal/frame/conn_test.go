package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/fsmgen/fsmgen/pool/internal/frame"
	"github.com/fsmgen/fsmgen/pool/internal/wiretest"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// counted counts the calls that reach a stream.
type counted struct {
	wire.Stream
	reads, writes int
}

func (c *counted) Read(p []byte) (int, error) {
	c.reads++
	return c.Stream.Read(p)
}

func (c *counted) Write(p []byte) (int, error) {
	c.writes++
	return c.Stream.Write(p)
}

func response(size int) frame.Frame {
	return frame.Frame{Type: frame.TypeResponse, ID: 1, Payload: bytes.Repeat([]byte("x"), size)}
}

func TestConn_SmallFrameTakesOneWriteAndOneRead(t *testing.T) {
	ours, theirs := wiretest.Sockets(t)
	writer, reader := &counted{Stream: ours}, &counted{Stream: theirs}
	if err := frame.NewConn(writer, 0).WriteFrame(response(10_000)); err != nil {
		t.Fatal(err)
	}
	if _, err := frame.NewConn(reader, 0).ReadFrame(); err != nil {
		t.Fatal(err)
	}
	if writer.writes != 1 || reader.reads != 1 {
		t.Errorf("%d writes and %d reads; want 1 and 1", writer.writes, reader.reads)
	}
}

func TestConn_LargeFrameTakesTwoReads(t *testing.T) {
	ours, theirs := wiretest.Sockets(t)
	reader := &counted{Stream: theirs}
	want := response(100_000)
	if err := frame.NewConn(ours, 0).WriteFrame(want); err != nil {
		t.Fatal(err)
	}
	got, err := frame.NewConn(reader, 0).ReadFrame()
	if err != nil || reader.reads != 2 {
		t.Fatalf("ReadFrame = %v after %d reads; want 2", err, reader.reads)
	}
	if got.Type != want.Type || got.ID != want.ID || !bytes.Equal(got.Payload, want.Payload) {
		t.Errorf("ReadFrame = %v %d with %d bytes; want what was written", got.Type, got.ID, len(got.Payload))
	}
}

func TestConn_FramesThatArriveTogether(t *testing.T) {
	var stream []byte
	sizes := []int{0, 1, 7_000, 9_000, 16_356, 3, 40_000, 5}
	for _, size := range sizes {
		stream, _ = frame.Append(stream, response(size))
	}
	c := from(stream, 0)
	for _, size := range sizes {
		f, err := c.ReadFrame()
		if err != nil || len(f.Payload) != size {
			t.Fatalf("ReadFrame = %d bytes, %v; want %d", len(f.Payload), err, size)
		}
	}
	if _, err := c.ReadFrame(); err != io.EOF {
		t.Errorf("ReadFrame at the end = %v; want EOF", err)
	}
}

func TestConn_FrameByteByByte(t *testing.T) {
	stream, _ := frame.Append(nil, response(20_000))
	c := frame.NewConn(wiretest.Recorded{Reader: &byteByByte{stream}}, 0)
	if f, err := c.ReadFrame(); err != nil || len(f.Payload) != 20_000 {
		t.Errorf("ReadFrame = %d bytes, %v", len(f.Payload), err)
	}
}

type byteByByte struct{ rest []byte }

func (b *byteByByte) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	p[0], b.rest = b.rest[0], b.rest[1:]
	return 1, nil
}

func TestConn_FrameOverTheLimitIsNotWritten(t *testing.T) {
	ours, _ := wiretest.Sockets(t)
	writer := &counted{Stream: ours}
	c := frame.NewConn(writer, 100)
	large := wiretest.WantError[*wire.TooLargeError](t, c.WriteFrame(response(89)))
	if large.Size != 101 || large.Limit != 100 || writer.writes != 0 {
		t.Errorf("%v after %d writes; want 101 of 100 bytes and no write", large, writer.writes)
	}
	if err := c.WriteFrame(response(88)); err != nil {
		t.Errorf("a frame of exactly the limit: %v", err)
	}
}

func TestConn_NothingAfterABrokenFrame(t *testing.T) {
	stream := wiretest.Unhex(t, "0000000c"+"6300000000000000"+"00000000")
	stream, _ = frame.Append(stream, response(1))
	c := from(stream, 0)
	_, first := c.ReadFrame()
	_, second := c.ReadFrame()
	if wiretest.WantError[*wire.ProtocolError](t, first).Field != "type" || !errors.Is(second, first) {
		t.Errorf("ReadFrame = %v, then %v; want the same error about the type", first, second)
	}
}

func TestConn_ReadAfterADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream, _ := frame.Append(nil, response(50))
		half := make(chan struct{})
		ours, theirs := net.Pipe()
		defer ours.Close()
		go func() {
			defer theirs.Close()
			_, first := theirs.Write(stream[:20])
			<-half
			_, second := theirs.Write(stream[20:])
			if err := errors.Join(first, second); err != nil {
				t.Error(err)
			}
		}()
		c := frame.NewConn(ours, 0)
		if err := c.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ReadFrame(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("ReadFrame of half a frame = %v; want the deadline", err)
		}
		close(half)
		if err := c.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if f, err := c.ReadFrame(); err != nil || len(f.Payload) != 50 {
			t.Errorf("ReadFrame = %d bytes, %v; want 50", len(f.Payload), err)
		}
	})
}

// A connection reads the same frames, and ends with the same error, however the bytes arrive; only the size of text that was
// printed onto it is judged as soon as there is a byte of it.
func FuzzConn(f *testing.F) {
	v := wiretest.ReadVectors(f)
	var all []byte
	for _, valid := range v.Valid {
		all = append(all, wiretest.Unhex(f, valid.Hex)...)
		f.Add(wiretest.Unhex(f, valid.Hex))
	}
	f.Add(all)
	for _, invalid := range v.Invalid {
		f.Add(wiretest.Unhex(f, invalid.Hex))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 1 << 20
		together := frames(frame.NewConn(wiretest.Recorded{Reader: bytes.NewReader(stream)}, limit))
		single := frames(frame.NewConn(wiretest.Recorded{Reader: iotest.OneByteReader(bytes.NewReader(stream))}, limit))
		if len(together) != len(single) {
			t.Fatalf("%d frames at once, %d byte by byte", len(together), len(single))
		}
		for i := range together {
			if !bytes.Equal(together[i], single[i]) {
				t.Fatalf("frame %d: %x at once, %x byte by byte", i, together[i], single[i])
			}
		}
	})
}

// frames reads until an error, which has to be one of those that are told apart.
func frames(c *frame.Conn) (read [][]byte) {
	for {
		f, err := c.ReadFrame()
		if err != nil {
			if wiretest.FieldOf(err) == "" && err != io.EOF {
				panic(fmt.Sprintf("ReadFrame = %v (%T)", err, err))
			}
			return read
		}
		written, err := frame.Append(nil, f)
		if err != nil {
			panic(err)
		}
		read = append(read, written)
	}
}

func TestConn_HalfAFrameIsFollowedByNothing(t *testing.T) {
	for _, size := range []int{10, 100_000} { // one write, and two
		for _, room := range []int{1, 20} {
			var out bytes.Buffer
			s := &wiretest.Halting{Stream: recordedTo{&out}, Room: room}
			c := frame.NewConn(s, 0)
			first := c.WriteFrame(response(size))
			s.Room = -1
			second := c.WriteFrame(response(1))
			if first == nil || second == nil || out.Len() > 20 || !errors.Is(second, os.ErrDeadlineExceeded) {
				t.Errorf("%d bytes, room for %d: %v, then %v with %d bytes written; want two errors and nothing behind the half", size, room, first, second, out.Len())
			}
		}
	}
}

// recordedTo is a stream that keeps what is written.
type recordedTo struct{ out *bytes.Buffer }

func (r recordedTo) Write(p []byte) (int, error) { return r.out.Write(p) }

func (recordedTo) Read([]byte) (int, error) { return 0, net.ErrClosed }

func (recordedTo) Close() error { return nil }

func (recordedTo) SetReadDeadline(time.Time) error { return nil }

func (recordedTo) SetWriteDeadline(time.Time) error { return nil }

func TestConn_NoByteOfAFrameLeavesTheConnectionUsable(t *testing.T) {
	var out bytes.Buffer
	s := &wiretest.Halting{Stream: recordedTo{&out}}
	c := frame.NewConn(s, 0)
	if err := c.WriteFrame(response(1)); err == nil || out.Len() > 0 {
		t.Fatalf("WriteFrame = %v with %d bytes", err, out.Len())
	}
	s.Room = -1
	if err := c.WriteFrame(response(1)); err != nil {
		t.Errorf("WriteFrame = %v; want it written", err)
	}
}
