package importer

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// actions are declared actions.
func (x *xstate) actions(items []*value) []string {
	var names []string
	for _, item := range items {
		if name := x.action(item); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// effects are the actions of a transition, and the events that it raises itself. What it raises comes after its actions, which makes no
// difference, unless one of them raises an event, too.
func (x *xstate) effects(v *value) (actions, raise []string) {
	items := v.items()
	if v.isNull() {
		return nil, nil
	}
	for at, item := range items {
		event := raisedAtOnce(item)
		if event == "" {
			continue
		}
		for _, before := range append(items[:at:at], items[at+1:]...) {
			if raisedAtOnce(before) == "" && mayRaise(before) {
				return x.actions(items), nil
			}
		}
	}
	for _, item := range items {
		if event := raisedAtOnce(item); event != "" {
			raise = append(raise, x.m.event(event))
		} else if name := x.action(item); name != "" {
			actions = append(actions, name)
		}
	}
	return actions, raise
}

// mayRaise reports whether an action can raise an event by what XState itself makes of it.
func mayRaise(v *value) bool {
	switch strings.TrimPrefix(typeOf(v), "xstate.") {
	case "choose", "pure", "enqueueActions", "raise":
		return true
	}
	return false
}

// part is a member of an action, which version 5 may have among its params.
func part(v *value, key string) *value { return cmp.Or(v.get(key), v.get("params").get(key)) }

// raisedAtOnce is the event that an action raises without a delay, or empty.
func raisedAtOnce(v *value) string {
	if !isRaise(v) || !part(v, "delay").isNull() {
		return ""
	}
	return sentEvent(v)
}

func isRaise(v *value) bool {
	return v.kindIs('{') && (typeOf(v) == "raise" || typeOf(v) == "xstate.raise") || isSend(v) && part(v, "to").text() == "#_internal"
}

// isSend reports whether an action sends an event to the machine itself, behind what already waits.
func isSend(v *value) bool {
	return v.kindIs('{') && typeOf(v) == "xstate.send"
}

// sentEvent is the event that an action raises or sends to the machine itself, or empty.
func sentEvent(v *value) string {
	if !isRaise(v) && (!isSend(v) || !part(v, "to").isNull()) {
		return ""
	}
	return typeOf(part(v, "event"))
}

func (x *xstate) action(v *value) string {
	typ, raw := typeOf(v), x.raw(v)
	if typ == "" {
		x.notTaken(v.offset, "an action without a type is left out", "give it a name")
		return ""
	}
	if name, known := x.m.hookNames.names["action "+raw]; known {
		return name
	}
	if event := sentEvent(v); event != "" {
		return x.sending(v, event)
	}
	if id := part(v, "sendId").text(); typ == "xstate.cancel" && id != "" {
		name := x.m.hook(&x.m.actions, "action "+raw, "cancel_"+id, "Cancels the delayed event "+id+".", Effect{Cancel: id})
		x.byHand(v.offset, "the cancel of "+id+" becomes the action "+name, "write it as a hook")
		return name
	}
	params := v.get("params").all()
	if len(params) > 0 || strings.HasPrefix(typ, "xstate.") || len(v.all()) > 1 {
		about := ""
		if len(params) > 0 {
			about = "_" + short(params[0].value.text())
		}
		name := x.m.hook(&x.m.actions, "action "+raw, strings.TrimPrefix(typ, "xstate.")+about, "Does "+raw+".", Effect{Text: raw})
		x.byHand(v.offset, "what "+typ+" does becomes the action "+name, "write it as a hook")
		return name
	}
	return x.hook(&x.m.actions, "action ", typ, v)
}

// sending is an action that raises an event, or sends it to the machine, perhaps later. The delay is not in the spec.
func (x *xstate) sending(v *value, source string) string {
	event, raw := x.m.event(source), x.raw(v)
	delay := part(v, "delay")
	text := delay.text()
	if !delay.isNull() && text == "" {
		text = x.raw(delay)
	}
	ms, err := strconv.ParseFloat(text, 64)
	e := Effect{Send: event, ID: part(v, "id").text()}
	switch {
	case text == "" && isRaise(v):
		e = Effect{Raise: event}
	case text != "" && err != nil:
		e = Effect{Text: raw}
	case text != "":
		e.Delay = time.Duration(ms * float64(time.Millisecond))
	}
	if text == "" {
		name := x.m.hook(&x.m.actions, "action "+raw, verb(v)+"_"+source, "Raises "+event+".", e)
		x.byHand(v.offset, "the "+verb(v)+" of "+source+" becomes the action "+name, "write it as a hook")
		return name
	}
	name := x.m.hook(&x.m.actions, "action "+raw, verb(v)+"_"+source, "Sends "+event+" to the machine after a delay of "+text+".", e)
	x.byHand(v.offset, "the "+verb(v)+" of "+source+" after a delay of "+text+" becomes the action "+name, "write it as a hook, or as a timer")
	return name
}

func verb(v *value) string {
	if isRaise(v) {
		return "raise"
	}
	return "send"
}
