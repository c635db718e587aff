package frame

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/fsmgen/fsmgen/pool/wire"
)

func (f *Frame) check() error {
	if err := f.Type.check(); err != nil {
		return err
	}
	if err := f.Flags.check(f.Type); err != nil {
		return err
	}
	if err := f.checkPayload(); err != nil {
		return err
	}
	if f.Type != TypeRequest && (f.Command != "" || f.Session != "" || f.Generation != 0) {
		return &wire.ProtocolError{Field: "command and session", Seen: "on a " + f.Type.String(), Allowed: "REQUEST only"}
	}
	if err := checkText("command", f.Command); err != nil {
		return err
	}
	if err := checkText("session", f.Session); err != nil {
		return err
	}
	if len(f.Meta) > maxText {
		return &wire.TooLargeError{What: "metadata", Size: len(f.Meta), Limit: maxText}
	}
	return checkSize(f.bodySize(), maxBody)
}

// check returns nil for flags that a frame of type t may bear.
func (f Flags) check(t Type) *wire.ProtocolError {
	allowed := FlagMetadata
	switch t {
	case TypeChunk:
		allowed |= FlagLast
	case TypeRequest, TypeResponse:
		allowed |= FlagShared
	}
	if f&^allowed == 0 {
		return nil
	}
	return &wire.ProtocolError{
		Field:   "flags",
		Seen:    fmt.Sprintf("0x%02x on a frame of %v", uint8(f), t),
		Allowed: "0x01 (last) on CHUNK, 0x02 (metadata), 0x04 (shared) on REQUEST and RESPONSE",
	}
}

// The sizes of the payloads that are part of the layout.
const (
	CreditSize = 4  // how many bytes are given back
	SharedSize = 12 // slot, length
)

// checkPayload looks at the payloads that are part of the layout.
func (f *Frame) checkPayload() *wire.ProtocolError {
	field, size := "", len(f.Payload)
	switch {
	case f.Type == TypeCredit:
		field, size = "credit", CreditSize
	case f.Flags&FlagShared != 0:
		field, size = "shared", SharedSize
	}
	if len(f.Payload) == size {
		return nil
	}
	return &wire.ProtocolError{Field: field, Seen: fmt.Sprintf("%d bytes", len(f.Payload)), Allowed: fmt.Sprint(size)}
}

func checkText(field, text string) error {
	if len(text) > maxText {
		return &wire.TooLargeError{What: field, Size: len(text), Limit: maxText}
	}
	if !utf8.ValidString(text) {
		return &wire.ProtocolError{Field: field, Seen: fmt.Sprintf("%q", text), Allowed: "valid UTF-8"}
	}
	return nil
}

func checkSize(size, limit int) error {
	if size > limit {
		return &wire.TooLargeError{What: "frame", Size: size, Limit: limit}
	}
	return nil
}

// Decode reads the body of a frame: everything after the length. Meta and Payload
// of the result alias body. Every error is a [wire.ProtocolError].
func Decode(body []byte) (Frame, error) {
	f, err := decode(body)
	if err != nil {
		return Frame{}, err.At(body)
	}
	return f, nil
}

func decode(body []byte) (Frame, *wire.ProtocolError) {
	if err := checkFixed(body); err != nil {
		return Frame{}, err
	}
	f := Frame{Type: Type(body[0]), Flags: Flags(body[1]), ID: binary.BigEndian.Uint64(body[4:])}
	d := decoder{rest: body[FixedSize:]}
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
func checkFixed(body []byte) *wire.ProtocolError {
	if len(body) < FixedSize {
		return badLength(len(body))
	}
	return checkStart(body)
}

// checkStart looks at as much of the fixed part of a body as there is.
func checkStart(body []byte) *wire.ProtocolError {
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
			return &wire.ProtocolError{Field: "reserved", Seen: fmt.Sprintf("%x", body[2:i+1]), Allowed: "0000"}
		}
	}
	return nil
}

func badLength(n int) *wire.ProtocolError {
	return &wire.ProtocolError{Field: "length", Seen: fmt.Sprint(n), Allowed: fmt.Sprintf("%d or more", FixedSize)}
}

// decoder takes the variable fields off the front of rest. After the first error it
// returns zero values and keeps that error.
type decoder struct {
	rest []byte
	err  *wire.ProtocolError
}

func (d *decoder) take(field string, n int) []byte {
	if d.err == nil && n > len(d.rest) {
		d.err = &wire.ProtocolError{
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
		d.err = &wire.ProtocolError{Field: field, Seen: fmt.Sprintf("%q", text), Allowed: "valid UTF-8"}
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
		d.err = &wire.ProtocolError{Field: "metadata", Seen: "0 bytes", Allowed: "1 or more when the flag is set"}
	}
	return meta
}
