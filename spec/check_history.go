package spec

// badHistories: a history is inside a state with other children, is a target and nothing else.
func badHistories(m *Machine, report func(Finding)) {
	decl := newIndex(m)
	for s := range m.All() {
		switch {
		case s.Kind == History:
			reportHistory(s, decl, report)
		case s.Memory.Value != "":
			report(Finding{
				Pos: s.Memory.Pos, Message: "state " + quote(s.Name) + " is no history",
				Help:    "add `type: history`, or leave this out",
				Related: related(s.Pos, "declared here"),
			})
		case s.Default.Value != "":
			report(Finding{
				Pos: s.Default.Pos, Message: "only a history has a target of its own",
				Help:    "write `always: " + s.Default.Value + "`, or leave this out",
				Related: related(s.Pos, "declared here"),
			})
		}
	}
}

func reportHistory(s *State, decl index, report func(Finding)) {
	word, at := firstDeed(s)
	if word == "" {
		word, at = s.firstAction()
	}
	switch {
	case word != "":
		report(Finding{
			Pos: at, Message: "a history has no `" + word + "`", Help: "a machine is never in it: leave this out",
			Related: related(s.Pos, "history"),
		})
	case s.Parent == nil:
		report(Finding{
			Pos: s.Pos, Message: "history " + quote(s.Name) + " has nothing to remember",
			Help: "put it into the state whose children it stands for",
		})
	case s.DefaultState == nil && decl.states[s.Default.Value] != nil:
		reportDefault(s, report)
	}
}

// firstAction is the first word of a state that says what is done around it.
func (s *State) firstAction() (word string, at Pos) {
	switch {
	case len(s.Entry) > 0:
		return "entry", s.Entry[0].Pos
	case len(s.Exit) > 0:
		return "exit", s.Exit[0].Pos
	case s.Renamed.Value != "":
		return "renamed_from", s.Renamed.Pos
	default:
		return "", Pos{}
	}
}

func reportDefault(s *State, report func(Finding)) {
	f := Finding{Pos: s.Default.Pos, Message: quote(s.Default.Value) + " is no state inside " + quote(s.Parent.Name)}
	if len(s.Parent.States) > 0 && s.Parent.InitialState != nil {
		f.Help = "begin with one of its children, such as " + quote(s.Parent.InitialState.Name)
	}
	f.Related = related(s.Pos, "the history")
	report(f)
}
