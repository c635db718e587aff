package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// Flags are the flag bits of a frame.
type Flags uint8

// The flags of fsm1. A flag on a type that it does not belong to is a [ProtocolError].
const (
	FlagLast     Flags = 1 << iota // CHUNK: the stream ends with this one
	FlagMetadata                   // any type: metadata is present
	FlagShared                     // REQUEST and RESPONSE: the payload says where in shared memory the real one is
)

// Frame is one frame of fsm1, without its length.
type Frame struct {
	Type Type
	// Flags is what [Decode] has read. [Append] takes all but FlagMetadata from it, which follows from Meta.
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
	flags := f.Flags &^ FlagMetadata
	if len(f.Meta) > 0 {
		flags |= FlagMetadata
	}
	return flags
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
	if err := f.Flags.check(f.Type); err != nil {
		return err
	}
	if err := f.checkPayload(); err != nil {
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

// check returns nil for flags that a frame of type t may bear.
func (f Flags) check(t Type) *ProtocolError {
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
	return &ProtocolError{
		Field:   "flags",
		Seen:    fmt.Sprintf("0x%02x on a frame of %v", uint8(f), t),
		Allowed: "0x01 (last) on CHUNK, 0x02 (metadata), 0x04 (shared) on REQUEST and RESPONSE",
	}
}

// The sizes of the payloads that are part of the layout.
const (
	creditSize = 4  // how many bytes are given back
	sharedSize = 12 // slot, length
)

// checkPayload looks at the payloads that are part of the layout.
func (f *Frame) checkPayload() *ProtocolError {
	field, size := "", len(f.Payload)
	switch {
	case f.Type == TypeCredit:
		field, size = "credit", creditSize
	case f.Flags&FlagShared != 0:
		field, size = "shared", sharedSize
	}
	if len(f.Payload) == size {
		return nil
	}
	return &ProtocolError{Field: field, Seen: fmt.Sprintf("%d bytes", len(f.Payload)), Allowed: fmt.Sprint(size)}
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

// checkLabel looks at the label of a version, which ends up in logs and metrics as it is.
func checkLabel(label string) error {
	switch {
	case len(label) > maxName:
		return &TooLargeError{What: "code_version", Size: len(label), Limit: maxName}
	case !isLine(label):
		return &ProtocolError{Field: "code_version", Seen: fmt.Sprintf("%q", label), Allowed: "one line of UTF-8 without control characters"}
	}
	return nil
}

func checkSize(size, limit int) error {
	if size > limit {
		return &TooLargeError{What: "frame", Size: size, Limit: limit}
	}
	return nil
}
