package model

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// Snapshots is the part of a spec about snapshots of older versions, beside `renamed_from`.
type Snapshots struct {
	Pos      syntax.Pos
	Revision int // of the meaning of the data; 0 where the spec says none
	Removed  Removed
}

// Removed lists what snapshots of older versions have and this version drops, by the names that they have there.
type Removed struct {
	States  []syntax.Text // states with others inside: their timers and histories are dropped
	Events  []syntax.Text // postponed events
	Timers  []syntax.Text // named timers, and others as "open after 30s"
	Data    []syntax.Text
	Payload []syntax.Text // fields of events, as "push.by"
	Types   []syntax.Text // fields of types, as "Visit.by"
}

// RemovedWords returns the words of `removed`, in the order of the documentation.
func RemovedWords() []string {
	return []string{"states", "events", "timers", "data", "payload", "types"}
}

// List returns the list that a word of `removed` stands for.
func (r *Removed) List(word string) *[]syntax.Text {
	switch word {
	case "states":
		return &r.States
	case "events":
		return &r.Events
	case "timers":
		return &r.Timers
	case "data":
		return &r.Data
	case "payload":
		return &r.Payload
	default:
		return &r.Types
	}
}

// StoredTimer is a timer as snapshots know it.
type StoredTimer struct {
	Name  string   // "deadline", "open after 30s", "open event_timeout"
	Was   []string // its names in older versions
	State *State   // the state that it belongs to; nil for a named timer, which can run in any
	Pos   syntax.Pos
}

// StoredTimers returns the timers that a snapshot can have: the named ones, then state by state.
func (m *Machine) StoredTimers() []StoredTimer {
	var all []StoredTimer
	for _, t := range m.Timers {
		all = append(all, StoredTimer{t.Name, OldNames(t.Renamed), nil, t.Pos})
	}
	for s := range m.All() {
		states := append([]string{s.Name}, OldNames(s.Renamed)...)
		for _, t := range s.Times() {
			all = append(all, storedTimer(s, t.Pos, states, t.storedKeys()))
		}
		if t := s.EventTimeout; t != nil {
			all = append(all, storedTimer(s, t.Pos, states, []string{"event_timeout"}))
		}
	}
	return all
}

// storedTimer combines the names of a state with those of its timer, the present ones first.
func storedTimer(s *State, pos syntax.Pos, states, keys []string) StoredTimer {
	var names []string
	for _, key := range keys {
		for _, state := range states {
			names = append(names, state+" "+key)
		}
	}
	return StoredTimer{names[0], names[1:], s, pos}
}

// StoredKey returns the name of an `after` or an `every` in snapshots, behind the name of its state: "after 30s".
func (t *Timer) StoredKey() string { return t.storedKeys()[0] }

// storedKeys are the present key of a time and those of older versions. A time without a name has that of its param,
// and the older names of the param.
func (t *Timer) storedKeys() []string {
	names := []string{t.Value}
	if t.Name.Value != "" {
		names[0] = t.Name.Value
	} else if t.Param != nil {
		names = append(names, OldNames(t.Param.Renamed)...)
	}
	names = append(names, OldNames(t.Renamed)...)
	for i := range names {
		names[i] = t.Word() + " " + names[i]
	}
	return names
}

// Stores reports whether snapshots can have an event: some state postpones it.
func (m *Machine) Stores(ev *decl.Event) bool {
	return slices.ContainsFunc(m.Leaves(), func(l *State) bool { return m.Cell(l, ev).End == Postponed })
}

// Remembers reports whether snapshots have the leaf in which a state was left last: it has a history.
func (s *State) Remembers() bool {
	return slices.ContainsFunc(s.States, func(c *State) bool { return c.Kind == History })
}

// OldNames returns the names of a `renamed_from`.
func OldNames(texts []syntax.Text) []string {
	var all []string
	for _, t := range texts {
		all = append(all, t.Value)
	}
	return all
}
