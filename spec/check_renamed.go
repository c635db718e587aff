package spec

// badRenames: an old name is one that nothing has today, and that one thing had.
func badRenames(m *Machine, report func(Finding)) {
	var states, events, data []renamed
	for s := range m.All() {
		states = append(states, renamed{s.Name, s.Pos, s.Renamed})
	}
	for _, ev := range m.Events {
		events = append(events, renamed{ev.Name, ev.Pos, ev.Renamed})
	}
	for _, f := range m.Data {
		data = append(data, renamed{f.Name, f.Pos, f.Renamed})
	}
	reportRenames("state", states, report)
	reportRenames("event", events, report)
	reportRenames("data field", data, report)
}

// renamed is a declaration that may have had another name.
type renamed struct {
	name string
	pos  Pos
	from Text
}

func reportRenames(what string, all []renamed, report func(Finding)) {
	today, before := map[string]renamed{}, map[string]renamed{}
	for _, r := range all {
		today[r.name] = r
	}
	for _, r := range all {
		from := r.from.Value
		if from == "" {
			continue
		}
		if now, taken := today[from]; taken {
			report(Finding{
				Pos: r.from.Pos, Message: "there still is " + article(what) + " " + quote(from),
				Help:    "an old name is one that nothing has today",
				Related: related(now.pos, "declared here"),
			})
		} else if other, taken := before[from]; taken {
			report(Finding{
				Pos: r.from.Pos, Message: quote(other.name) + " has been " + quote(from) + " already",
				Help:    "an old name leads to one new one",
				Related: related(other.from.Pos, "said here"),
			})
		}
		before[from] = r
	}
}
