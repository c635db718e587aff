package impl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// DecodeSnapshot decodes a part of a snapshot, "data" or "postponed", from JSON. Unknown fields are
// an error. Every error is a [fsm.SnapshotError].
func DecodeSnapshot(machine, field string, text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			path := strings.TrimPrefix(mismatch.Field, "plain.") // the name of an embedded type in generated code
			return &fsm.SnapshotError{Machine: machine, Field: field + "." + path, Got: mismatch.Value, Want: mismatch.Type.String()}
		}
		return &fsm.SnapshotError{
			Machine: machine, Field: field, Got: fmt.Sprintf("%.80s (%v)", text, err), Want: "what a snapshot of this version has there",
		}
	}
	return nil
}

// NamedEvent is an event in a snapshot in JSON.
type NamedEvent struct {
	Event   string          `json:"event"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

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
