package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// warn adds a change for snapshots that are restored with another meaning than the user may expect. A higher revision
// says that the user has thought of it.
func (s *storage) warn(level Level, what, name, is, why string, now spec.Pos) {
	key := [2]string{what, name}
	if s.new.Snapshots.Revision > s.old.Snapshots.Revision || s.reported[key] {
		return
	}
	s.reported[key] = true
	s.changes = append(s.changes, Change{
		Kind: Changed, What: what, Name: name, Facet: "snapshots", Was: "restored", Is: is,
		Level: level, Affected: Snapshots, Why: why, New: now,
	})
}

// additions finds what a machine does on entry or after a step, and what a machine that was stored in the leaf by the old
// version therefore does not do: it is restored without a new timer, and takes a new `always` after its next event.
func (s *storage) additions(leaf, now *spec.State) {
	for _, t := range s.timers {
		if t.State == nil || !t.State.Contains(now) || s.ranIn(leaf, t) {
			continue
		}
		s.warn(Minor, "timer", t.Name, "not started", fmt.Sprintf(
			"it starts at the next entry: if stored machines need it, raise the `revision` and let Migrate add %q to Timers", t.Name), t.Pos)
	}
	had := guardsOfAlways(leaf)
	for around := range now.Ancestors() {
		for _, t := range around.Always {
			if !slices.Contains(had, guardOf(t)) {
				s.warn(Minor, "state", now.Name, "not left",
					"a new `always` waits for the next event: if stored machines need it, raise the `revision` and let Migrate set State", t.Pos)
			}
		}
	}
}

// ranIn reports whether a timer of the new version could run in a leaf of the old one, under any of its names.
func (s *storage) ranIn(leaf *spec.State, is spec.StoredTimer) bool {
	return slices.ContainsFunc(s.old.StoredTimers(), func(was spec.StoredTimer) bool {
		return (was.State == nil || was.State.Contains(leaf)) && (was.Name == is.Name || slices.Contains(is.Was, was.Name))
	})
}

func guardsOfAlways(leaf *spec.State) []string {
	var all []string
	for around := range leaf.Ancestors() {
		for _, t := range around.Always {
			all = append(all, guardOf(t))
		}
	}
	return all
}

// guardOf is the guard of a transition as a text; empty where it has none.
func guardOf(t *spec.Transition) string {
	if t.Guard == nil || t.Guard.Expr == nil {
		return ""
	}
	return t.Guard.Expr.String()
}

// ends finds a leaf in which a restored machine has ended, although the machine that was stored had not.
func (s *storage) ends(leaf, now *spec.State) {
	if isEnd(now) && !isEnd(leaf) {
		s.warn(Major, "state", leaf.Name, "ended",
			"a stored machine has ended when it is restored, and Terminated is not called: raise the `revision` and let Migrate set State", now.Pos)
	}
}

// units finds fields of which a number and a duration are read as each other: a duration is a number of nanoseconds.
func (s *storage) units(what, name string, was, is *spec.Field) {
	const duration = "time.Duration"
	if strings.Contains(was.Type.Value, duration) != strings.Contains(is.Type.Value, duration) {
		s.warn(Major, what, name, "other values", "a "+duration+" is stored as a number of nanoseconds: raise the `revision` and let Migrate convert it", is.Pos)
	}
}
