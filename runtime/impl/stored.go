package impl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	fsm "github.com/fsmgen/fsmgen/runtime"
)

// SnapshotRules are the names that snapshots of a machine may have, and what older names mean.
type SnapshotRules struct {
	Machine       string
	Revision      int
	States        []StoredState
	Timers        []StoredTimer
	Events        []StoredEvent // that can be postponed
	RemovedStates []string
	RemovedTimers []string
	RemovedEvents []string
	RemovedData   []string // only of a machine without data
}

// StoredState is a state in [SnapshotRules].
type StoredState struct {
	Name      string
	Was       []string // its names in older versions
	Parent    string   // the state around it; empty at the top
	Leaf      bool     // a machine can be in it
	Ends      bool     // a machine in it has ended
	Remembers bool     // it has a history
}

// StoredTimer is a timer in [SnapshotRules]. It runs only in its state, if it has one.
type StoredTimer struct {
	Name  string
	Was   []string // its names in older versions
	State string
}

// StoredEvent is an event in [SnapshotRules].
type StoredEvent struct {
	Name string
	Was  []string // its names in older versions
}

// isNamed reports whether a name in a snapshot stands for what has these names.
func isNamed(stored, name string, was []string) bool {
	return stored == name || slices.Contains(was, stored)
}

// Read decodes a snapshot. One of a lower revision is given to migrate. All names in the result are
// those of this version. The errors are [fsm.SnapshotError] and [fsm.MigrationError].
func (r *SnapshotRules) Read(text []byte, migrate fsm.Migrate) (*fsm.StoredSnapshot, error) {
	var layout struct {
		Version int `json:"version"`
	}
	if err := decodePart(r.Machine, "", text, &layout, false); err != nil {
		return nil, err
	}
	if err := r.checkVersion(layout.Version); err != nil {
		return nil, err
	}
	s := new(fsm.StoredSnapshot)
	if err := decodePart(r.Machine, "", text, s, true); err != nil {
		return nil, err
	}
	if err := r.migrate(s, migrate); err != nil {
		return nil, err
	}
	return s, r.Resolve(s)
}

func (r *SnapshotRules) migrate(s *fsm.StoredSnapshot, migrate fsm.Migrate) error {
	switch {
	case s.Revision > r.Revision:
		return r.refuse("revision", strconv.Itoa(s.Revision), fmt.Sprintf("at most %d: a later version of the spec has written it", r.Revision))
	case s.Revision == r.Revision:
		return nil
	case migrate == nil:
		return r.refuse("revision", strconv.Itoa(s.Revision), fmt.Sprintf("%d, or a Migrate function for ReadSnapshot", r.Revision))
	}
	was := s.Revision
	if err := migrate(s); err != nil {
		return &fsm.MigrationError{Machine: r.Machine, Revision: was, Err: err}
	}
	s.Revision = r.Revision
	return nil
}

// Resolve gives everything in a snapshot its present name and drops what the spec says is removed.
// It returns a [fsm.SnapshotError] for what has no place in the machine.
func (r *SnapshotRules) Resolve(s *fsm.StoredSnapshot) error {
	if err := r.checkVersion(s.Version); err != nil {
		return err
	}
	state := r.state(s.State)
	switch {
	case state == nil && slices.Contains(r.RemovedStates, s.State):
		return r.refuse("state", clip(s.State)+", which is removed", "a state that says it is renamed from it")
	case state == nil:
		return r.refuse("state", clip(s.State), "a state of the machine")
	case !state.Leaf:
		return r.refuse("state", clip(s.State), "a state without others inside")
	}
	s.State = state.Name
	if s.Ended = s.Ended || s.Failure != "" || state.Ends; s.Ended {
		s.Memories, s.Timers, s.Postponed = nil, nil, nil
		return nil
	}
	if err := r.memories(s); err != nil {
		return err
	}
	if err := r.timers(s); err != nil {
		return err
	}
	return r.events(s)
}

func (r *SnapshotRules) memories(s *fsm.StoredSnapshot) error {
	var kept []fsm.StoredMemory
	for _, m := range s.Memories {
		of, leaf := r.state(m.Of), r.state(m.Leaf)
		switch {
		case of == nil && slices.Contains(r.RemovedStates, m.Of), of != nil && !of.Remembers:
			continue
		case of == nil:
			return r.refuse("memories", clip(m.Of), "a state with a history")
		case leaf == nil && slices.Contains(r.RemovedStates, m.Leaf):
			continue
		case leaf == nil || !leaf.Leaf || !r.isIn(leaf, of.Name):
			return r.refuse("memories", clip(m.Leaf)+" in "+of.Name, "a state without others that is inside "+of.Name)
		}
		kept = append(kept, fsm.StoredMemory{Of: of.Name, Leaf: leaf.Name})
	}
	s.Memories = kept
	return nil
}

func (r *SnapshotRules) timers(s *fsm.StoredSnapshot) error {
	var kept []fsm.ArmedTimer
	for _, t := range s.Timers {
		i := slices.IndexFunc(r.Timers, func(known StoredTimer) bool { return isNamed(t.Name, known.Name, known.Was) })
		runs := i >= 0 && (r.Timers[i].State == "" || r.isIn(r.state(s.State), r.Timers[i].State))
		switch {
		case !runs && (slices.Contains(r.RemovedTimers, t.Name) || r.ofRemovedState(t.Name)):
			continue
		case !runs:
			return r.refuse("timers", clip(t.Name), "a timer that can run in "+s.State)
		case t.Deadline.IsZero():
			return r.refuse("timers", clip(t.Name)+" without a deadline", "a deadline")
		}
		t.Name = r.Timers[i].Name
		kept = append(kept, t)
	}
	s.Timers = kept
	return nil
}

// ofRemovedState reports whether a timer has the name of one that a removed state had.
func (r *SnapshotRules) ofRemovedState(timer string) bool {
	state, _, found := strings.Cut(timer, " ")
	return found && slices.Contains(r.RemovedStates, state)
}

func (r *SnapshotRules) events(s *fsm.StoredSnapshot) error {
	var kept []fsm.NamedEvent
	for _, ev := range s.Postponed {
		i := slices.IndexFunc(r.Events, func(known StoredEvent) bool { return isNamed(ev.Event, known.Name, known.Was) })
		switch {
		case i < 0 && (slices.Contains(r.RemovedEvents, ev.Event) || slices.Contains(r.RemovedTimers, ev.Event)):
			continue
		case i < 0:
			return r.refuse("postponed", clip(ev.Event), "an event that can be postponed")
		}
		ev.Event = r.Events[i].Name
		kept = append(kept, ev)
	}
	s.Postponed = kept
	return nil
}

// state returns the state with this name, present or older; nil if there is none.
func (r *SnapshotRules) state(name string) *StoredState {
	i := slices.IndexFunc(r.States, func(s StoredState) bool { return isNamed(name, s.Name, s.Was) })
	if i < 0 {
		return nil
	}
	return &r.States[i]
}

// isIn reports whether a state is the state of, or inside it.
func (r *SnapshotRules) isIn(s *StoredState, of string) bool {
	for s != nil && s.Name != of {
		s = r.state(s.Parent)
	}
	return s != nil
}

func (r *SnapshotRules) checkVersion(version int) error {
	if version != fsm.SnapshotVersion {
		return r.refuse("version", strconv.Itoa(version), strconv.Itoa(fsm.SnapshotVersion))
	}
	return nil
}

func (r *SnapshotRules) refuse(field, got, want string) error {
	return &fsm.SnapshotError{Machine: r.Machine, Field: field, Got: got, Want: want}
}

// maxStoredName is how much of a name of a snapshot an error shows. The name may be anything.
const maxStoredName = 60

// clip makes a name of a snapshot fit an error: on one line, and not too long.
func clip(name string) string {
	if len(name) > maxStoredName {
		name = name[:maxStoredName] + "..."
	}
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` || name == "" {
		return quoted
	}
	return name
}

// StoredField is a field of a struct in a snapshot.
type StoredField struct {
	Name string // in JSON
	Was  []string
	Into any // a pointer to its value
}

// is reports whether a name in JSON is one of the field. As in package encoding/json, capitals do not
// count.
func (f *StoredField) is(name string) bool {
	return strings.EqualFold(f.Name, name) || slices.ContainsFunc(f.Was, func(was string) bool { return strings.EqualFold(was, name) })
}

// IntoError is the target of a field that is an error, of which a snapshot has the text.
func IntoError(err *error) any { return &errorTarget{err} }

type errorTarget struct{ err *error }

func (t *errorTarget) UnmarshalText(text []byte) error {
	var read ErrorText
	err := read.UnmarshalText(text)
	*t.err = read.Err
	return err
}

// DecodeData decodes the data of a snapshot into that of the machine.
func DecodeData(machine string, s *fsm.StoredSnapshot, into json.Unmarshaler) error {
	text := []byte("{}")
	if s.Data != nil {
		var err error
		if text, err = json.Marshal(s.Data); err != nil {
			return &fsm.SnapshotError{Machine: machine, Field: "data", Got: "text that is not JSON", Want: "the values of its fields"}
		}
	}
	return into.UnmarshalJSON(text)
}

// RefuseData returns a [fsm.SnapshotError] if a snapshot has data that is not removed. It is for
// machines without data.
func (r *SnapshotRules) RefuseData(s *fsm.StoredSnapshot) error {
	for name := range s.Data {
		if !slices.Contains(r.RemovedData, name) {
			return r.refuse("data."+clip(name), "a value", "none: the machine has no such field")
		}
	}
	return nil
}

// DecodeFields decodes an object of a snapshot field by field. Part says in errors where it is:
// "data", "postponed.push". Fields that are not there keep their values; those that are removed are
// skipped. Every error is a [fsm.SnapshotError] that names the field and never shows the value.
func DecodeFields(machine, part string, text []byte, removed []string, fields ...StoredField) error {
	var values map[string]json.RawMessage
	if err := decodePart(machine, part, text, &values, true); err != nil {
		return err
	}
	for name, value := range values {
		i := slices.IndexFunc(fields, func(f StoredField) bool { return f.is(name) })
		switch {
		case i < 0 && slices.ContainsFunc(removed, func(gone string) bool { return strings.EqualFold(gone, name) }):
		case i < 0:
			return &fsm.SnapshotError{Machine: machine, Field: joinField(part, clip(name)), Got: "a value", Want: "none: the machine has no such field"}
		default:
			if err := decodePart(machine, joinField(part, fields[i].Name), value, fields[i].Into, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// decodePart decodes a part of a snapshot. The error is a [fsm.SnapshotError] without the value, which
// may be a secret.
func decodePart(machine, part string, text []byte, into any, strict bool) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if strict {
		decoder.DisallowUnknownFields()
	}
	err := decoder.Decode(into)
	if err == nil && json.Valid(text) { // Decode stops behind the value
		return nil
	}
	if refused, ok := errors.AsType[*fsm.SnapshotError](err); ok { // of a type with an UnmarshalJSON of its own
		return &fsm.SnapshotError{Machine: machine, Field: joinField(part, refused.Field), Got: refused.Got, Want: refused.Want}
	}
	want := strings.TrimPrefix(fmt.Sprintf("%T", into), "*")
	switch mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); {
	case !json.Valid(text):
		return &fsm.SnapshotError{Machine: machine, Field: joinField(part, ""), Got: "text that is not JSON", Want: want}
	case ok:
		kind, _, _ := strings.Cut(mismatch.Value, " ") // "number 17" has the value
		return &fsm.SnapshotError{Machine: machine, Field: joinField(part, mismatch.Field), Got: kind, Want: mismatch.Type.String()}
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		name, _ := strconv.Unquote(strings.TrimPrefix(err.Error(), "json: unknown field "))
		return &fsm.SnapshotError{Machine: machine, Field: joinField(part, clip(name)), Got: "a value", Want: "none: the machine has no such field"}
	default:
		return &fsm.SnapshotError{Machine: machine, Field: joinField(part, ""), Got: "a value that cannot be read", Want: want}
	}
}

// joinField joins the part of a snapshot and a field in it.
func joinField(part, field string) string {
	switch {
	case part != "" && field != "":
		return part + "." + field
	case part+field == "":
		return "text"
	default:
		return part + field
	}
}
