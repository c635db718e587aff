package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// framing tells the messages of a stream of JSON apart.
type framing struct {
	stream  io.Writer
	in      *bufio.Reader
	limit   int
	headers bool         // a message stands behind headers, and not on a line of its own
	text    func(string) // receives lines that are no message; nil makes them an error
}

func (f *framing) write(message []byte) error {
	if len(message) > f.limit {
		return &TooLargeError{What: "message", Size: len(message), Limit: f.limit}
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
		if err := f.checkFirst(); err != nil {
			return nil, err
		}
		line, err := f.readLine(f.limit)
		if err != nil {
			return nil, err
		}
		switch {
		case bytes.HasPrefix(line, []byte("{")):
			return line, nil
		case len(line) == 0:
		case f.text == nil:
			return nil, notMessage(line)
		default:
			f.text(string(line))
		}
	}
}

func notMessage(line []byte) error {
	return (&ProtocolError{Field: "message", Seen: "text", Allowed: "a JSON object a line"}).at(line)
}

// checkFirst judges a line by its first byte, where text is an error: a line of text may never end.
func (f *framing) checkFirst() error {
	first, err := f.in.Peek(1)
	if err != nil || f.text != nil || bytes.ContainsAny(first, "{ \t\r\n") {
		return err
	}
	seen, _ := f.in.Peek(f.in.Buffered()) // never more than there is
	return notMessage(seen)
}

// readLine returns the next line without the white space around it.
func (f *framing) readLine(limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := f.in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > limit {
			return nil, (&ProtocolError{
				Field: "length", Seen: fmt.Sprintf("a line of %d bytes or more", len(line)), Allowed: fmt.Sprintf("%d or less", limit),
			}).at(line)
		}
		if err == nil {
			return bytes.TrimSpace(line), nil
		}
		if err != bufio.ErrBufferFull {
			return nil, cut(err, len(line))
		}
	}
}

// maxHeader bounds one header, of which only a number matters.
const maxHeader = 4 << 10

func (f *framing) readHeaded() ([]byte, error) {
	length, err := f.readHeaders()
	if err != nil {
		return nil, err
	}
	if length > f.limit {
		return nil, &TooLargeError{What: "message", Size: length, Limit: f.limit}
	}
	body := make([]byte, length)
	_, err = io.ReadFull(f.in, body)
	return body, cut(err, 1)
}

// readHeaders returns the length that the headers before a message name.
func (f *framing) readHeaders() (int, error) {
	length := -1
	for begun := false; ; begun = true {
		line, err := f.readLine(maxHeader)
		if err != nil {
			if begun {
				err = cut(err, 1)
			}
			return 0, err
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := strings.Cut(string(line), ":")
		if !ok {
			return 0, (&ProtocolError{Field: "header", Seen: "no colon", Allowed: "Content-Length: number"}).at(line)
		}
		if !strings.EqualFold(name, "Content-Length") {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
		if err != nil {
			return 0, (&ProtocolError{Field: "header", Seen: err.Error(), Allowed: "Content-Length: number"}).at(line)
		}
		length = int(n)
	}
	if length < 0 {
		return 0, &ProtocolError{Field: "header", Seen: "no Content-Length", Allowed: "Content-Length: number"}
	}
	return length, nil
}
