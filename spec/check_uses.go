package spec

import (
	"iter"
	"strings"
)

// undeclared: a name that is used is declared. Those of types are with the types, those of `after` with the states.
func undeclared(m *Machine, report func(Finding)) {
	decl := newIndex(m)
	undeclaredStates(m, decl, report)
	for r := range m.eventUses() {
		if r.Event == nil && r.Value != "" {
			f := undeclaredName(r.Text, "event", "events", eventNames(m))
			report(f.orStub(m, r.Value, "events", declsOf(m.Events, "", func(ev *Event) (Pos, string) { return ev.Pos, ev.Name })))
		}
	}
	for use := range m.hookUses() {
		if use.ref.Hook == nil && use.ref.Value != "" {
			reportNoHook(m, use, decl, report)
		}
	}
	for r := range m.timerUses() {
		if r.Timer == nil && r.Value != "" {
			report(undeclaredName(r.Text, "timer", "timers", timerNames(m)))
		}
	}
	undeclaredPayload(m, report)
	undeclaredValues(m, report)
}

func undeclaredStates(m *Machine, decl index, report func(Finding)) {
	check := func(t Text) {
		if t.Value != "" && decl.states[t.Value] == nil {
			report(undeclaredName(t, "state", "states", stateNames(m)))
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
		for _, a := range list.all() {
			check(a.Target)
		}
	}
	for s := range m.All() {
		if s.Kind == History {
			check(s.Default)
		}
	}
	for r := range m.stateUses() {
		check(r.Text)
	}
}

// undeclaredName is the finding of a name that has no declaration; a name that is near is its fix.
func undeclaredName(t Text, what, section string, declared iter.Seq[string]) Finding {
	f := Finding{Pos: t.Pos, Message: "there is no " + what + " " + quote(t.Value)}
	f.Help, f.Fix = meant(t.Value, declared, "", "declare it under `"+section+"`")
	return f
}

// orStub gives a finding about a name like no other the declaration of the name as its fix.
func (f Finding) orStub(m *Machine, name, section string, declared []decl) Finding {
	if !strings.HasPrefix(f.Help, "declare") || !snakeCase.MatchString(name) || isYAMLWord(name) {
		return f
	}
	text := newSource(m.Source)
	if len(declared) > 0 {
		f.Fix = text.addition(declared[len(declared)-1].pos, name+": {}")
	} else {
		f.Fix = text.section("initial", m.Initial.Pos.Line, section, name+": {}")
	}
	return f
}

// reportNoHook tells a hook of another kind from one that is not there.
func reportNoHook(m *Machine, use hookUse, decl index, report func(Finding)) {
	other := decl.otherKind(hookKey{use.kind, use.ref.Value})
	if other != nil {
		report(Finding{
			Pos: use.ref.Pos, End: use.end,
			Message: quote(other.Name) + " is " + article(other.Kind.String()) + ", not " + article(use.kind.String()),
			Help:    "name one of `" + use.kind.section() + "`",
			Related: related(other.Pos, "declared here"),
		})
		return
	}
	f := undeclaredName(use.ref.Text, use.kind.String(), use.kind.section(), hookNames(m, use.kind))
	if f.End = use.end; use.kind != Choice { // whose outcomes nobody knows
		f = f.orStub(m, use.ref.Value, use.kind.section(), hookDeclsOf(m, use.kind))
	}
	report(f)
}

// undeclaredPayload: what is recorded or taken by a hook is a payload field.
func undeclaredPayload(m *Machine, report func(Finding)) {
	declared := m.payloadFields()
	for _, ev := range m.Events {
		for _, t := range ev.Record {
			if fieldOf(ev.Payload, t.Value) == nil {
				f := Finding{Pos: t.Pos, Message: "event " + quote(ev.Name) + " has no payload field " + quote(t.Value)}
				f.Help, f.Fix = meant(t.Value, fieldNames(ev.Payload), "", "declare it under the event's `payload`")
				report(f)
			}
		}
	}
	for h := range m.Hooks() {
		for _, t := range h.Payload {
			if !declared[t.Value] && t.Value != theCaller {
				f := Finding{Pos: t.Pos, Message: "no event has a payload field " + quote(t.Value)}
				f.Help, f.Fix = meant(t.Value, payloadNames(m), "", "declare it under an event's `payload`")
				report(f)
			}
		}
	}
}
