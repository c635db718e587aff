// Package frame is the layout of the bytes of fsm1, and the connection that reads and writes them.
//
// [Append] and [Decode] are the layout alone, without I/O. check.go has the rules: what a frame may hold. [Conn] checks the length
// of a frame before it reads the rest (nextLength). docs/wire.md describes the bytes.
package frame

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/fsmgen/fsmgen/pool/wire"
)

// Type is the type of a frame.
type Type uint8

// The types of fsm1, by number. The side named is the one that sends it.
const (
	TypeHello     Type = iota + 1 // worker: what it speaks
	TypeWelcome                   // pool: who the worker is and what it may do
	TypeReady                     // worker: the start hook has run
	TypeRequest                   // pool
	TypeResponse                  // worker
	TypeError                     // either: in place of the answer, or about the connection
	TypeChunk                     // either: a piece of a stream
	TypeCredit                    // either: how much more of a stream may come
	TypeCancel                    // pool, on control: the answer is not wanted any more
	TypeCancelled                 // worker: in place of the answer, the handler was stopped
	TypePing                      // pool, on control
	TypePong                      // worker, on control
	TypeLog                       // worker, on control
	TypeExport                    // pool: hand over the state of a session
	TypeImport                    // pool: take over the state of a session
	TypeImported                  // worker
	TypeSnapshot                  // worker: the state of a session
	TypeShutdown                  // pool, on control
	TypeBye                       // worker, on control: the last frame it sends
	TypeDrop                      // pool, on control: forget the state of sessions
)

var typeNames = [...]string{
	TypeHello: "HELLO", TypeWelcome: "WELCOME", TypeReady: "READY",
	TypeRequest: "REQUEST", TypeResponse: "RESPONSE", TypeError: "ERROR",
	TypeChunk: "CHUNK", TypeCredit: "CREDIT", TypeCancel: "CANCEL", TypeCancelled: "CANCELLED",
	TypePing: "PING", TypePong: "PONG", TypeLog: "LOG",
	TypeExport: "EXPORT", TypeImport: "IMPORT", TypeImported: "IMPORTED", TypeSnapshot: "SNAPSHOT",
	TypeShutdown: "SHUTDOWN", TypeBye: "BYE", TypeDrop: "DROP",
}

// String returns the name of the protocol document, or the number of a type
// that has no name.
func (t Type) String() string {
	if t.named() {
		return typeNames[t]
	}
	return "type " + strconv.Itoa(int(t))
}

func (t Type) named() bool { return t >= TypeHello && t <= TypeDrop }

// check returns nil for a type that this version speaks.
func (t Type) check() *wire.ProtocolError {
	if t.named() {
		return nil
	}
	return &wire.ProtocolError{Field: "type", Seen: strconv.Itoa(int(t)), Allowed: types()}
}

func types() string {
	var list []string
	for t := TypeHello; t <= TypeDrop; t++ {
		list = append(list, t.String()+" "+strconv.Itoa(int(t)))
	}
	return strings.Join(list, ", ")
}

// Flags are the flag bits of a frame.
type Flags uint8

// The flags of fsm1. A flag on a type that it does not belong to is a [wire.ProtocolError].
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
	LengthSize = 4  // the length itself, which it does not count
	FixedSize  = 12 // type, flags, reserved, id: the shortest body
	prefixSize = 2  // the length of a command, a session or metadata

	maxText = math.MaxUint16
	maxBody = math.MaxInt32
)

// Append appends the frame to dst, its length included. A frame that the layout
// cannot hold is a [wire.TooLargeError] or a [wire.ProtocolError], and dst comes back as it was.
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
	size := FixedSize + len(f.Payload)
	if f.Type == TypeRequest {
		size += prefixSize + len(f.Command) + prefixSize + len(f.Session) + 8
	}
	if len(f.Meta) > 0 {
		size += prefixSize + len(f.Meta)
	}
	return size
}
