package check

import (
	"cmp"
	"strings"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/finding"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
	"github.com/fsmgen/fsmgen/spec/internal/wording"
)

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
		for _, t := range s.After {
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
		for _, t := range s.After {
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
