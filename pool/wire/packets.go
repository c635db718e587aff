package wire

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// packets are messages behind a length of four bytes.
type packets struct {
	stream io.Writer
	in     *bufio.Reader
	limit  int
}

func newPackets(s io.ReadWriter, limit int) packets {
	return packets{stream: s, in: bufio.NewReaderSize(s, bufferSize), limit: min(limit, maxBody)}
}

func (p packets) write(message []byte) error {
	if len(message) > p.limit {
		return &TooLargeError{What: "message", Size: len(message), Limit: p.limit}
	}
	b := binary.BigEndian.AppendUint32(make([]byte, 0, lengthSize+len(message)), uint32(len(message)))
	_, err := p.stream.Write(append(b, message...))
	return err
}

// read returns the next message. A length is judged by each byte as it arrives: what was printed in its place may be shorter.
func (p packets) read() ([]byte, error) {
	for n := 1; ; n++ {
		head, err := p.in.Peek(n)
		if err != nil {
			return nil, cut(err, len(head))
		}
		var least [lengthSize]byte
		copy(least[:], head)
		length := binary.BigEndian.Uint32(least[:])
		if int64(length) > int64(p.limit) {
			return nil, p.tooLong(length)
		}
		if n == lengthSize {
			return p.body(int(length))
		}
	}
}

func (p packets) body(length int) ([]byte, error) {
	if _, err := p.in.Discard(lengthSize); err != nil {
		return nil, err
	}
	body := make([]byte, length)
	n, err := io.ReadFull(p.in, body)
	return body[:n], cut(err, lengthSize)
}

func (p packets) tooLong(length uint32) error {
	seen, _ := p.in.Peek(p.in.Buffered()) // never more than there is
	wrong := &ProtocolError{
		Field: "length", Seen: fmt.Sprintf("%d or more", length), Allowed: fmt.Sprintf("%d or less", p.limit),
	}
	return wrong.at(seen)
}

// cut tells the end between two messages from one inside a message, of which n bytes have come.
func cut(err error, n int) error {
	if err == io.EOF && n > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}
