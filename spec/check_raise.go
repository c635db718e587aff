package spec

// badRaises: what a machine raises has everything that its payload needs from what led there, and needs no answer.
func badRaises(m *Machine, report func(Finding)) {
	for list := range m.armLists() {
		for _, a := range list.all() {
			for _, r := range a.Raise {
				if r.Event != nil {
					list.reportRaise(r, report)
				}
			}
		}
	}
}

func (l armList) reportRaise(r *EventRef, report func(Finding)) {
	ev := r.Event
	switch {
	case ev.Timer != nil:
		report(Finding{
			Pos: r.Pos, Message: "nobody but the timer can raise " + quote(ev.Name), Help: "write `start: " + ev.Name + "`",
			Related: related(ev.Timer.Pos, "declared here"),
		})
	case ev.Call.Value != "":
		report(Finding{
			Pos: r.Pos, Message: "the call " + quote(ev.Name) + " cannot be raised: nobody waits for the reply",
			Help: "raise an event without `call`", Related: related(ev.Call.Pos, "declared here"),
		})
	case l.causes == nil && len(ev.Payload) > 0:
		report(Finding{
			Pos: r.Pos, Message: "event " + quote(ev.Name) + " has payload, and " + l.place + " has none to give",
			Help:    "raise an event without payload, or let an action call `x.Raise`",
			Related: related(ev.Payload[0].Pos, "needed here"),
		})
	default:
		for _, c := range l.eachCause() {
			if c.reportRaise(r, report) {
				return
			}
		}
	}
}

// reportRaise reports the first field that a raised event does not get from the cause, and returns whether there is one.
func (c cause) reportRaise(r *EventRef, report func(Finding)) bool {
	for _, f := range r.Event.Payload {
		own := c.field(f.Name)
		message := ""
		switch {
		case own == nil:
			message = quote(r.Value) + " needs " + quote(f.Name) + ", which " + c.String() + " does not have"
		case !sameType(own.Type.Value, f.Type.Value):
			message = quote(r.Value) + " needs " + quote(f.Name) + " as " + quote(f.Type.Value) + ", and " + c.String() +
				" has it as " + quote(own.Type.Value)
		default:
			continue
		}
		report(Finding{
			Pos: r.Pos, Message: message, Help: "let an action call `x.Raise` with what it needs",
			Related: related(f.Pos, "needed here"),
		})
		return true
	}
	return false
}
