package spec

import "slices"

// timersOutOfUse: a timer that some arm sets is handled somewhere, and one that is handled is set. Timers that nothing
// mentions are unused, which is another rule.
func timersOutOfUse(m *Machine, report func(Finding)) {
	set, named := map[*NamedTimer]Pos{}, map[*NamedTimer]bool{}
	for list := range m.armLists() {
		for _, a := range list.all() {
			for _, r := range slices.Concat(a.Start, a.Update) {
				if _, seen := set[r.Timer]; !seen {
					set[r.Timer] = r.Pos
				}
			}
			for _, r := range a.Cancel {
				named[r.Timer] = true
			}
		}
	}
	decided := map[*Event]Pos{}
	for r := range m.decisions() {
		if _, seen := decided[r.Event]; !seen {
			decided[r.Event] = r.Pos
		}
	}
	for _, t := range m.Timers {
		start, started := set[t]
		end, handled := decided[t.Event]
		switch {
		case started && !handled:
			reportTimer(t, "is started and never handled", "add it to `on` where the machine may be when it fires",
				related(start, "started here"), report)
		case handled && !started:
			reportTimer(t, "is handled and never started", "add `start: "+t.Name+"` to an arm", related(end, "handled here"), report)
		case named[t] && !started:
			reportTimer(t, "is cancelled and never started", "add `start: "+t.Name+"` to an arm", nil, report)
		}
	}
}

func reportTimer(t *NamedTimer, what, help string, why []Related, report func(Finding)) {
	report(Finding{Pos: t.Pos, Message: "timer " + quote(t.Name) + " " + what, Help: help, Related: why})
}

// timersTwice: an arm starts, cancels or updates a timer, one of them.
func timersTwice(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		for _, a := range list.all() {
			first := map[*NamedTimer]Pos{}
			for _, r := range slices.Concat(a.Start, a.Cancel, a.Update) {
				before, again := first[r.Timer]
				if again && r.Timer != nil {
					report(Finding{
						Pos: r.Pos, Message: "this arm does two things to timer " + quote(r.Value),
						Help:    "keep one: `start` begins it anew",
						Related: related(before, "the other one"),
					})
					continue
				}
				first[r.Timer] = r.Pos
			}
		}
	}
}
