package simulate

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/impl"
	"github.com/fsmgen/fsmgen/spec"
)

// snapshotRules returns the names that snapshots of a machine may have: those of its generated package.
func snapshotRules(m *spec.Machine) *impl.SnapshotRules {
	removed := m.Snapshots.Removed
	r := &impl.SnapshotRules{
		Machine: m.Name.Value, Revision: m.Snapshots.Revision,
		RemovedStates: spec.OldNames(removed.States), RemovedTimers: spec.OldNames(removed.Timers), RemovedEvents: spec.OldNames(removed.Events),
	}
	for s := range m.All() {
		if s.Kind == spec.History {
			continue
		}
		r.States = append(r.States, impl.StoredState{
			Name: s.Name, Was: spec.OldNames(s.Renamed), Parent: nameOf(s.Parent), Leaf: len(s.States) == 0,
			Ends: s.Kind == spec.Final && s.Parent == nil, Remembers: s.Remembers(),
		})
	}
	for _, t := range m.StoredTimers() {
		r.Timers = append(r.Timers, impl.StoredTimer{Name: t.Name, Was: t.Was, State: nameOf(t.State)})
	}
	for ev := range m.AllEvents() {
		if m.Stores(ev) {
			r.Events = append(r.Events, impl.StoredEvent{Name: ev.Name, Was: spec.OldNames(ev.Renamed)})
		}
	}
	return r
}

func nameOf(s *spec.State) string {
	if s == nil {
		return ""
	}
	return s.Name
}

// Snapshot returns what the machine is now, as its generated package would store it. What is not known of the data and
// of payloads is left out. A deadline is the time since the Unix epoch that the clock of the machine shows then.
func (m *Machine) Snapshot() (*fsm.StoredSnapshot, error) {
	c := m.Configuration()
	s := &fsm.StoredSnapshot{
		Version: fsm.SnapshotVersion, Revision: m.spec.Snapshots.Revision, State: c.Leaf.Name, Ended: m.Err() != nil,
		Data: map[string]json.RawMessage{},
	}
	if cause := m.Cause(); cause != nil {
		s.Failure = cause.Error()
	}
	for state := range m.spec.All() {
		if leaf := c.History[state]; leaf != nil && state.Remembers() {
			s.Memories = append(s.Memories, fsm.StoredMemory{Of: state.Name, Leaf: leaf.Name})
		}
	}
	for _, t := range c.Timers {
		s.Timers = append(s.Timers, fsm.ArmedTimer{Name: storedName(t.Trigger), Deadline: time.Unix(0, int64(m.Now()+t.Left))})
	}
	for _, w := range c.Postponed {
		payload, err := encodeFields(w.Event.Payload, w.Payload)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(payload)
		if err != nil {
			return nil, err
		}
		s.Postponed = append(s.Postponed, fsm.NamedEvent{Event: w.Event.Name, Payload: text})
	}
	var err error
	s.Data, err = encodeFields(m.spec.Data, c.Data)
	return s, err
}

// storedName is what snapshots call a timer.
func storedName(t spec.Trigger) string {
	switch t.Kind {
	case spec.OnAfter, spec.OnEvery:
		return t.State.Name + " " + t.Timer.StoredKey()
	case spec.OnEventTimeout:
		return t.State.Name + " event_timeout"
	default:
		return t.Event.Name
	}
}

func encodeFields(fields []*spec.Field, values Values) (map[string]json.RawMessage, error) {
	texts := map[string]json.RawMessage{}
	for _, f := range fields {
		value, known := values[f.Name]
		if !known || value == nil {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		texts[spec.GoName(f.Name)] = text
	}
	return texts, nil
}

// Restore is [New] for a machine that goes on from a snapshot, also from one of an older version of the spec. It refuses
// what the generated package refuses, with the same errors. Of types that guards cannot compare it does not keep the
// values.
func Restore(m *spec.Machine, o Oracle, params Values, text []byte, migrate fsm.Migrate) (*Machine, error) {
	read, err := snapshotRules(m).Read(text, migrate)
	if err != nil {
		return nil, err
	}
	from := Configuration{Leaf: stateNamed(m, read.State), History: map[*spec.State]*spec.State{}}
	for _, memory := range read.Memories {
		from.History[stateNamed(m, memory.Of)] = stateNamed(m, memory.Leaf)
	}
	stored, err := json.Marshal(read.Data)
	if err != nil {
		return nil, err
	}
	if from.Data, err = decodeFields(m, "data", stored, m.Data, spec.OldNames(m.Snapshots.Removed.Data)); err != nil {
		return nil, err
	}
	for name, value := range Defaults(m.Data) {
		if _, known := from.Data[name]; !known {
			from.Data[name] = value
		}
	}
	for _, ev := range read.Postponed {
		waiting, err := restoredEvent(m, ev)
		if err != nil {
			return nil, err
		}
		from.Postponed = append(from.Postponed, waiting)
	}
	for _, t := range read.Timers {
		from.Timers = append(from.Timers, restoredTimer(m, t))
	}
	return resumeStored(m, o, params, from, read)
}

// resumeStored resumes a machine with the work of its invokes, or ends it again if it had ended.
func resumeStored(m *spec.Machine, o Oracle, params Values, from Configuration, read *fsm.StoredSnapshot) (*Machine, error) {
	if !read.Ended {
		var around []*spec.State
		for s := range from.Leaf.Ancestors() {
			around = append(around, s)
		}
		for _, s := range slices.Backward(around) {
			from.Invokes = append(from.Invokes, s.Invokes...)
		}
	}
	machine, err := Resume(m, o, params, from)
	if err != nil || !read.Ended {
		return machine, err
	}
	var reason error
	if read.Failure != "" {
		reason = errors.New(read.Failure)
	}
	machine.Stop(reason)
	machine.log = nil
	return machine, nil
}

func stateNamed(m *spec.Machine, name string) *spec.State {
	for s := range m.All() {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func restoredEvent(m *spec.Machine, ev fsm.NamedEvent) (Waiting, error) {
	for event := range m.AllEvents() {
		if event.Name != ev.Event {
			continue
		}
		var removed []string
		for _, t := range m.Snapshots.Removed.Payload {
			owner, field, _ := strings.Cut(t.Value, ".")
			if owner == event.Name || slices.Contains(spec.OldNames(event.Renamed), owner) {
				removed = append(removed, field)
			}
		}
		text := ev.Payload
		if len(text) == 0 {
			text = []byte("{}")
		}
		payload, err := decodeFields(m, "postponed."+ev.Event, text, event.Payload, removed)
		return Waiting{event, payload}, err
	}
	return Waiting{}, &EventError{Event: ev.Event, Problem: "is not declared"}
}

func restoredTimer(m *spec.Machine, t fsm.ArmedTimer) Timer {
	left := t.Deadline.Sub(time.Unix(0, 0))
	for trigger := range m.Triggers() {
		if (trigger.Timer != nil || trigger.Event != nil && trigger.Event.Timer != nil) && storedName(trigger) == t.Name {
			return Timer{Name: Name(trigger), Trigger: trigger, Left: max(left, 0)}
		}
	}
	return Timer{}
}

// basicTypes are the types whose values a machine knows.
var basicTypes = map[string]reflect.Type{
	"bool": reflect.TypeFor[bool](), "string": reflect.TypeFor[string](), "time.Duration": reflect.TypeFor[time.Duration](),
	"int": reflect.TypeFor[int](), "int8": reflect.TypeFor[int8](), "int16": reflect.TypeFor[int16](), "int32": reflect.TypeFor[int32](),
	"int64": reflect.TypeFor[int64](), "rune": reflect.TypeFor[rune](), "uint": reflect.TypeFor[uint](), "uint8": reflect.TypeFor[uint8](),
	"uint16": reflect.TypeFor[uint16](), "uint32": reflect.TypeFor[uint32](), "uint64": reflect.TypeFor[uint64](), "byte": reflect.TypeFor[byte](),
	"float32": reflect.TypeFor[float32](), "float64": reflect.TypeFor[float64](),
}

// decodeFields reads the fields of a snapshot. Those of other than basic types are not kept.
func decodeFields(m *spec.Machine, part string, text []byte, fields []*spec.Field, removed []string) (Values, error) {
	var targets []impl.StoredField
	for _, f := range fields {
		into := reflect.New(reflect.TypeFor[json.RawMessage]())
		if typ, basic := basicTypes[f.Type.Value]; basic {
			into = reflect.New(typ)
		}
		targets = append(targets, impl.StoredField{Name: spec.GoName(f.Name), Was: goNames(spec.OldNames(f.Renamed)), Into: into.Interface()})
	}
	if err := impl.DecodeFields(m.Name.Value, part, text, goNames(removed), targets...); err != nil {
		return nil, err
	}
	var stored map[string]json.RawMessage
	_ = json.Unmarshal(text, &stored) // decoded before
	values := Values{}
	for i, f := range fields {
		present := slices.ContainsFunc(append([]string{targets[i].Name}, targets[i].Was...), func(name string) bool { return stored[name] != nil })
		if value := known(reflect.ValueOf(targets[i].Into).Elem()); present && value != nil {
			values[f.Name] = value
		}
	}
	return values, nil
}

// known returns a value as [Values] have it; nil if its type is not basic.
func known(v reflect.Value) any {
	switch {
	case v.Type() == reflect.TypeFor[time.Duration](), v.Kind() == reflect.Bool, v.Kind() == reflect.String:
		return v.Interface()
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.CanFloat():
		return v.Float()
	default:
		return nil
	}
}

func goNames(names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, spec.GoName(name))
	}
	return all
}
