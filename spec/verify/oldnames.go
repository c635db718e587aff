package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// oldNames refuses the names that only snapshots of versions before the old one have: the old version restores them,
// by a `renamed_from` or a `removed`, and the new one does not.
func (s *storage) oldNames() {
	for _, leaf := range s.old.Leaves() {
		for _, name := range spec.OldNames(leaf.Renamed) {
			if s.leafNamed(name, leaf.Pos) == nil || isEnd(leaf) {
				continue
			}
			s.oldTimers(s.stateNamed(name), leaf)
		}
		if now := s.stateNamed(leaf.Name); now != nil && len(now.States) == 0 && !isEnd(now) && !isEnd(leaf) {
			s.oldTimers(now, leaf)
		}
	}
	for was := range s.old.All() {
		if was.Remembers() {
			for _, name := range spec.OldNames(was.Renamed) {
				s.history(name, was.Pos)
			}
		}
	}
	for was := range s.old.AllEvents() {
		if s.old.Stores(was) {
			s.oldEvent(was)
		}
	}
	s.oldFields("data", "", s.old.Data, s.new.Data, s.removed("data", nil))
	s.oldTypes()
	s.oldRemovals()
}

// oldTimers refuses the older names of timers that can run in a leaf.
func (s *storage) oldTimers(now, leaf *spec.State) {
	for _, t := range s.old.StoredTimers() {
		if t.State != nil && !t.State.Contains(leaf) {
			continue
		}
		for _, name := range t.Was {
			if of, _, ok := strings.Cut(name, " "); ok && s.stateNamed(of) == nil && !slices.Contains(s.removed("states", nil), of) {
				continue // the state is refused already
			}
			s.timer(name, now, t)
		}
	}
}

// oldEvent refuses the older names of an event that can be postponed, and of its fields.
func (s *storage) oldEvent(was *spec.Event) {
	for _, name := range spec.OldNames(was.Renamed) {
		if s.event(name) == nil && !s.dropsEvent(name) {
			s.refuseEvent(name, was.Pos)
		}
	}
	if now := s.event(was.Name); now != nil {
		owners := append(spec.OldNames(now.Renamed), now.Name)
		s.oldFields("payload", was.Name+".", was.Payload, now.Payload, s.removed("payload", owners))
	}
}

// oldFields refuses the older names of fields.
func (s *storage) oldFields(what, owner string, was, is []*spec.Field, removed []string) {
	for _, f := range was {
		for _, name := range spec.OldNames(f.Renamed) {
			if fieldNamed(is, name) == nil && !containsField(removed, name) {
				s.refuseField(what, owner, name, f.Pos)
			}
		}
	}
}

// oldTypes refuses the older names of fields of types, and compares the units of the fields.
func (s *storage) oldTypes() {
	for _, was := range s.old.Types {
		if now := typeNamed(s.new, was.Name); now != nil {
			s.oldFields("types", was.Name+".", was.Fields, now.Fields, s.removed("types", []string{was.Name}))
			for _, f := range was.Fields {
				if is := fieldNamed(now.Fields, f.Name); is != nil {
					s.units("types", was.Name+"."+f.Name, f, is)
				}
			}
		}
	}
}

// oldRemovals refuses the names that the old version drops and the new one neither has nor drops.
func (s *storage) oldRemovals() {
	for _, word := range []string{"states", "events", "timers", "data", "payload", "types"} {
		for _, name := range *s.old.Snapshots.Removed.List(word) {
			if !slices.Contains(s.removed(word, nil), name.Value) && !s.knows(word, name.Value) {
				s.refuse(word, name.Value, fmt.Sprintf("snapshots of older versions have it: keep `removed: {%s: [%s]}`", word, name.Value), name.Pos)
			}
		}
	}
}

// knows reports whether the new version has or drops what the old one lists under a word of `removed`. Fields of an
// event or a type that it does not have count as known: that the owner is gone is a change of its own.
func (s *storage) knows(word, name string) bool {
	owner, field, _ := strings.Cut(name, ".")
	switch word {
	case "states":
		return s.stateNamed(name) != nil
	case "events":
		return s.event(name) != nil || s.dropsEvent(name)
	case "timers":
		return s.timerNamed(name) != nil || s.ofRemovedState(name) || s.dropsEvent(name)
	case "data":
		return fieldNamed(s.new.Data, name) != nil || containsField(s.removed("data", nil), name)
	case "payload":
		now := s.event(owner)
		return now == nil || fieldNamed(now.Payload, field) != nil ||
			containsField(s.removed("payload", append(spec.OldNames(now.Renamed), now.Name)), field)
	default:
		now := typeNamed(s.new, owner)
		return now == nil || fieldNamed(now.Fields, field) != nil || containsField(s.removed("types", []string{owner}), field)
	}
}
