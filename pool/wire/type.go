package wire

import (
	"strconv"
	"strings"
)

// Type says what a frame is.
type Type uint8

// The types of fsm1, by number. A type marked as reserved has its number and its
// name; a frame that bears it is a [ProtocolError] in this version.
const (
	TypeHello     Type = iota + 1
	TypeWelcome        // pool: who the worker is and what it may do
	TypeReady          // worker: the start hook has run
	TypeRequest        // pool
	TypeResponse       // worker
	TypeError          // either: in place of the answer, or about the connection
	TypeChunk          // reserved
	TypeCredit         // reserved
	TypeCancel         // reserved
	TypeCancelled      // reserved
	TypePing           // pool, on control
	TypePong           // worker, on control
	TypeLog            // reserved
	TypeExport         // reserved
	TypeImport         // reserved
	TypeImported       // reserved
	TypeSnapshot       // reserved
	TypeShutdown       // pool, on control
	TypeBye            // worker, on control: the last frame it sends
)

var typeNames = [...]string{
	TypeHello: "HELLO", TypeWelcome: "WELCOME", TypeReady: "READY",
	TypeRequest: "REQUEST", TypeResponse: "RESPONSE", TypeError: "ERROR",
	TypeChunk: "CHUNK", TypeCredit: "CREDIT", TypeCancel: "CANCEL", TypeCancelled: "CANCELLED",
	TypePing: "PING", TypePong: "PONG", TypeLog: "LOG",
	TypeExport: "EXPORT", TypeImport: "IMPORT", TypeImported: "IMPORTED", TypeSnapshot: "SNAPSHOT",
	TypeShutdown: "SHUTDOWN", TypeBye: "BYE",
}

// String returns the name of the protocol document, or the number of a type
// that has no name.
func (t Type) String() string {
	if t.named() {
		return typeNames[t]
	}
	return "type " + strconv.Itoa(int(t))
}

func (t Type) named() bool { return t >= TypeHello && t <= TypeBye }

func (t Type) spoken() bool {
	switch t {
	case TypeHello, TypeWelcome, TypeReady, TypeRequest, TypeResponse, TypeError,
		TypePing, TypePong, TypeShutdown, TypeBye:
		return true
	}
	return false
}

// check returns nil for a type that this version speaks.
func (t Type) check() *ProtocolError {
	switch {
	case t.spoken():
		return nil
	case t.named():
		return &ProtocolError{Field: "type", Seen: t.String() + ", which is reserved", Allowed: spokenTypes()}
	}
	return &ProtocolError{Field: "type", Seen: strconv.Itoa(int(t)), Allowed: spokenTypes()}
}

func spokenTypes() string {
	var list []string
	for t := TypeHello; t <= TypeBye; t++ {
		if t.spoken() {
			list = append(list, t.String()+" "+strconv.Itoa(int(t)))
		}
	}
	return strings.Join(list, ", ")
}
