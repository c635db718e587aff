package wire

import (
	"strconv"
	"strings"
)

// Type says what a frame is.
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
func (t Type) check() *ProtocolError {
	if t.named() {
		return nil
	}
	return &ProtocolError{Field: "type", Seen: strconv.Itoa(int(t)), Allowed: types()}
}

func types() string {
	var list []string
	for t := TypeHello; t <= TypeDrop; t++ {
		list = append(list, t.String()+" "+strconv.Itoa(int(t)))
	}
	return strings.Join(list, ", ")
}
