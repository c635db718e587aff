package check

import (
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// foreignInitials reports an initial state that is not a child of the state that names it.
func foreignInitials(m *model.Machine, report func(finding.Finding)) {
	names := newIndex(m)
	if m.InitialState == nil && names.states[m.Initial.Value] != nil {
		reportForeign(m.Initial, names.states[m.Initial.Value], "the machine", m.States, report)
	}
	for s := range m.All() {
		if t := names.states[s.Initial.Value]; t != nil && s.InitialState == nil && len(s.States) > 0 {
			reportForeign(s.Initial, t, wording.Quote(s.Name), s.States, report)
		}
	}
}

func reportForeign(at syntax.Text, there *model.State, parent string, children []*model.State, report func(finding.Finding)) {
	help := ""
	if i := slices.IndexFunc(children, func(s *model.State) bool { return s.Kind != model.History }); i >= 0 {
		help = "begin with one of its children, such as " + wording.Quote(children[i].Name)
	}
	message := wording.Quote(at.Value) + " is not a child of " + parent
	if there.Kind == model.History {
		message = wording.Quote(at.Value) + " is a history, and no state to begin in"
	}
	report(finding.Finding{Pos: at.Pos, Message: message, Help: help, Related: finding.RelatedTo(there.Pos, "this is "+there.Path())})
}

// missingInitials reports states with children that name no initial state, and states without children that name one.
func missingInitials(m *model.Machine, report func(finding.Finding)) {
	for s := range m.All() {
		switch {
		case s.Kind == model.History: // has neither
		case len(s.States) > 0 && s.Initial.Pos == syntax.Pos{}:
			help := "add a child to begin in"
			if i := slices.IndexFunc(s.States, func(c *model.State) bool { return c.Kind != model.History }); i >= 0 {
				help = "add `initial: " + s.States[i].Name + "`"
			}
			report(finding.Finding{Pos: s.Pos, Message: "state " + wording.Quote(s.Name) + " has children and no initial state", Help: help})
		case len(s.States) == 0 && s.Initial.Value != "" && s.Kind != model.Final:
			report(finding.Finding{
				Pos: s.Initial.Pos, Message: "state " + wording.Quote(s.Name) + " has an initial state and no children",
				Help: "leave it out, or add `states`",
			})
		}
	}
}

// finalsWithBehavior reports final states that have more than an entry and an exit.
func finalsWithBehavior(m *model.Machine, report func(finding.Finding)) {
	for s := range m.All() {
		if s.Kind != model.Final {
			continue
		}
		if word, at := firstDeed(s); word != "" {
			report(finding.Finding{
				Pos: at, Message: "a final state has no `" + word + "`", Help: "leave it out, or leave out `type: final`",
				Related: finding.RelatedTo(s.Pos, "final state"),
			})
		}
	}
}

// firstDeed returns the first word of a final state that it must not have, and where its value is.
func firstDeed(s *model.State) (word string, at syntax.Pos) {
	switch {
	case len(s.States) > 0:
		return "states", s.States[0].Pos
	case s.Initial.Value != "":
		return "initial", s.Initial.Pos
	case len(s.On) > 0:
		return "on", s.On[0].Event.Pos
	case len(s.After) > 0:
		return "after", s.After[0].Pos
	case len(s.Every) > 0:
		return "every", s.Every[0].Pos
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
		return "", syntax.Pos{}
	}
}

// deadTransitions reports transitions behind one without a guard, which are never tried.
func deadTransitions(m *model.Machine, report func(finding.Finding)) {
	for list := range transitionLists(m) {
		i := slices.IndexFunc(list.transitions, func(a *model.Transition) bool { return a.Guard == nil })
		if i >= 0 && i+1 < len(list.transitions) {
			report(finding.Finding{
				Pos: list.transitions[i+1].Pos, Message: "this transition is never taken", Help: "put the transition without a guard last",
				Related: finding.RelatedTo(list.transitions[i].Pos, "always taken, since it has no guard"),
			})
		}
	}
}

// deadWildcards reports a `*` that stands for no event.
func deadWildcards(m *model.Machine, report func(finding.Finding)) {
	for list := range transitionLists(m) {
		if list.event != nil && list.event.Value == "*" && len(list.transitions) > 0 && len(list.eachCause()) == 0 {
			report(finding.Finding{
				Pos: list.event.Pos, Message: "`*` stands for no event here", Label: "every event is decided before",
				Help: "leave it out",
			})
		}
	}
}

// deadPostpones reports events that a state postpones or ignores and always handles, and those that it postpones and
// ignores. Behind guards a postpone is useful: an event that no guard lets through is postponed.
func deadPostpones(m *model.Machine, report func(finding.Finding)) {
	for s := range m.All() {
		handled, postponed := map[*decl.Event]syntax.Pos{}, map[*decl.Event]syntax.Pos{}
		for _, h := range s.On {
			if model.HasUnguarded(h.Transitions) {
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
func reportDecided(s *model.State, r *decl.EventRef, park string, decided map[*decl.Event]syntax.Pos, how string, report func(finding.Finding)) bool {
	before, ok := decided[r.Event]
	if r.Event == nil || !ok {
		return false
	}
	report(finding.Finding{
		Pos: r.Pos, Message: "state " + wording.Quote(s.Name) + " never gets to " + park + " " + wording.Quote(r.Value),
		Help: "leave one of them out", Related: finding.RelatedTo(before, how),
	})
	return true
}

// badAfters reports times that are neither a positive duration nor a param of type duration.
func badAfters(m *model.Machine, report func(finding.Finding)) {
	for t := range lengths(m) {
		_, err := time.ParseDuration(t.Value)
		switch {
		case t.Value == "": // reported where it is missing
		case t.Param != nil && !slices.Contains(decl.ParamTypes, t.Param.Type.Value): // reported at the param
		case t.Param != nil && t.Param.Type.Value != "duration":
			report(finding.Finding{
				Pos: t.Pos, Message: "param " + wording.Quote(t.Value) + " is not of type duration",
				Help: "write a duration such as `30s`, or another param", Related: finding.RelatedTo(t.Param.Type.Pos, "its type"),
			})
		case t.Param == nil && err != nil:
			f := finding.Finding{Pos: t.Pos, Message: wording.Quote(t.Value) + " is neither a duration nor a param"}
			f.Help, f.Fix = wording.Suggest(t.Value, durationNames(m), "", "write a duration such as `30s`, or a param of type duration")
			report(f)
		case t.Param == nil && t.Duration <= 0:
			report(finding.Finding{Pos: t.Pos, Message: "a time-out takes some time", Help: "write a duration above zero"})
		}
	}
}

// reenterNothing reports a `reenter` of a transition without a target, which leaves no state that it could enter again.
func reenterNothing(m *model.Machine, report func(finding.Finding)) {
	for list := range transitionLists(m) {
		for _, a := range list.all() {
			if a.Reenter && (a.Target.Pos == syntax.Pos{}) {
				target := "target: " + list.state.Name
				report(finding.Finding{
					Pos: a.Pos, Message: "`reenter` without a target does nothing", Help: "add `" + target + "`",
					Fix: syntax.NewSource(m.Source).First(a.Pos, target),
				})
			}
		}
	}
}

// unreachable reports states that are never entered; of states inside each other only the outermost.
func unreachable(m *model.Machine, report func(finding.Finding)) {
	reached := reachable(m)
	for s := range m.All() {
		if !reached[s] && (s.Parent == nil || reached[s.Parent] && s.Parent.Kind != model.History) {
			report(finding.Finding{
				Pos: s.Pos, Message: "state " + wording.Quote(s.Name) + " is never entered", Label: "nothing leads here",
				Help: "make it the target of a transition, or leave it out",
			})
		}
	}
}

// badHistories reports a history that is not inside a state with other children, and one that has more than a target.
func badHistories(m *model.Machine, report func(finding.Finding)) {
	names := newIndex(m)
	for s := range m.All() {
		switch {
		case s.Kind == model.History:
			reportHistory(s, names, report)
		case s.Memory.Value != "":
			report(finding.Finding{
				Pos: s.Memory.Pos, Message: "state " + wording.Quote(s.Name) + " is no history",
				Help:    "add `type: history`, or leave this out",
				Related: finding.RelatedTo(s.Pos, "declared here"),
			})
		case s.Default.Value != "":
			report(finding.Finding{
				Pos: s.Default.Pos, Message: "only a history has a target of its own",
				Help:    "write `always: " + s.Default.Value + "`, or leave this out",
				Related: finding.RelatedTo(s.Pos, "declared here"),
			})
		}
	}
}

func reportHistory(s *model.State, names index, report func(finding.Finding)) {
	word, at := firstDeed(s)
	if word == "" {
		word, at = firstAction(s)
	}
	switch {
	case word != "":
		report(finding.Finding{
			Pos: at, Message: "a history has no `" + word + "`", Help: "a machine is never in it: leave this out",
			Related: finding.RelatedTo(s.Pos, "history"),
		})
	case s.Parent == nil:
		report(finding.Finding{
			Pos: s.Pos, Message: "history " + wording.Quote(s.Name) + " has nothing to remember",
			Help: "put it into the state whose children it stands for",
		})
	case s.DefaultState == nil && names.states[s.Default.Value] != nil:
		reportDefault(s, report)
	}
}

// firstAction returns the first word of a history that makes it more than a target, and where it is.
func firstAction(s *model.State) (word string, at syntax.Pos) {
	switch {
	case len(s.Entry) > 0:
		return "entry", s.Entry[0].Pos
	case len(s.Exit) > 0:
		return "exit", s.Exit[0].Pos
	case len(s.Renamed) > 0:
		return "renamed_from", s.Renamed[0].Pos
	default:
		return "", syntax.Pos{}
	}
}

func reportDefault(s *model.State, report func(finding.Finding)) {
	f := finding.Finding{Pos: s.Default.Pos, Message: wording.Quote(s.Default.Value) + " is no state inside " + wording.Quote(s.Parent.Name)}
	if len(s.Parent.States) > 0 && s.Parent.InitialState != nil {
		f.Help = "begin with one of its children, such as " + wording.Quote(s.Parent.InitialState.Name)
	}
	f.Related = finding.RelatedTo(s.Pos, "the history")
	report(f)
}
