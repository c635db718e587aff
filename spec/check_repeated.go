package spec

// repetitions: a list names each thing once.
func repetitions(m *Machine, report func(Finding)) {
	reportRepeated(m, m.Go.Imports, report)
	reportRepeated(m, m.Go.Emit, report)
	for _, ev := range m.Events {
		reportRepeated(m, ev.Record, report)
	}
	for h := range m.Hooks() {
		reportRepeated(m, h.Payload, report)
	}
	for s := range m.All() {
		reportRepeated(m, eventTexts(s.Postpone), report)
		reportRepeated(m, eventTexts(s.Ignore), report)
		reportInvokedTwice(s, report)
	}
}

func reportRepeated(m *Machine, list []Text, report func(Finding)) {
	first := map[string]Text{}
	for _, t := range list {
		if before, again := first[t.Value]; again {
			report(Finding{
				Pos: t.Pos, Message: quote(t.Value) + " is in this list twice", Help: "leave one out",
				Related: related(before.Pos, "first here"), Fix: newSource(m.Source).removal(t.Pos),
			})
			continue
		}
		first[t.Value] = t
	}
}

func eventTexts(refs []*EventRef) []Text {
	texts := make([]Text, 0, len(refs))
	for _, r := range refs {
		texts = append(texts, r.Text)
	}
	return texts
}

// reportInvokedTwice reports an invoke that a state has twice: nobody could tell their ends apart.
func reportInvokedTwice(s *State, report func(Finding)) {
	first := map[string]Pos{}
	for _, v := range s.Invokes {
		if before, again := first[v.Src.Value]; again {
			report(Finding{
				Pos: v.Src.Pos, Message: "state " + quote(s.Name) + " invokes " + quote(v.Src.Value) + " twice",
				Help:    "leave one out",
				Related: related(before, "first here"),
			})
			continue
		}
		first[v.Src.Value] = v.Src.Pos
	}
}
