package golang

import (
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// postpones reports whether a state postpones the trigger.
func (t *trigger) postpones() bool { return len(t.leavesThat(spec.Postponed)) > 0 }

// leavesThat returns the leaves where an event that no transition takes meets the verdict.
func (t *trigger) leavesThat(v spec.Verdict) []*spec.State {
	var leaves []*spec.State
	for _, r := range t.reactions {
		if r.end == v {
			leaves = append(leaves, r.leaf.State)
		}
	}
	return leaves
}

// handled returns the leaves that have a transition for the trigger.
func (t *trigger) handled() []*spec.State {
	var leaves []*spec.State
	for _, r := range t.reactions {
		if len(r.transitions) > 0 {
			leaves = append(leaves, r.leaf.State)
		}
	}
	return leaves
}

// where says in which states the event is handled, postponed and ignored, for its doc comment.
func (p *plan) where(t *trigger) string {
	var parts []string
	for _, part := range []struct {
		verb   string
		leaves []*spec.State
	}{
		{"handled", t.handled()},
		{"postponed", t.leavesThat(spec.Postponed)},
		{"ignored", t.leavesThat(spec.Ignored)},
	} {
		if len(part.leaves) > 0 {
			parts = append(parts, part.verb+" in "+enumerate(p.cover(part.leaves)))
		}
	}
	if len(parts) == 0 {
		return "No state handles it."
	}
	return capital(strings.Join(parts, "; ")) + "."
}

// cover names the states that hold exactly these leaves, each by its outermost ancestor that holds no other.
func (p *plan) cover(leaves []*spec.State) []string {
	inside := map[*spec.State]int{}
	for _, l := range leaves {
		for s := range l.Ancestors() {
			inside[s]++
		}
	}
	var names []string
	named := map[*spec.State]bool{}
	for _, l := range leaves {
		outermost := l
		for s := range l.Ancestors() {
			if inside[s] == p.state(s).leaves {
				outermost = s
			}
		}
		if !named[outermost] {
			named[outermost] = true
			names = append(names, outermost.Name)
		}
	}
	return names
}
