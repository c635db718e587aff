package spec

// theCaller is the payload field by which an action takes the caller of a call that is answered later.
const theCaller = "caller"

// missingPayload: what a hook takes comes with everything that reaches it. A field that nothing has is undeclared, which
// is another rule.
func missingPayload(m *Machine, report func(Finding)) {
	declared := m.payloadFields()
	for use, c := range m.causeHooks() {
		for _, t := range use.ref.Hook.Payload {
			if t.Value != theCaller && declared[t.Value] && c.field(t.Value) == nil {
				report(Finding{
					Pos: use.ref.Pos, End: use.end,
					Message: use.kind.String() + " " + quote(use.ref.Value) + " takes " + quote(t.Value) + ", which " + c.String() +
						" does not have",
					Help:    "add it to the event's payload, or use a hook without it",
					Related: related(t.Pos, "taken here"),
				})
			}
		}
	}
}

// payloadFields are the names of all that comes with an event or with the end of an invoke.
func (m *Machine) payloadFields() map[string]bool {
	names := map[string]bool{}
	for name := range payloadNames(m) {
		names[name] = true
	}
	return names
}

// payloadWithoutEvent: an entry, an exit and a time-out have no payload to give.
func payloadWithoutEvent(m *Machine, report func(Finding)) {
	for use := range m.hookUses() {
		if h := use.ref.Hook; h != nil && use.causes == nil && len(h.Payload) > 0 {
			report(Finding{
				Pos: use.ref.Pos, End: use.end,
				Message: h.Kind.String() + " " + quote(h.Name) + " takes payload, and " + use.place + " has none",
				Help:    "use a hook without payload here", Related: related(h.Payload[0].Pos, "taken here"),
			})
		}
	}
}

// payloadOfManyTypes: a hook is one Go function, so a field has one type wherever it comes from.
func payloadOfManyTypes(m *Machine, report func(Finding)) {
	type taken struct {
		hook  *Hook
		field string
	}
	first := map[taken]*Field{}
	for use, c := range m.causeHooks() {
		for _, t := range use.ref.Hook.Payload {
			f, key := c.taken(t.Value), taken{use.ref.Hook, t.Value}
			if f == nil {
				continue
			}
			before, seen := first[key]
			if !seen {
				first[key] = f
			} else if !sameType(before.Type.Value, f.Type.Value) {
				report(Finding{
					Pos: use.ref.Pos, End: use.end,
					Message: use.kind.String() + " " + quote(use.ref.Value) + " gets " + quote(t.Value) + " as " +
						quote(f.Type.Value) + " here and as " + quote(before.Type.Value) + " from another event",
					Help:    "give the field one type, or use another hook",
					Related: []Related{{Pos: before.Type.Pos, Message: "one type"}, {Pos: f.Type.Pos, Message: "the other"}},
				})
			}
		}
	}
}

// taken is the field that a hook takes by name; the caller is one of every call.
func (c cause) taken(name string) *Field {
	if name == theCaller && c.event != nil && c.event.Call.Value != "" {
		return &Field{Name: theCaller, Type: Text{c.event.Call.Pos, GoName(c.event.Name) + "Caller"}}
	}
	return c.field(name)
}
