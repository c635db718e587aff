package spec

import (
	"iter"
	"maps"
)

// undeclared: a name that is used is declared. Those of types are with the types, those of `after` with the states.
func undeclared(m *Machine, report func(Finding)) {
	decl := newIndex(m)
	undeclaredStates(m, decl, report)
	for r := range m.eventUses() {
		if r.Event == nil && r.Value != "" {
			reportUndeclared(r.Text, "event", "events", eventNames(m), report)
		}
	}
	for use := range m.hookUses() {
		if use.ref.Hook == nil && use.ref.Value != "" {
			reportNoHook(m, use, decl, report)
		}
	}
	undeclaredPayload(m, report)
}

func undeclaredStates(m *Machine, decl index, report func(Finding)) {
	check := func(t Text) {
		if t.Value != "" && decl.states[t.Value] == nil {
			reportUndeclared(t, "state", "states", stateNames(m), report)
		}
	}
	if len(m.States) > 0 {
		check(m.Initial)
	}
	for s := range m.All() {
		if len(s.States) > 0 {
			check(s.Initial)
		}
	}
	for list := range m.armLists() {
		for _, a := range list.arms {
			check(a.Target)
		}
	}
}

func reportUndeclared(t Text, what, section string, declared iter.Seq[string], report func(Finding)) {
	report(Finding{
		Pos: t.Pos, Message: "there is no " + what + " " + quote(t.Value),
		Help: didYouMean(t.Value, declared, "declare it under `"+section+"`"),
	})
}

// reportNoHook tells a hook of another kind from one that is not there.
func reportNoHook(m *Machine, use hookUse, decl index, report func(Finding)) {
	other := decl.otherKind(hookKey{use.kind, use.ref.Value})
	if other == nil {
		reportUndeclared(use.ref.Text, use.kind.String(), use.kind.section(), hookNames(m, use.kind), report)
		return
	}
	report(Finding{
		Pos:     use.ref.Pos,
		Message: quote(other.Name) + " is " + article(other.Kind.String()) + ", not " + article(use.kind.String()),
		Help:    "name one of `" + use.kind.section() + "`",
		Related: related(other.Pos, "declared here"),
	})
}

// undeclaredPayload: what is recorded or taken by a hook is a payload field.
func undeclaredPayload(m *Machine, report func(Finding)) {
	declared := map[string]bool{}
	for _, ev := range m.Events {
		for _, f := range ev.Payload {
			declared[f.Name] = true
		}
		for _, t := range ev.Record {
			if payloadField(ev, t.Value) == nil {
				report(Finding{
					Pos: t.Pos, Message: "event " + quote(ev.Name) + " has no payload field " + quote(t.Value),
					Help: didYouMean(t.Value, fieldNames(ev.Payload), "declare it under the event's `payload`"),
				})
			}
		}
	}
	for h := range m.Hooks() {
		for _, t := range h.Payload {
			if !declared[t.Value] {
				report(Finding{
					Pos: t.Pos, Message: "no event has a payload field " + quote(t.Value),
					Help: didYouMean(t.Value, payloadNames(m), "declare it under an event's `payload`"),
				})
			}
		}
	}
}

// unused: every event, hook and type is used. Params and data need no use in the spec: hooks read them.
func unused(m *Machine, report func(Finding)) {
	used := map[any]bool{}
	for r := range m.eventUses() {
		used[r.Event] = true
	}
	for use := range m.hookUses() {
		used[use.ref.Hook] = true
	}
	for _, ev := range m.Events {
		if !used[ev] {
			reportUnused(decl{ev.Pos, ev.Name, "event"}, "no state handles, postpones or ignores it", report)
		}
	}
	for h := range m.Hooks() {
		if !used[h] {
			reportUnused(decl{h.Pos, h.Name, h.Kind.String()}, "no state uses it", report)
		}
	}
	mentioned := maps.Collect(mentionedTypes(m))
	for _, t := range m.Types {
		if !mentioned[t.Name] {
			reportUnused(decl{t.Pos, t.Name, "type"}, "no payload, data, call or type uses it", report)
		}
	}
}

func reportUnused(d decl, why string, report func(Finding)) {
	report(Finding{
		Pos: d.pos, Message: d.what + " " + quote(d.name) + " is never used", Label: why, Help: "use it or leave it out",
	})
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
