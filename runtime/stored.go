package runtime

import (
	"encoding/json"
	"fmt"
	"time"
)

// StoredSnapshot is a snapshot of a generated machine by names alone, as it is stored in JSON. A
// [Migrate] function gets one and may change everything in it.
type StoredSnapshot struct {
	Version   int                        `json:"version"` // of the layout, SnapshotVersion
	Shape     string                     `json:"shape,omitempty"`
	Revision  int                        `json:"revision,omitempty"` // of the spec that wrote it
	State     string                     `json:"state"`
	Since     time.Time                  `json:"since,omitzero"` // when the state was entered; zero if that is not known
	Ended     bool                       `json:"ended,omitempty"`
	Failure   string                     `json:"failure,omitempty"` // why the machine has ended, unless it was a normal end
	Data      map[string]json.RawMessage `json:"data,omitempty"`    // by the Go names of the fields
	Memories  []StoredMemory             `json:"memories,omitempty"`
	Timers    []ArmedTimer               `json:"timers,omitempty"`
	Postponed []NamedEvent               `json:"postponed,omitempty"` // oldest first
}

// StoredMemory is the leaf that a state was left in last, for the history of that state.
type StoredMemory struct {
	Of   string `json:"of"`
	Leaf string `json:"leaf"`
}

// Get decodes a field of the data into the value that into points to. A field that the snapshot
// does not have leaves the value as it is.
func (s *StoredSnapshot) Get(field string, into any) error {
	text, ok := s.Data[field]
	if !ok {
		return nil
	}
	return json.Unmarshal(text, into)
}

// Set gives a field of the data a value.
func (s *StoredSnapshot) Set(field string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if s.Data == nil {
		s.Data = map[string]json.RawMessage{}
	}
	s.Data[field] = text
	return nil
}

// Migrate changes a snapshot whose Revision is lower than that of the spec into one of the revision
// of the spec. It runs before any name in the snapshot is looked up.
type Migrate func(old *StoredSnapshot) error

// MigrationError reports a [Migrate] function that has failed.
type MigrationError struct {
	Machine  string
	Revision int // of the snapshot
	Err      error
}

func (e *MigrationError) Error() string {
	return fmt.Sprintf("fsm: %s: snapshot: migrate revision %d: %v", e.Machine, e.Revision, e.Err)
}

func (e *MigrationError) Unwrap() error { return e.Err }

// NamedEvent is an event in a snapshot.
type NamedEvent struct {
	Event   string          `json:"event"`
	Payload json.RawMessage `json:"payload,omitempty"`
}
