package spec

import "strings"

// undecidedCells: in a strict machine every state decides about every event.
func undecidedCells(m *Machine, report func(Finding)) {
	if m.Strict.Value != "true" {
		return
	}
	for _, leaf := range m.Leaves() {
		if leaf.passing() {
			continue
		}
		var open []string
		for ev := range m.AllEvents() {
			if m.Cell(leaf, ev).End == Rejected {
				open = append(open, quote(ev.Name))
			}
		}
		if len(open) > 0 {
			report(Finding{
				Pos: leaf.Pos, Message: "state " + quote(leaf.Name) + " does not decide " + listed(open),
				Help: "handle, postpone or ignore each; `\"*\"` handles the rest", Related: related(m.Strict.Pos, "strict"),
			})
		}
	}
}

// passing reports whether a machine never waits for an event in a leaf: it has ended, or something is always taken first.
func (s *State) passing() bool {
	if s.Kind == Final && (s.Parent == nil || hasUnguarded(s.Parent.OnDone)) {
		return true
	}
	a := firstAlways(s)
	return a != nil && a.Guard == nil
}

// listed joins what a message can name of a list.
func listed(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + plural(len(names)-most, "more event")
}
