package runtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// SnapshotVersion is the layout of the snapshots of generated machines.
const SnapshotVersion = 1

// DecodeSnapshot reads a part of a snapshot, "data" or "postponed", from JSON. What has no place in it is an error, and every
// error is a [SnapshotError].
func DecodeSnapshot(machine, field string, text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			path := strings.TrimPrefix(mismatch.Field, "plain.") // generated code embeds it as plain
			return &SnapshotError{machine, field + "." + path, mismatch.Value, mismatch.Type.String()}
		}
		return &SnapshotError{machine, field, fmt.Sprintf("%.80s (%v)", text, err), "what a snapshot of this version has there"}
	}
	return nil
}

// NamedEvent is an event as a snapshot in JSON keeps it.
type NamedEvent struct {
	Event   string          `json:"event"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// EncodeEvent makes an event one with a name.
func EncodeEvent(name string, content any) (NamedEvent, error) {
	payload, err := json.Marshal(content)
	return NamedEvent{Event: name, Payload: payload}, err
}

// DecodeEvent reads the payload of an event. The error is a [SnapshotError].
func DecodeEvent[E any](machine string, named NamedEvent) (content E, err error) {
	if len(named.Payload) > 0 {
		err = DecodeSnapshot(machine, "postponed."+named.Event, named.Payload, &content)
	}
	return content, err
}

// ErrorText is an error that JSON keeps the text of. An error without a text is none.
type ErrorText struct {
	Err error
}

// MarshalText gives the text of the error.
func (e ErrorText) MarshalText() ([]byte, error) {
	if e.Err == nil {
		return nil, nil
	}
	return []byte(e.Err.Error()), nil
}

// UnmarshalText makes a text an error.
func (e *ErrorText) UnmarshalText(text []byte) error {
	if e.Err = nil; len(text) > 0 {
		e.Err = errors.New(string(text))
	}
	return nil
}
