package spec

// missingPayload: what a hook takes is in the payload of every event that reaches it. A field that no event has is
// undeclared, which is another rule.
func missingPayload(m *Machine, report func(Finding)) {
	declared := map[string]bool{}
	for _, ev := range m.Events {
		for _, f := range ev.Payload {
			declared[f.Name] = true
		}
	}
	for use, ev := range m.eventHooks() {
		for _, t := range use.ref.Hook.Payload {
			if declared[t.Value] && payloadField(ev, t.Value) == nil {
				report(Finding{
					Pos: use.ref.Pos,
					Message: use.kind.String() + " " + quote(use.ref.Value) + " takes " + quote(t.Value) +
						", which event " + quote(ev.Name) + " does not have",
					Help:    "add it to the event's payload, or use a hook without it",
					Related: related(t.Pos, "taken here"),
				})
			}
		}
	}
}

// payloadWithoutEvent: an entry, an exit and a time-out have no payload to give.
func payloadWithoutEvent(m *Machine, report func(Finding)) {
	for use := range m.hookUses() {
		if h := use.ref.Hook; h != nil && use.event == nil && len(h.Payload) > 0 {
			report(Finding{
				Pos: use.ref.Pos, Message: h.Kind.String() + " " + quote(h.Name) + " takes payload, and " + use.place + " has none",
				Help: "use a hook without payload here", Related: related(h.Payload[0].Pos, "taken here"),
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
	for use, ev := range m.eventHooks() {
		for _, t := range use.ref.Hook.Payload {
			f, key := payloadField(ev, t.Value), taken{use.ref.Hook, t.Value}
			if f == nil {
				continue
			}
			before, seen := first[key]
			if !seen {
				first[key] = f
			} else if !sameType(before.Type.Value, f.Type.Value) {
				report(Finding{
					Pos: use.ref.Pos,
					Message: use.kind.String() + " " + quote(use.ref.Value) + " gets " + quote(t.Value) + " as " +
						quote(f.Type.Value) + " here and as " + quote(before.Type.Value) + " from another event",
					Help:    "give the field one type, or use another hook",
					Related: []Related{{Pos: before.Type.Pos, Message: "one type"}, {Pos: f.Type.Pos, Message: "the other"}},
				})
			}
		}
	}
}

// repliesToNobody: only a call waits for a reply.
func repliesToNobody(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		for _, a := range list.arms {
			switch {
			case a.Reply == nil || a.Reply.Value == "":
			case list.event == nil:
				report(Finding{Pos: a.Reply.Pos, Message: "a time-out has nobody to reply to", Help: "leave the reply out"})
			case list.event.Event != nil && list.event.Event.Call.Value == "":
				report(Finding{
					Pos: a.Reply.Pos, Message: "event " + quote(list.event.Value) + " is no call, so nobody waits for a reply",
					Help:    "give the event a `call` type, or leave the reply out",
					Related: related(list.event.Event.Pos, "declared here"),
				})
			}
		}
	}
}

// repliesOfManyTypes: a reply hook is one Go function, so it answers calls of one type.
func repliesOfManyTypes(m *Machine, report func(Finding)) {
	first := map[*Hook]*Event{}
	for use, ev := range m.eventHooks() {
		if use.kind != Reply || ev.Call.Value == "" {
			continue
		}
		before, seen := first[use.ref.Hook]
		if !seen {
			first[use.ref.Hook] = ev
		} else if !sameType(before.Call.Value, ev.Call.Value) {
			report(Finding{
				Pos: use.ref.Pos,
				Message: "reply " + quote(use.ref.Value) + " answers " + quote(before.Name) + " with " + quote(before.Call.Value) +
					", but " + quote(ev.Name) + " wants " + quote(ev.Call.Value),
				Help:    "use another reply here",
				Related: []Related{{Pos: before.Call.Pos, Message: "one type"}, {Pos: ev.Call.Pos, Message: "the other"}},
			})
		}
	}
}

// callsWithoutReply: a caller waits for an answer that this arm never gives.
func callsWithoutReply(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		if list.event == nil || list.event.Event == nil || list.event.Event.Call.Value == "" || list.state.Kind == Final {
			continue
		}
		for _, a := range list.arms {
			if a.Reply == nil {
				report(Finding{
					Pos: a.Pos, Message: "this arm leaves the call " + quote(list.event.Value) + " without a reply",
					Label: "the caller gets a NoReplyError", Help: "add a `reply`",
					Related: related(list.event.Event.Call.Pos, "the type of the reply"),
				})
			}
		}
	}
}

func payloadField(ev *Event, name string) *Field {
	for _, f := range ev.Payload {
		if f.Name == name {
			return f
		}
	}
	return nil
}
