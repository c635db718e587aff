package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// Flags are the flag bits of a frame.
type Flags uint8

// The flags of fsm1. Reserved flags are a [ProtocolError] in this version.
const (
	FlagLast     Flags = 1 << iota // reserved: the last frame of a stream
	FlagMetadata                   // metadata is present
	FlagShared                     // reserved: the payload is in shared memory
)

// Frame is one frame of fsm1, without its length.
type Frame struct {
	Type Type
	// Flags is set by [Decode]. [Append] derives FlagMetadata from Meta.
	Flags Flags
	// ID is the request, probe or order that the frame belongs to; 0 is the connection itself.
	ID uint64

	// Command, Session and Generation exist in a REQUEST only.
	Command    string
	Session    string // empty: the request belongs to no session
	Generation uint64

	// Meta is a JSON object, or empty.
	Meta []byte
	// Payload is opaque.
	Payload []byte
}

const (
	lengthSize = 4  // the length itself, which it does not count
	fixedSize  = 12 // type, flags, reserved, id: the shortest body
	prefixSize = 2  // the length of a command, a session or metadata

	maxText = math.MaxUint16
	maxBody = math.MaxInt32
)

// Append appends the frame to dst, its length included. A frame that the layout
// cannot hold is a [TooLargeError] or a [ProtocolError], and dst comes back as it was.
func Append(dst []byte, f Frame) ([]byte, error) {
	out, err := appendHead(dst, &f)
	if err != nil {
		return dst, err
	}
	return append(out, f.Payload...), nil
}

// appendHead appends everything but the payload, which the length counts nevertheless.
func appendHead(dst []byte, f *Frame) ([]byte, error) {
	if err := f.check(); err != nil {
		return dst, err
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(f.bodySize()))
	dst = append(dst, byte(f.Type), byte(f.flags()), 0, 0)
	dst = binary.BigEndian.AppendUint64(dst, f.ID)
	if f.Type == TypeRequest {
		dst = appendText(dst, f.Command)
		dst = appendText(dst, f.Session)
		dst = binary.BigEndian.AppendUint64(dst, f.Generation)
	}
	if len(f.Meta) > 0 {
		dst = appendText(dst, f.Meta)
	}
	return dst, nil
}

func appendText[T string | []byte](dst []byte, text T) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(text)))
	return append(dst, text...)
}

func (f *Frame) flags() Flags {
	if len(f.Meta) > 0 {
		return FlagMetadata
	}
	return 0
}

// bodySize is what the length field says.
func (f *Frame) bodySize() int {
	size := fixedSize + len(f.Payload)
	if f.Type == TypeRequest {
		size += prefixSize + len(f.Command) + prefixSize + len(f.Session) + 8
	}
	if len(f.Meta) > 0 {
		size += prefixSize + len(f.Meta)
	}
	return size
}

func (f *Frame) check() error {
	if err := f.Type.check(); err != nil {
		return err
	}
	if err := f.Flags.check(); err != nil {
		return err
	}
	if f.Type != TypeRequest && (f.Command != "" || f.Session != "" || f.Generation != 0) {
		return &ProtocolError{Field: "command and session", Seen: "on a " + f.Type.String(), Allowed: "REQUEST only"}
	}
	if err := checkText("command", f.Command); err != nil {
		return err
	}
	if err := checkText("session", f.Session); err != nil {
		return err
	}
	if len(f.Meta) > maxText {
		return &TooLargeError{What: "metadata", Size: len(f.Meta), Limit: maxText}
	}
	return checkSize(f.bodySize(), maxBody)
}

func (f Flags) check() *ProtocolError {
	if f&^FlagMetadata == 0 {
		return nil
	}
	return &ProtocolError{Field: "flags", Seen: fmt.Sprintf("0x%02x", uint8(f)), Allowed: "0x00 and 0x02 (metadata)"}
}

func checkText(field, text string) error {
	if len(text) > maxText {
		return &TooLargeError{What: field, Size: len(text), Limit: maxText}
	}
	if !utf8.ValidString(text) {
		return &ProtocolError{Field: field, Seen: fmt.Sprintf("%q", text), Allowed: "valid UTF-8"}
	}
	return nil
}

func checkSize(size, limit int) error {
	if size > limit {
		return &TooLargeError{What: "frame", Size: size, Limit: limit}
	}
	return nil
}
