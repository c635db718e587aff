package spec

// repliesToNobody: only a call waits for a reply.
func repliesToNobody(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		for _, a := range list.all() {
			if at, ok := a.replies(); ok {
				list.reportReply(at, report)
			}
		}
	}
}

// replies returns where an arm says that it replies, now or later.
func (a *Arm) replies() (Pos, bool) {
	switch {
	case a.Later:
		return a.LaterPos, true
	case a.Reply != nil && a.Reply.Value != "":
		return a.Reply.Pos, true
	default:
		return Pos{}, false
	}
}

func (l armList) reportReply(at Pos, report func(Finding)) {
	if l.event == nil {
		report(Finding{Pos: at, Message: l.place + " has nobody to reply to", Help: "leave the reply out"})
		return
	}
	for _, c := range l.eachCause() {
		if c.event.Call.Value == "" {
			report(Finding{
				Pos: at, Message: c.String() + " is no call, so nobody waits for a reply",
				Help:    "give the event a `call` type, or leave the reply out",
				Related: related(c.event.Pos, "declared here"),
			})
			return
		}
	}
}

// repliesOfManyTypes: a reply hook is one Go function, so it answers calls of one type.
func repliesOfManyTypes(m *Machine, report func(Finding)) {
	first := map[*Hook]*Event{}
	for use, c := range m.causeHooks() {
		if use.kind != Reply || c.event == nil || c.event.Call.Value == "" {
			continue
		}
		before, seen := first[use.ref.Hook]
		if !seen {
			first[use.ref.Hook] = c.event
		} else if !sameType(before.Call.Value, c.event.Call.Value) {
			report(Finding{
				Pos: use.ref.Pos,
				Message: "reply " + quote(use.ref.Value) + " answers " + quote(before.Name) + " with " + quote(before.Call.Value) +
					", but " + quote(c.event.Name) + " wants " + quote(c.event.Call.Value),
				Help:    "use another reply here",
				Related: []Related{{Pos: before.Call.Pos, Message: "one type"}, {Pos: c.event.Call.Pos, Message: "the other"}},
			})
		}
	}
}

// callsWithoutReply: a caller waits for an answer that this arm never gives.
func callsWithoutReply(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		if list.event == nil || list.state.Kind == Final {
			continue
		}
		call := list.call()
		if call == nil {
			continue
		}
		for _, a := range list.all() {
			if _, replies := a.replies(); !replies && a.Reply == nil && a.Choose == nil {
				report(Finding{
					Pos: a.Pos, Message: "this arm leaves the call " + quote(call.Name) + " without a reply",
					Label: "the caller gets a NoReplyError", Help: "add a `reply`",
					Related: related(call.Call.Pos, "the type of the reply"),
				})
			}
		}
	}
}

// call is the first call that the list decides, nil where it decides none.
func (l armList) call() *Event {
	for _, c := range l.eachCause() {
		if c.event != nil && c.event.Call.Value != "" {
			return c.event
		}
	}
	return nil
}

// callersNobodyTakes: where the reply comes later, an action takes the caller, and nowhere else.
func callersNobodyTakes(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		for _, a := range list.all() {
			if a.Later && !a.takesCaller() {
				report(Finding{
					Pos: a.LaterPos, Message: "nobody keeps the caller to reply to",
					Help: "add an action that takes it: `payload: [caller]`",
				})
			}
		}
	}
}

func (a *Arm) takesCaller() bool {
	for _, r := range a.Actions {
		if r.Hook == nil || takesCaller(r.Hook) { // a hook without a declaration is another finding
			return true
		}
	}
	return false
}

func takesCaller(h *Hook) bool {
	for _, t := range h.Payload {
		if t.Value == theCaller {
			return true
		}
	}
	return false
}

// strayCallers: only an action gets the caller, on an arm that replies later.
func strayCallers(m *Machine, report func(Finding)) {
	for h := range m.Hooks() {
		if h.Kind != Action && takesCaller(h) {
			report(Finding{
				Pos: h.Pos, Message: article(h.Kind.String()) + " does not get the caller",
				Help: "take `caller` in an action, on an arm with `reply: later`",
			})
		}
	}
	for use := range m.hookUses() {
		h := use.ref.Hook
		if h != nil && use.kind == Action && use.arm != nil && !use.arm.Later && use.causes != nil && takesCaller(h) {
			report(Finding{
				Pos: use.ref.Pos, Message: "action " + quote(h.Name) + " takes the caller of a reply that does not come later",
				Help: "add `reply: later` to the arm, or use another action", Related: related(h.Pos, "declared here"),
			})
		}
	}
}
