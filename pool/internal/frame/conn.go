package frame

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// bufferSize is what one read may take from the stream, and up to which payloads
// are copied behind their head instead of being written as a vector.
const bufferSize = 16 << 10

// Conn reads and writes frames. One goroutine may read while another one writes; two
// readers or two writers need a lock of their own. The connections of pool/fsm1 have it.
type Conn struct {
	Stream    wire.Stream
	limit     int // of frames that are written
	ReadLimit int // of frames that are read

	in          []byte // in[start:end] has been read from the stream and not been consumed
	start, end  int
	long        []byte // the body being read that in is too small for; nil between such frames
	longEnd     int    // long[:longEnd] has been read
	readBroken  error  // why no further frame can be read
	Into        []byte // where the next RESPONSE is to go; nil for memory of its own
	out         []byte
	vector      [2][]byte
	writeBroken error // why no further frame can be written: part of one was
}

// NewConn returns a connection whose frames have at most limit bytes after their
// length, in both directions. Zero means [wire.DefaultLimit].
func NewConn(s wire.Stream, limit int) *Conn {
	if limit <= 0 {
		limit = wire.DefaultLimit
	}
	limit = min(limit, maxBody)
	return &Conn{Stream: s, limit: limit, ReadLimit: limit, in: make([]byte, bufferSize)}
}

// Limit returns the size of the largest frame.
func (c *Conn) Limit() int { return c.limit }

// SetReadDeadline ends reads that block at t, those already in progress included, with [os.ErrDeadlineExceeded]. The
// zero time means never.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.Stream.SetReadDeadline(t) }

// SetWriteDeadline does for writes what SetReadDeadline does for reads.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.Stream.SetWriteDeadline(t) }

// Close closes the stream; blocked calls return.
func (c *Conn) Close() error { return c.Stream.Close() }

// WriteFrame writes f with one write. A [wire.TooLargeError] means that nothing was
// written. After an error in the middle of a frame every further call returns that error.
func (c *Conn) WriteFrame(f Frame) error {
	if c.writeBroken != nil {
		return c.writeBroken
	}
	if err := checkSize(f.bodySize(), c.limit); err != nil {
		return err
	}
	head, err := appendHead(c.out[:0], &f)
	if err != nil {
		return err
	}
	n, err := c.write(head, f.Payload)
	if err != nil && n > 0 {
		c.writeBroken = partWritten(err)
	}
	return err
}

// partWritten is why nothing can follow a frame of which part was written.
func partWritten(err error) error {
	return fmt.Errorf("wire: write: part of a frame was written: %w", err)
}

// WriteWith writes f and sends file along with its first byte. The stream has to be a unix socket.
func (c *Conn) WriteWith(file *os.File, f Frame) error {
	b, err := Append(nil, f)
	if err != nil {
		return err
	}
	if err := checkSize(f.bodySize(), c.limit); err != nil {
		return err
	}
	n, err := sendFile(c.Stream, b, file)
	if err == nil && n < len(b) {
		_, err = c.Stream.Write(b[n:])
	}
	if err != nil {
		c.writeBroken = partWritten(err)
	}
	return err
}

func (c *Conn) write(head, payload []byte) (int64, error) {
	if len(payload) <= bufferSize {
		c.out = append(head, payload...)
		n, err := c.Stream.Write(c.out)
		return int64(n), err
	}
	c.out = head
	c.vector = [2][]byte{head, payload}
	buffers := net.Buffers(c.vector[:])
	return buffers.WriteTo(c.Stream)
}

// ReadFrame returns the next frame; Meta and Payload belong to the caller. At the end
// of the stream it returns [io.EOF], inside a frame [io.ErrUnexpectedEOF]. A call that a
// deadline ended can be repeated.
func (c *Conn) ReadFrame() (Frame, error) {
	if c.readBroken != nil {
		return Frame{}, c.readBroken
	}
	body, err := c.readBody()
	if err != nil {
		return Frame{}, err
	}
	f, err := Decode(body)
	if err != nil {
		c.readBroken = err
	}
	return f, err
}

func (c *Conn) readBody() ([]byte, error) {
	if c.long != nil {
		return c.readLong()
	}
	length, err := c.nextLength()
	if err != nil {
		return nil, err
	}
	if LengthSize+length > len(c.in) {
		c.beginLong(length)
		return c.readLong()
	}
	if err := c.fill(LengthSize + length); err != nil {
		return nil, err
	}
	body := c.body(length)
	copy(body, c.in[c.start+LengthSize:])
	c.start += LengthSize + length
	return body, nil
}

// nextLength waits for the fixed part of a frame and judges each byte when it arrives: what was printed onto the
// connection may be shorter than that, and waiting for the rest would be waiting for nothing. Type and flags come before
// the size, because text makes a length that says nothing.
func (c *Conn) nextLength() (int, error) {
	for want := 1; ; want = c.end - c.start + 1 {
		if err := c.fill(want); err != nil {
			return 0, err
		}
		seen := c.in[c.start:min(c.end, c.start+LengthSize+FixedSize)]
		if err := checkHead(seen, c.ReadLimit); err != nil {
			return 0, c.broken(err)
		}
		if len(seen) < LengthSize+FixedSize {
			continue
		}
		length := int(binary.BigEndian.Uint32(seen))
		if err := checkSize(length, c.ReadLimit); err != nil {
			c.readBroken = err
			return 0, err
		}
		return length, nil
	}
}

// checkHead looks at as much of a frame's length and fixed part as there is. The length counts as too large only as
// long as there is nothing better to judge by.
func checkHead(seen []byte, limit int) *wire.ProtocolError {
	if len(seen) >= LengthSize {
		if length := int(binary.BigEndian.Uint32(seen)); length < FixedSize {
			return badLength(length)
		}
	}
	if len(seen) > LengthSize {
		return checkStart(seen[LengthSize:])
	}
	var least [LengthSize]byte
	copy(least[:], seen)
	if length := binary.BigEndian.Uint32(least[:]); int64(length) > int64(limit) {
		return &wire.ProtocolError{Field: "length", Seen: fmt.Sprintf("%d or more", length), Allowed: fmt.Sprintf("%d or less", limit)}
	}
	return nil
}

func (c *Conn) broken(err *wire.ProtocolError) error {
	c.readBroken = err.At(c.in[c.start:c.end])
	return c.readBroken
}

// fill reads until n bytes, which the buffer can hold, are there.
func (c *Conn) fill(n int) error {
	if c.start == c.end {
		c.start, c.end = 0, 0
	}
	if c.start+n > len(c.in) {
		c.end = copy(c.in, c.in[c.start:c.end])
		c.start = 0
	}
	for c.end-c.start < n {
		got, err := c.Stream.Read(c.in[c.end:])
		c.end += got
		if err != nil && c.end-c.start < n {
			return c.readError(err)
		}
	}
	return nil
}

func (c *Conn) readError(err error) error {
	if err == io.EOF && c.end > c.start {
		return io.ErrUnexpectedEOF
	}
	return err
}

// body returns room for the body that comes next: a RESPONSE goes where its receiver wants it, if it fits there.
func (c *Conn) body(length int) []byte {
	if Type(c.in[c.start+LengthSize]) == TypeResponse && length <= cap(c.Into) {
		return c.Into[:length]
	}
	return make([]byte, length)
}

// beginLong moves what there is of a frame that the buffer cannot hold into its body.
func (c *Conn) beginLong(length int) {
	c.long = c.body(length)
	c.longEnd = copy(c.long, c.in[c.start+LengthSize:c.end])
	c.start, c.end = 0, 0
}

// readLong reads the rest of it straight into its body.
func (c *Conn) readLong() ([]byte, error) {
	for c.longEnd < len(c.long) {
		n, err := c.Stream.Read(c.long[c.longEnd:])
		c.longEnd += n
		if err != nil && c.longEnd < len(c.long) {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	body := c.long
	c.long = nil
	return body, nil
}
