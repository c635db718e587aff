package wire

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Decode reads the body of a frame: everything after the length. Meta and Payload
// of the result alias body. Every error is a [ProtocolError].
func Decode(body []byte) (Frame, error) {
	f, err := decode(body)
	if err != nil {
		return Frame{}, err.at(body)
	}
	return f, nil
}

func decode(body []byte) (Frame, *ProtocolError) {
	if err := checkFixed(body); err != nil {
		return Frame{}, err
	}
	f := Frame{Type: Type(body[0]), Flags: Flags(body[1]), ID: binary.BigEndian.Uint64(body[4:])}
	d := decoder{rest: body[fixedSize:]}
	if f.Type == TypeRequest {
		f.Command = d.string("command")
		f.Session = d.string("session")
		f.Generation = d.uint64("generation")
	}
	if f.Flags&FlagMetadata != 0 {
		f.Meta = d.metadata()
	}
	f.Payload = d.rest
	if d.err == nil {
		d.err = f.checkPayload()
	}
	return f, d.err
}

// checkFixed looks at the bytes that every frame has.
func checkFixed(body []byte) *ProtocolError {
	if len(body) < fixedSize {
		return badLength(len(body))
	}
	return checkStart(body)
}

// checkStart looks at as much of the fixed part of a body as there is.
func checkStart(body []byte) *ProtocolError {
	if len(body) > 0 {
		if err := Type(body[0]).check(); err != nil {
			return err
		}
	}
	if len(body) > 1 {
		if err := Flags(body[1]).check(Type(body[0])); err != nil {
			return err
		}
	}
	for i := 2; i < min(len(body), 4); i++ {
		if body[i] != 0 {
			return &ProtocolError{Field: "reserved", Seen: fmt.Sprintf("%x", body[2:i+1]), Allowed: "0000"}
		}
	}
	return nil
}

func badLength(n int) *ProtocolError {
	return &ProtocolError{Field: "length", Seen: fmt.Sprint(n), Allowed: fmt.Sprintf("%d or more", fixedSize)}
}

// decoder takes the variable fields off the front of rest. After the first error it
// returns zero values and keeps that error.
type decoder struct {
	rest []byte
	err  *ProtocolError
}

func (d *decoder) take(field string, n int) []byte {
	if d.err == nil && n > len(d.rest) {
		d.err = &ProtocolError{
			Field:   field,
			Seen:    fmt.Sprintf("%d bytes where %d are left", n, len(d.rest)),
			Allowed: "what the length of the frame holds",
		}
	}
	if d.err != nil {
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) prefixed(field string) []byte {
	prefix := d.take(field, prefixSize)
	if d.err != nil {
		return nil
	}
	return d.take(field, int(binary.BigEndian.Uint16(prefix)))
}

func (d *decoder) string(field string) string {
	text := d.prefixed(field)
	if d.err == nil && !utf8.Valid(text) {
		d.err = &ProtocolError{Field: field, Seen: fmt.Sprintf("%q", text), Allowed: "valid UTF-8"}
	}
	return string(text)
}

func (d *decoder) uint64(field string) uint64 {
	number := d.take(field, 8)
	if d.err != nil {
		return 0
	}
	return binary.BigEndian.Uint64(number)
}

// metadata refuses an empty object body: the flag would say what is not there.
func (d *decoder) metadata() []byte {
	meta := d.prefixed("metadata")
	if d.err == nil && len(meta) == 0 {
		d.err = &ProtocolError{Field: "metadata", Seen: "0 bytes", Allowed: "1 or more when the flag is set"}
	}
	return meta
}
