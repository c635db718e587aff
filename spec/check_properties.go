package spec

// badProperties: a property claims something about states that a machine can be in.
func badProperties(m *Machine, report func(Finding)) {
	first := map[string]*Property{}
	for _, q := range m.Properties {
		if before := first[q.Name.Value]; before != nil && q.Name.Value != "" {
			report(Finding{
				Pos: q.Name.Pos, Message: "there is already a property " + quote(q.Name.Value), Help: "give it another name",
				Related: related(before.Name.Pos, "first here"),
			})
		}
		first[q.Name.Value] = q
		for _, r := range []*StateRef{q.From, q.State} {
			if r != nil && r.State != nil && r.State.Kind == History {
				report(Finding{
					Pos: r.Pos, Message: "a machine is never in the history " + quote(r.Value),
					Help:    "name a state that it can be in",
					Related: related(r.State.Pos, "declared here"),
				})
			}
		}
	}
}
