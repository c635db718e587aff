package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

// timersOutOfUse reports timers that are started and never handled, and those that are handled and never started.
// Timers that nothing mentions are reported by unused.
func timersOutOfUse(m *model.Machine, report func(finding.Finding)) {
	set, named := map[*decl.NamedTimer]syntax.Pos{}, map[*decl.NamedTimer]bool{}
	for list := range transitionLists(m) {
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
	decided := map[*decl.Event]syntax.Pos{}
	for r := range decisions(m) {
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
				finding.RelatedTo(start, "started here"), report)
		case handled && !started:
			reportTimer(t, "is handled and never started", "add `start: "+t.Name+"` to a transition", finding.RelatedTo(end, "handled here"), report)
		case named[t] && !started:
			reportTimer(t, "is cancelled and never started", "add `start: "+t.Name+"` to a transition", nil, report)
		}
	}
}

func reportTimer(t *decl.NamedTimer, what, help string, why []finding.Related, report func(finding.Finding)) {
	report(finding.Finding{Pos: t.Pos, Message: "timer " + wording.Quote(t.Name) + " " + what, Help: help, Related: why})
}

// timersTwice reports transitions that start, cancel or update one timer more than once.
func timersTwice(m *model.Machine, report func(finding.Finding)) {
	for list := range transitionLists(m) {
		for _, a := range list.all() {
			first := map[*decl.NamedTimer]syntax.Pos{}
			for _, r := range slices.Concat(a.Start, a.Cancel, a.Update) {
				before, again := first[r.Timer]
				if again && r.Timer != nil {
					report(finding.Finding{
						Pos: r.Pos, Message: "this transition does two things to timer " + wording.Quote(r.Value),
						Help:    "keep one: `start` begins it anew",
						Related: finding.RelatedTo(before, "the other one"),
					})
					continue
				}
				first[r.Timer] = r.Pos
			}
		}
	}
}

// undecidedCells reports the states of a strict machine that do not decide every event.
func undecidedCells(m *model.Machine, report func(finding.Finding)) {
	if m.Strict.Value != "true" {
		return
	}
	for _, leaf := range m.Leaves() {
		if passing(leaf) {
			continue
		}
		var open []string
		for ev := range m.AllEvents() {
			if m.Cell(leaf, ev).End == model.Rejected {
				open = append(open, wording.Quote(ev.Name))
			}
		}
		if len(open) > 0 {
			report(finding.Finding{
				Pos: leaf.Pos, Message: "state " + wording.Quote(leaf.Name) + " does not decide " + listed(open),
				Help: "handle, postpone or ignore each; `\"*\"` handles the rest", Related: finding.RelatedTo(m.Strict.Pos, "strict"),
			})
		}
	}
}

// passing reports whether a machine never waits for an event in a leaf: it has ended, or something is always taken
// first.
func passing(s *model.State) bool {
	if s.Kind == model.Final && (s.Parent == nil || model.HasUnguarded(s.Parent.OnDone)) {
		return true
	}
	a := firstAlways(s)
	return a != nil && a.Guard == nil
}

// listed joins names, as many as fit a message.
func listed(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + wording.Plural(len(names)-most, "more event")
}

// badProperties reports properties about states in which a machine can never be.
func badProperties(m *model.Machine, report func(finding.Finding)) {
	first := map[string]*model.Property{}
	for _, q := range m.Properties {
		if before := first[q.Name.Value]; before != nil && q.Name.Value != "" {
			report(finding.Finding{
				Pos: q.Name.Pos, Message: "there is already a property " + wording.Quote(q.Name.Value), Help: "give it another name",
				Related: finding.RelatedTo(before.Name.Pos, "first here"),
			})
		}
		first[q.Name.Value] = q
		for _, r := range []*model.StateRef{q.From, q.State} {
			if r != nil && r.State != nil && r.State.Kind == model.History {
				report(finding.Finding{
					Pos: r.Pos, Message: "a machine is never in the history " + wording.Quote(r.Value),
					Help:    "name a state that it can be in",
					Related: finding.RelatedTo(r.State.Pos, "declared here"),
				})
			}
		}
	}
}

// badRemovals reports names of `removed` that are there today, so that nothing of them is removed.
func badRemovals(m *model.Machine, report func(finding.Finding)) {
	for _, word := range model.RemovedWords() {
		present := presentNames(m, word)
		for _, t := range *m.Snapshots.Removed.List(word) {
			if at, ok := present[t.Value]; ok {
				report(finding.Finding{
					Pos: t.Pos, Message: wording.Quote(t.Value) + " is not removed", Help: "leave it out: snapshots have a place for it",
					Related: finding.RelatedTo(at, "it is here"),
				})
			}
			if (word == "payload" || word == "types") && strings.Count(t.Value, ".") != 1 {
				report(finding.Finding{
					Pos: t.Pos, Message: wording.Quote(t.Value) + " does not name a field",
					Help: "write the name of its " + owner(word) + " and a dot before it",
				})
			}
		}
	}
}

func owner(word string) string {
	if word == "types" {
		return "type"
	}
	return "event"
}

// presentNames are the present and older names of what a word of `removed` lists. A snapshot can have an event that no
// state postpones any more, and a timer of a state in which it does not run any more, so these may be listed.
func presentNames(m *model.Machine, word string) map[string]syntax.Pos {
	present := map[string]syntax.Pos{}
	add := func(pos syntax.Pos, prefix, name string, old []syntax.Text) {
		present[prefix+name] = pos
		for _, t := range old {
			present[prefix+t.Value] = t.Pos
		}
	}
	fields := func(prefix string, all []*decl.Field) {
		for _, f := range all {
			add(f.Pos, prefix, f.Name, f.Renamed)
		}
	}
	switch word {
	case "states":
		for s := range m.All() {
			add(s.Pos, "", s.Name, s.Renamed)
		}
	case "events":
		for ev := range m.AllEvents() {
			if m.Stores(ev) {
				add(ev.Pos, "", ev.Name, ev.Renamed)
			}
		}
	case "timers":
		for _, t := range m.Timers {
			add(t.Pos, "", t.Name, t.Renamed)
		}
	case "data":
		fields("", m.Data)
	case "payload":
		for _, ev := range m.Events {
			fields(ev.Name+".", ev.Payload)
		}
	case "types":
		for _, t := range m.Types {
			fields(t.Name+".", t.Fields)
		}
	}
	return present
}

// badTimeNames reports names of times that are not lower_snake_case.
func badTimeNames(m *model.Machine, report func(finding.Finding)) {
	for s := range m.All() {
		for _, t := range s.Times() {
			if t.Name.Value != "" {
				reportBadName(declaration{t.Name.Pos, t.Name.Value, "time"}, report)
			}
		}
	}
}

// takenTimeNames reports times of a state that snapshots could not tell apart.
func takenTimeNames(m *model.Machine, report func(finding.Finding)) {
	for s := range m.All() {
		first := map[string]*model.Timer{}
		for _, t := range s.Times() {
			before := first[t.StoredKey()]
			if before != nil && before.Value != t.Value {
				report(finding.Finding{
					Pos: cmp.Or(t.Name.Pos, t.Pos), Message: "state " + wording.Quote(s.Name) + " has two times that snapshots call " + wording.Quote(t.StoredKey()),
					Help: "give one another name", Related: finding.RelatedTo(before.Pos, "the other one"),
				})
			}
			first[t.StoredKey()] = t
		}
	}
}
