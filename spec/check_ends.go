package spec

import "slices"

// neverDone: a state is done once it is in a final child.
func neverDone(m *Machine, report func(Finding)) {
	for s := range m.All() {
		if len(s.OnDone) == 0 || s.Kind == Final || s.Kind == History || slices.ContainsFunc(s.States, isFinal) {
			continue
		}
		report(Finding{
			Pos: s.OnDone[0].Pos, Message: "state " + quote(s.Name) + " is never done", Label: "no child is final",
			Help: "give a child `type: final`, or leave `onDone` out", Related: related(s.Pos, "declared here"),
		})
	}
}

func isFinal(s *State) bool { return s.Kind == Final }

// unhandledEnds: somebody cares that an invoke fails, and that a state is done.
func unhandledEnds(m *Machine, report func(Finding)) {
	for s := range m.All() {
		for _, v := range s.Invokes {
			if len(v.OnError) == 0 {
				report(Finding{
					Pos: v.Src.Pos, Message: "nobody handles the failure of invoke " + quote(v.Src.Value),
					Help: "add `onError`; `onError: {}` drops it on purpose",
				})
			}
		}
		if s.Kind == Final && s.Parent != nil && len(s.Parent.OnDone) == 0 {
			report(Finding{
				Pos: s.Pos, Message: "nothing happens once " + quote(s.Parent.Name) + " is done",
				Label:   "final, inside a state without onDone",
				Help:    "add `onDone` to " + quote(s.Parent.Name) + ", or leave out `type: final`",
				Related: related(s.Parent.Pos, "its parent"),
			})
		}
	}
}
