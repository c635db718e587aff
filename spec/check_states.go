package spec

import (
	"slices"
	"time"
)

// strangeInitials: the initial state is a child.
func strangeInitials(m *Machine, report func(Finding)) {
	decl := newIndex(m)
	if m.InitialState == nil && decl.states[m.Initial.Value] != nil {
		reportStranger(m.Initial, decl.states[m.Initial.Value], "the machine", m.States, report)
	}
	for s := range m.All() {
		if t := decl.states[s.Initial.Value]; t != nil && s.InitialState == nil && len(s.States) > 0 {
			reportStranger(s.Initial, t, quote(s.Name), s.States, report)
		}
	}
}

func reportStranger(at Text, there *State, parent string, children []*State, report func(Finding)) {
	help := ""
	if i := slices.IndexFunc(children, func(s *State) bool { return s.Kind != History }); i >= 0 {
		help = "begin with one of its children, such as " + quote(children[i].Name)
	}
	message := quote(at.Value) + " is not a child of " + parent
	if there.Kind == History {
		message = quote(at.Value) + " is a history, and no state to begin in"
	}
	report(Finding{Pos: at.Pos, Message: message, Help: help, Related: related(there.Pos, "this is "+there.Path())})
}

// missingInitials: a state with children says which of them it begins with; one without has nothing to say.
func missingInitials(m *Machine, report func(Finding)) {
	for s := range m.All() {
		switch {
		case s.Kind == History: // has neither
		case len(s.States) > 0 && s.Initial.Pos == Pos{}:
			help := "add a child to begin in"
			if i := slices.IndexFunc(s.States, func(c *State) bool { return c.Kind != History }); i >= 0 {
				help = "add `initial: " + s.States[i].Name + "`"
			}
			report(Finding{Pos: s.Pos, Message: "state " + quote(s.Name) + " has children and no initial state", Help: help})
		case len(s.States) == 0 && s.Initial.Value != "" && s.Kind != Final:
			report(Finding{
				Pos: s.Initial.Pos, Message: "state " + quote(s.Name) + " has an initial state and no children",
				Help: "leave it out, or add `states`",
			})
		}
	}
}

// busyFinals: nothing happens in a final state any more. Its entry and exit do happen.
func busyFinals(m *Machine, report func(Finding)) {
	for s := range m.All() {
		if s.Kind != Final {
			continue
		}
		if word, at := firstDeed(s); word != "" {
			report(Finding{
				Pos: at, Message: "a final state has no `" + word + "`", Help: "leave it out, or leave out `type: final`",
				Related: related(s.Pos, "final state"),
			})
		}
	}
}

// firstDeed returns the first word of a final state that it must not have, and where its value is.
func firstDeed(s *State) (word string, at Pos) {
	switch {
	case len(s.States) > 0:
		return "states", s.States[0].Pos
	case s.Initial.Value != "":
		return "initial", s.Initial.Pos
	case len(s.On) > 0:
		return "on", s.On[0].Event.Pos
	case len(s.After) > 0:
		return "after", s.After[0].Pos
	case len(s.Postpone) > 0:
		return "postpone", s.Postpone[0].Pos
	case len(s.Ignore) > 0:
		return "ignore", s.Ignore[0].Pos
	case len(s.Always) > 0:
		return "always", s.Always[0].Pos
	case s.EventTimeout != nil:
		return "event_timeout", s.EventTimeout.Pos
	case len(s.Invokes) > 0:
		return "invoke", s.Invokes[0].Pos
	case len(s.OnDone) > 0:
		return "onDone", s.OnDone[0].Pos
	default:
		return "", Pos{}
	}
}

// deadArms: what stands behind an arm without a guard is never tried.
func deadArms(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		i := slices.IndexFunc(list.arms, func(a *Arm) bool { return a.Guard == nil })
		if i >= 0 && i+1 < len(list.arms) {
			report(Finding{
				Pos: list.arms[i+1].Pos, Message: "this arm is never taken", Help: "put the arm without a guard last",
				Related: related(list.arms[i].Pos, "always taken, since it has no guard"),
			})
		}
	}
}

// deadWildcards: a `*` stands for some event.
func deadWildcards(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		if list.event != nil && list.event.Value == "*" && len(list.arms) > 0 && len(list.eachCause()) == 0 {
			report(Finding{
				Pos: list.event.Pos, Message: "`*` stands for no event here", Label: "every event is decided before",
				Help: "leave it out",
			})
		}
	}
}

// deadParks: a state that always handles an event never postpones or ignores it, and one that postpones it never
// ignores it. Behind guards both are useful: what no guard lets through is postponed.
func deadParks(m *Machine, report func(Finding)) {
	for s := range m.All() {
		handled, postponed := map[*Event]Pos{}, map[*Event]Pos{}
		for _, h := range s.On {
			if hasUnguarded(h.Arms) {
				handled[h.Event.Event] = h.Event.Pos
			}
		}
		for _, r := range s.Postpone {
			postponed[r.Event] = r.Pos
			reportDecided(s, r, "postpone", handled, "always handled here", report)
		}
		for _, r := range s.Ignore {
			if !reportDecided(s, r, "ignore", handled, "always handled here", report) {
				reportDecided(s, r, "ignore", postponed, "postponed here", report)
			}
		}
	}
}

// reportDecided reports an event that is decided before its state gets to park it, and returns whether it is.
func reportDecided(s *State, r *EventRef, park string, decided map[*Event]Pos, how string, report func(Finding)) bool {
	before, ok := decided[r.Event]
	if r.Event == nil || !ok {
		return false
	}
	report(Finding{
		Pos: r.Pos, Message: "state " + quote(s.Name) + " never gets to " + park + " " + quote(r.Value),
		Help: "leave one of them out", Related: related(before, how),
	})
	return true
}

// badAfters: a time-out lasts a duration of the spec, or of a param.
func badAfters(m *Machine, report func(Finding)) {
	for t := range m.lengths() {
		_, err := time.ParseDuration(t.Value)
		switch {
		case t.Value == "": // reported where it is missing
		case t.Param != nil && !slices.Contains(paramTypes, t.Param.Type.Value): // reported at the param
		case t.Param != nil && t.Param.Type.Value != "duration":
			report(Finding{
				Pos: t.Pos, Message: "param " + quote(t.Value) + " is not of type duration",
				Help: "write a duration such as `30s`, or another param", Related: related(t.Param.Type.Pos, "its type"),
			})
		case t.Param == nil && err != nil:
			f := Finding{Pos: t.Pos, Message: quote(t.Value) + " is neither a duration nor a param"}
			f.Help, f.Fix = meant(t.Value, durationNames(m), "", "write a duration such as `30s`, or a param of type duration")
			report(f)
		case t.Param == nil && t.Duration <= 0:
			report(Finding{Pos: t.Pos, Message: "a time-out takes some time", Help: "write a duration above zero"})
		}
	}
}

// reenterNothing: without a target no state is left, so none is entered again.
func reenterNothing(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		for _, a := range list.all() {
			if a.Reenter && (a.Target.Pos == Pos{}) {
				target := "target: " + list.state.Name
				report(Finding{
					Pos: a.Pos, Message: "`reenter` without a target does nothing", Help: "add `" + target + "`",
					Fix: newSource(m.Source).first(a.Pos, target),
				})
			}
		}
	}
}

// unreachable: every state is entered somehow. Of states inside each other only the outermost is reported.
func unreachable(m *Machine, report func(Finding)) {
	reached := m.reachable()
	for s := range m.All() {
		if !reached[s] && (s.Parent == nil || reached[s.Parent] && s.Parent.Kind != History) {
			report(Finding{
				Pos: s.Pos, Message: "state " + quote(s.Name) + " is never entered", Label: "nothing leads here",
				Help: "make it the target of an arm, or leave it out",
			})
		}
	}
}
