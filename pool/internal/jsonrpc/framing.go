package jsonrpc

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fsmgen/fsmgen/pool/internal/printable"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// framing is the reader and writer of the messages of a stream of JSON.
type framing struct {
	stream  io.Writer
	in      *bufio.Reader
	limit   int
	headers bool              // a message stands behind headers, and not on a line of its own
	skip    func(line []byte) // receives lines that are no message, where there are no headers
}

func (f *framing) write(message []byte) error {
	if len(message) > f.limit {
		return &wire.TooLargeError{What: "message", Size: len(message), Limit: f.limit}
	}
	if f.headers {
		message = append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(message)), message...)
	} else {
		message = append(bytes.Clone(message), '\n')
	}
	_, err := f.stream.Write(message)
	return err
}

func (f *framing) read() ([]byte, error) {
	if f.headers {
		return f.readHeaded()
	}
	for {
		line, whole, err := f.readLine()
		switch {
		case err != nil:
			return nil, err
		case !whole:
			return nil, f.tooLong(line)
		case bytes.HasPrefix(line, []byte("{")) || bytes.HasPrefix(line, []byte("[")):
			return line, nil
		case len(line) > 0:
			f.skip(line)
		}
	}
}

func (f *framing) tooLong(line []byte) error {
	return (&wire.ProtocolError{
		Field: "length", Seen: fmt.Sprintf("a line of %d bytes or more", len(line)), Allowed: fmt.Sprintf("%d or less", f.limit),
	}).At(line)
}

// byteOrderMark begins the output of some programs.
var byteOrderMark = []byte("\ufeff")

// readLine returns the next line without the white space around it. Of a line that is no message, which may never end, no more
// than a beginning is kept; of a message that is over the limit no more is read: then whole is false.
func (f *framing) readLine() (line []byte, whole bool, err error) {
	for {
		part, err := f.in.ReadSlice('\n')
		if len(line) == 0 {
			part = bytes.TrimLeft(bytes.TrimPrefix(part, byteOrderMark), " \t\r")
		}
		message := looksLikeMessage(line) || (len(line) == 0 && looksLikeMessage(part))
		if message || len(line) < maxSkipped {
			line = append(line, part...)
		}
		switch {
		case message && len(line) > f.limit:
			return line, false, nil
		case err == nil:
			return bytes.TrimSpace(line), true, nil
		case err == io.EOF && len(line) > 0 && !message:
			return bytes.TrimSpace(line), true, nil // the last words of a program need not end
		case err != bufio.ErrBufferFull:
			return nil, false, stdio.Cut(err, len(line))
		}
	}
}

// looksLikeMessage is true for an object, and for a batch of them, which is refused as a whole.
func looksLikeMessage(line []byte) bool {
	return bytes.HasPrefix(line, []byte("{")) || bytes.HasPrefix(line, []byte("[{"))
}

// maxSkipped bounds how much of a line is kept that is no message: more than is passed on, so that its size can be seen.
const maxSkipped = 2 * printable.MaxMessage

// maxHeader bounds one header, of which only a number matters.
const maxHeader = 4 << 10

func (f *framing) readHeaded() ([]byte, error) {
	length, err := f.readHeaders()
	if err != nil {
		return nil, err
	}
	if length > f.limit {
		return nil, &wire.TooLargeError{What: "message", Size: length, Limit: f.limit}
	}
	body := make([]byte, length)
	_, err = io.ReadFull(f.in, body)
	return body, stdio.Cut(err, 1)
}

// readHeaders returns the length that the headers before a message name. Empty lines before them mean nothing.
func (f *framing) readHeaders() (int, error) {
	length := -1
	for begun := false; ; {
		line, err := f.readHeader()
		if err != nil {
			if begun {
				err = stdio.Cut(err, 1)
			}
			return 0, err
		}
		if len(line) == 0 && begun {
			break
		}
		if len(line) == 0 {
			continue
		}
		begun = true
		name, value, ok := strings.Cut(string(line), ":")
		if !ok {
			return 0, (&wire.ProtocolError{Field: "header", Seen: "no colon", Allowed: "Content-Length: number"}).At(line)
		}
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
		if err != nil {
			return 0, (&wire.ProtocolError{Field: "header", Seen: err.Error(), Allowed: "Content-Length: number"}).At(line)
		}
		length = int(n)
	}
	if length < 0 {
		return 0, &wire.ProtocolError{Field: "header", Seen: "no Content-Length", Allowed: "Content-Length: number"}
	}
	return length, nil
}

// readHeader returns one line of headers without the white space around it.
func (f *framing) readHeader() ([]byte, error) {
	var line []byte
	for {
		part, err := f.in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxHeader {
			return nil, (&wire.ProtocolError{
				Field: "length", Seen: fmt.Sprintf("a header of %d bytes or more", len(line)), Allowed: fmt.Sprintf("%d or less", maxHeader),
			}).At(line)
		}
		if err == nil {
			return bytes.TrimSpace(line), nil
		}
		if err != bufio.ErrBufferFull {
			return nil, stdio.Cut(err, len(line))
		}
	}
}
