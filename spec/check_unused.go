package spec

import (
	"iter"
	"maps"
)

// unused: every event, timer, hook and type is used. Params and data need no use in the spec: hooks read them.
func unused(m *Machine, report func(Finding)) {
	used := m.used()
	unusedEvents(m, used, report)
	timers := declsOf(m.Timers, "timer", func(t *NamedTimer) (Pos, string) { return t.Pos, t.Name })
	reportUnused(m, timers, func(i int) bool { return used[m.Timers[i].Event] }, "no arm starts it", report)
	for _, kind := range hookKinds {
		hooks := m.hooksOf(kind)
		reportUnused(m, hookDeclsOf(m, kind), func(i int) bool { return used[hooks[i]] }, "no state uses it", report)
	}
	mentioned := maps.Collect(mentionedTypes(m))
	types := declsOf(m.Types, "type", func(t *Type) (Pos, string) { return t.Pos, t.Name })
	typeUsed := func(i int) bool { return mentioned[m.Types[i].Name] }
	reportUnused(m, types, typeUsed, "no payload, data, call or type uses it", report)
}

// unusedEvents tells events that a property or a raise names from those that nothing does.
func unusedEvents(m *Machine, used map[any]bool, report func(Finding)) {
	const why = "no state handles, postpones or ignores it"
	named := map[*Event]Pos{}
	for r := range m.eventUses() {
		named[r.Event] = r.Pos
	}
	for _, ev := range m.Events {
		if at, ok := named[ev]; ok && !used[ev] {
			report(Finding{
				Pos: ev.Pos, Message: "event " + quote(ev.Name) + " is named and never handled", Label: why,
				Help: "add it to the `on` of a state", Related: related(at, "named here"),
			})
			used[ev] = true
		}
	}
	events := declsOf(m.Events, "event", func(ev *Event) (Pos, string) { return ev.Pos, ev.Name })
	reportUnused(m, events, func(i int) bool { return used[m.Events[i]] }, why, report)
}

// used are the events and hooks that something refers to.
func (m *Machine) used() map[any]bool {
	used := map[any]bool{}
	for r := range m.decisions() {
		used[r.Event] = true
	}
	for use := range m.hookUses() {
		used[use.ref.Hook] = true
	}
	for list := range m.armLists() {
		for _, c := range list.eachCause() {
			used[c.event] = true
		}
	}
	for r := range m.timerUses() {
		used[r.Timer.Event] = true
	}
	return used
}

// reportUnused reports the declarations of one section that are not used. Those of a section that would be empty without
// them have no fix.
func reportUnused(m *Machine, all []decl, used func(i int) bool, why string, report func(Finding)) {
	var rest []decl
	for i, d := range all {
		if !used(i) {
			rest = append(rest, d)
		}
	}
	if len(rest) == 0 {
		return
	}
	text := newSource(m.Source)
	for _, d := range rest {
		message := d.what + " " + quote(d.name) + " is never used"
		f := Finding{Pos: d.pos, Message: message, Label: why, Help: "use it or leave it out"}
		if len(rest) < len(all) {
			f.Fix = text.removal(d.pos)
		}
		report(f)
	}
}

// mentionedTypes yields the names in the type expressions of the machine, each with true. A type does not mention
// itself.
func mentionedTypes(m *Machine) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		for use := range m.typeUses() {
			expr, err := parseGoType(use.text.Value)
			if err != nil {
				continue
			}
			for _, name := range namedIn(expr) {
				if name != use.owner && !yield(name, true) {
					return
				}
			}
		}
	}
}
