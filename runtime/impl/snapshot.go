package impl

import (
	"encoding/json"
	"errors"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// DecodeSnapshot decodes a part of a snapshot, "data" or "postponed", from JSON. Unknown fields are
// an error. Every error is a [fsm.SnapshotError].
func DecodeSnapshot(machine, field string, text []byte, into any) error {
	return decodePart(machine, field, text, into, true)
}

// NamedEvent is an event in a snapshot in JSON.
type NamedEvent = fsm.NamedEvent

// EncodeEvent encodes the content of an event.
func EncodeEvent(name string, content any) (NamedEvent, error) {
	payload, err := json.Marshal(content)
	return NamedEvent{Event: name, Payload: payload}, err
}

// DecodeEvent decodes the content of an event. The error is a [fsm.SnapshotError].
func DecodeEvent[E any](machine string, named NamedEvent) (content E, err error) {
	if len(named.Payload) > 0 {
		err = DecodeSnapshot(machine, "postponed."+named.Event, named.Payload, &content)
	}
	return content, err
}

// ErrorText is an error of which JSON keeps only the text. An error with an empty text becomes nil.
type ErrorText struct {
	Err error
}

// MarshalText returns the text of the error.
func (e ErrorText) MarshalText() ([]byte, error) {
	if e.Err == nil {
		return nil, nil
	}
	return []byte(e.Err.Error()), nil
}

// UnmarshalText makes the text an error.
func (e *ErrorText) UnmarshalText(text []byte) error {
	if e.Err = nil; len(text) > 0 {
		e.Err = errors.New(string(text))
	}
	return nil
}
