package wire

import (
	"encoding/binary"
	"io"
	"net"
	"time"
)

// Stream is what a connection runs over: a socket from [Pair], or net.Pipe in a test.
// Its reads must park the goroutine, not the thread, and a deadline must end them.
type Stream interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

// DefaultLimit is the largest frame when nothing else was asked for: 64 MiB.
const DefaultLimit = 64 << 20

// bufferSize is what one read may take from the stream, and up to which payloads
// are copied behind their head instead of being written as a vector.
const bufferSize = 16 << 10

// Conn reads and writes frames. One goroutine may read while another one writes; two
// readers or two writers need a lock of their own. [Data] and [Control] have it.
type Conn struct {
	stream Stream
	limit  int

	in          []byte // in[start:end] has been read from the stream and not been consumed
	start, end  int
	readBroken  error // why no further frame can be read: the stream stands inside one
	out         []byte
	vector      [2][]byte
	writeBroken error // why no further frame can be written: part of one was
}

// NewConn returns a connection whose frames have at most limit bytes after their
// length, in both directions. Zero means [DefaultLimit].
func NewConn(s Stream, limit int) *Conn {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Conn{stream: s, limit: min(limit, maxBody), in: make([]byte, bufferSize)}
}

// Limit returns the size of the largest frame.
func (c *Conn) Limit() int { return c.limit }

// SetDeadline ends reads and writes that block at t, those already in progress
// included, with [os.ErrDeadlineExceeded]. The zero time means never.
func (c *Conn) SetDeadline(t time.Time) error { return c.stream.SetDeadline(t) }

// Close closes the stream; blocked calls return.
func (c *Conn) Close() error { return c.stream.Close() }

// WriteFrame writes f with one write. A [TooLargeError] means that nothing was
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
		c.writeBroken = err
	}
	return err
}

func (c *Conn) write(head, payload []byte) (int64, error) {
	if len(payload) <= bufferSize {
		c.out = append(head, payload...)
		n, err := c.stream.Write(c.out)
		return int64(n), err
	}
	c.out = head
	c.vector = [2][]byte{head, payload}
	buffers := net.Buffers(c.vector[:])
	return buffers.WriteTo(c.stream)
}

// ReadFrame returns the next frame; Meta and Payload belong to the caller. At the end
// of the stream it returns [io.EOF], inside a frame [io.ErrUnexpectedEOF]. A call that a
// deadline ended can be repeated unless the frame was larger than the buffer.
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
	length, err := c.nextLength()
	if err != nil {
		return nil, err
	}
	if lengthSize+length > len(c.in) {
		return c.readLong(length)
	}
	if err := c.fill(lengthSize + length); err != nil {
		return nil, err
	}
	body := make([]byte, length)
	copy(body, c.in[c.start+lengthSize:])
	c.start += lengthSize + length
	return body, nil
}

// nextLength waits for the fixed part of a frame. It judges type and flags before the
// size, because text printed onto the connection makes a length that says nothing.
func (c *Conn) nextLength() (int, error) {
	if err := c.fill(lengthSize); err != nil {
		return 0, err
	}
	length := int(binary.BigEndian.Uint32(c.in[c.start:]))
	if length < fixedSize {
		return 0, c.broken(badLength(length))
	}
	if err := c.fill(lengthSize + fixedSize); err != nil {
		return 0, err
	}
	if err := checkFixed(c.in[c.start+lengthSize : c.end]); err != nil {
		return 0, c.broken(err)
	}
	if err := checkSize(length, c.limit); err != nil {
		c.readBroken = err
		return 0, err
	}
	return length, nil
}

func (c *Conn) broken(err *ProtocolError) error {
	c.readBroken = err.at(c.in[c.start:c.end])
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
		got, err := c.stream.Read(c.in[c.end:])
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

// readLong reads a frame that the buffer cannot hold straight into its body.
func (c *Conn) readLong(length int) ([]byte, error) {
	body := make([]byte, length)
	n := copy(body, c.in[c.start+lengthSize:c.end])
	c.start, c.end = 0, 0
	if _, err := io.ReadFull(c.stream, body[n:]); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		c.readBroken = err
		return nil, err
	}
	return body, nil
}
