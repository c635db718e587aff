package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// storage is what a version of a machine takes from stored snapshots. It asks the same questions as Restore, of
// everything that a snapshot of the older version can have.
type storage struct {
	old, new *spec.Machine
	timers   []spec.StoredTimer
	types    *stored
	changes  Changes
	reported map[[2]string]bool
}

// refusals finds what the snapshots of the old version may have and the new version refuses, or restores with another
// meaning. There is one change for each name.
func refusals(old, new *spec.Machine) Changes {
	if !old.Emits(spec.PartSnapshot) || !new.Emits(spec.PartSnapshot) {
		return nil
	}
	s := &storage{
		old: old, new: new, timers: new.StoredTimers(), types: &stored{old: old, new: new}, reported: map[[2]string]bool{},
	}
	s.revision()
	for _, leaf := range old.Leaves() {
		now := s.leafNamed(leaf.Name, leaf.Pos)
		if now == nil {
			continue
		}
		s.ends(leaf, now)
		if !isEnd(now) && !isEnd(leaf) {
			s.runningTimers(leaf, now)
			s.waitingEvents(leaf)
			s.memories()
			s.additions(leaf, now)
		}
	}
	s.fields("data", "", old.Data, new.Data, s.removed("data", nil))
	s.oldNames()
	return s.changes
}

// refuse adds a change, once for each thing.
func (s *storage) refuse(what, name, why string, was spec.Pos) {
	if key := [2]string{what, name}; !s.reported[key] {
		s.reported[key] = true
		s.changes = append(s.changes, Change{
			Kind: Changed, What: what, Name: name, Facet: "snapshots", Was: "restored", Is: "refused",
			Level: Major, Affected: Snapshots, Why: why, Old: was,
		})
	}
}

func (s *storage) revision() {
	was, is := s.old.Snapshots.Revision, s.new.Snapshots.Revision
	change := Change{
		Kind: Changed, What: "machine", Name: s.new.Name.Value, Facet: "revision", Was: fmt.Sprint(was), Is: fmt.Sprint(is),
		Level: Major, Affected: Snapshots, Old: s.old.Snapshots.Pos, New: s.new.Snapshots.Pos,
	}
	switch {
	case is > was:
		change.Why = "ReadSnapshot needs a Migrate function for older snapshots"
	case is < was:
		change.Why = "every older snapshot is refused: a revision only rises"
	default:
		return
	}
	s.changes = append(s.changes, change)
}

// removed returns the names that a word of `removed` lists. With owners it is those of their fields, which are listed as
// "owner.field".
func (s *storage) removed(word string, owners []string) []string {
	names := spec.OldNames(*s.new.Snapshots.Removed.List(word))
	if owners == nil {
		return names
	}
	var fields []string
	for _, name := range names {
		if owner, field, _ := strings.Cut(name, "."); slices.Contains(owners, owner) {
			fields = append(fields, field)
		}
	}
	return fields
}

// stateNamed returns the new state that a name of the old version stands for.
func (s *storage) stateNamed(name string) *spec.State {
	for now := range s.new.All() {
		if now.Kind != spec.History && (now.Name == name || slices.Contains(spec.OldNames(now.Renamed), name)) {
			return now
		}
	}
	return nil
}

// leafNamed returns the leaf in which a machine goes on that was stored in a leaf of this name; nil if it is refused.
func (s *storage) leafNamed(name string, was spec.Pos) *spec.State {
	now := s.stateNamed(name)
	switch {
	case now == nil:
		s.refuse("state", name, fmt.Sprintf("say `renamed_from: %s` at the state in which they go on", name), was)
	case len(now.States) > 0:
		s.refuse("state", name, "it has others inside now: let one of these say `renamed_from`, under another name for this one", was)
	default:
		return now
	}
	return nil
}

// isEnd reports whether a machine in the state has ended.
func isEnd(s *spec.State) bool { return s.Kind == spec.Final && s.Parent == nil }

// runningTimers refuses the timers that can run in a leaf.
func (s *storage) runningTimers(leaf, now *spec.State) {
	for _, t := range s.old.StoredTimers() {
		if t.State == nil || t.State.Contains(leaf) {
			s.timer(t.Name, now, t)
		}
	}
}

// timer refuses a name of a timer of the old version that does not run in the leaf in which machines go on.
func (s *storage) timer(name string, now *spec.State, was spec.StoredTimer) {
	is := s.timerNamed(name)
	switch {
	case is != nil && (is.State == nil || is.State.Contains(now)):
	case slices.Contains(s.removed("timers", nil), name) || s.ofRemovedState(name):
	case is != nil:
		s.refuse("timer", name, fmt.Sprintf("it does not run in %s any more: say `removed: {timers: [%s]}`", now.Name, name), was.Pos)
	default:
		s.refuse("timer", name, fmt.Sprintf("say `renamed_from` at what it is now, or `removed: {timers: [%s]}`", name), was.Pos)
	}
}

// ofRemovedState reports whether a timer has the name of one that a removed state had.
func (s *storage) ofRemovedState(timer string) bool {
	state, _, found := strings.Cut(timer, " ")
	return found && slices.Contains(s.removed("states", nil), state)
}

// timerNamed returns the new timer that a name of the old version stands for.
func (s *storage) timerNamed(name string) *spec.StoredTimer {
	i := slices.IndexFunc(s.timers, func(is spec.StoredTimer) bool { return is.Name == name || slices.Contains(is.Was, name) })
	if i < 0 {
		return nil
	}
	return &s.timers[i]
}

// waitingEvents refuses the events that can be postponed in a leaf.
func (s *storage) waitingEvents(leaf *spec.State) {
	for was := range s.old.AllEvents() {
		if s.old.Cell(leaf, was).End != spec.Postponed {
			continue
		}
		if now := s.event(was.Name); now != nil {
			owners := append(spec.OldNames(now.Renamed), now.Name)
			s.fields("payload", was.Name+".", was.Payload, now.Payload, s.removed("payload", owners))
			continue
		}
		if !s.dropsEvent(was.Name) {
			s.refuseEvent(was.Name, was.Pos)
		}
	}
}

func (s *storage) refuseEvent(name string, was spec.Pos) {
	s.refuse("event", name, fmt.Sprintf("say `renamed_from` at an event that can be postponed, or `removed: {events: [%s]}`", name), was)
}

// dropsEvent reports whether a postponed event of this name is removed.
func (s *storage) dropsEvent(name string) bool {
	return slices.Contains(s.removed("events", nil), name) || slices.Contains(s.removed("timers", nil), name)
}

// event returns the new event that a postponed one of this name becomes.
func (s *storage) event(name string) *spec.Event {
	for now := range s.new.AllEvents() {
		if s.new.Stores(now) && (now.Name == name || slices.Contains(spec.OldNames(now.Renamed), name)) {
			return now
		}
	}
	return nil
}

// memories refuses the leaves that histories can stand for.
func (s *storage) memories() {
	for of := range s.old.All() {
		if !of.Remembers() {
			continue
		}
		now := s.history(of.Name, of.Pos)
		if now == nil || !now.Remembers() {
			continue
		}
		for _, leaf := range s.old.Leaves() {
			if !of.Contains(leaf) {
				continue
			}
			is := s.stateNamed(leaf.Name)
			if is == nil && slices.Contains(s.removed("states", nil), leaf.Name) {
				continue
			}
			if is == nil || len(is.States) > 0 || !now.Contains(is) {
				s.refuse("history", of.Name+" in "+leaf.Name, fmt.Sprintf("%s is not inside %s any more", leaf.Name, now.Name), leaf.Pos)
			}
		}
	}
}

// history returns the new state that a name of a state with a history stands for; nil if it is refused or removed.
func (s *storage) history(name string, was spec.Pos) *spec.State {
	now := s.stateNamed(name)
	if now == nil && !slices.Contains(s.removed("states", nil), name) {
		s.refuse("history", name, fmt.Sprintf("say `renamed_from: %s`, or `removed: {states: [%s]}`", name, name), was)
	}
	return now
}

// fields refuses fields of data or of a payload that are gone, or have values that do not fit.
func (s *storage) fields(what, owner string, was, is []*spec.Field, removed []string) {
	for _, f := range was {
		now := fieldNamed(is, f.Name)
		switch {
		case now == nil && !containsField(removed, f.Name):
			s.refuseField(what, owner, f.Name, f.Pos)
		case now != nil && !s.types.fit(f.Type.Value, now.Type.Value):
			s.refuse(what, owner+f.Name, fmt.Sprintf("values of %s do not all fit %s: give the new field another name, or raise the `revision`", f.Type.Value, now.Type.Value), f.Pos)
		case now != nil:
			s.units(what, owner+f.Name, f, now)
		}
	}
}

func (s *storage) refuseField(what, owner, name string, was spec.Pos) {
	s.refuse(what, owner+name, fmt.Sprintf("say `renamed_from: %s` at another field, or `removed: {%s: [%s%s]}`", name, what, owner, name), was)
}

// fieldNamed returns the field that a name of the old version stands for.
func fieldNamed(fields []*spec.Field, name string) *spec.Field {
	for _, f := range fields {
		if sameField(f.Name, name) || containsField(spec.OldNames(f.Renamed), name) {
			return f
		}
	}
	return nil
}

func containsField(names []string, name string) bool {
	return slices.ContainsFunc(names, func(other string) bool { return sameField(other, name) })
}

// sameField reports whether two fields have one name in JSON, where capitals do not count.
func sameField(a, b string) bool { return strings.EqualFold(spec.GoName(a), spec.GoName(b)) }
