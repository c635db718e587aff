package analyze

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// signatures finds what changes the generated functions although no declaration that is there in both versions has
// changed: that a machine has params, data or invokes at all.
func signatures(old, new *spec.Machine, now names) Changes {
	var changes Changes
	section := func(name string, was, is int, why string) {
		c := Change{Kind: Changed, What: "machine", Name: new.Name.Value, Facet: name, Was: some(was), Is: some(is)}
		c.Level, c.Affected, c.Why = Major, Callers, why
		changes = append(changes, c)
	}
	if (len(old.Params) > 0) != (len(new.Params) > 0) {
		section("params", len(old.Params), len(new.Params), "New, Start, Restore and the like have other parameters")
	}
	if len(old.Invokes) > 0 && len(new.Invokes) == 0 {
		section("invokes", len(old.Invokes), 0, "Invocations and Finish of Machine are gone")
	}
	if (len(old.Data) > 0) != (len(new.Data) > 0) {
		for _, h := range new.Invokes {
			if slices.ContainsFunc(old.Invokes, func(o *spec.Hook) bool { return o.Name == h.Name }) {
				changes = append(changes, Change{
					Kind: Changed, What: "invoke", Name: h.Name, Facet: "data", Was: some(len(old.Data)), Is: some(len(new.Data)),
					Level: Major, Affected: Hooks, Why: signature.why, New: h.Pos,
				})
			}
		}
	}
	return append(changes, eventUses(old, new, now)...)
}

func some(n int) string {
	if n == 0 {
		return ""
	}
	return "some"
}

// eventUses finds events of both versions that are not answered later, or not postponed, any more.
func eventUses(old, new *spec.Machine, now names) Changes {
	var changes Changes
	for _, was := range old.Events {
		i := slices.IndexFunc(new.Events, func(e *spec.Event) bool { return e.Name == now.event(was.Name) })
		if i < 0 {
			continue
		}
		is := new.Events[i]
		lost := func(facet, word string, affected Affected, why string) {
			changes = append(changes, Change{
				Kind: Changed, What: "event", Name: is.Name, Facet: facet, Was: word, Level: Major, Affected: affected, Why: why, Old: was.Pos, New: is.Pos,
			})
		}
		if answersLater(old, was) && !answersLater(new, is) {
			lost("reply", "later", Callers, "its method that ends in Then is gone")
		}
		if postponed(old, was) && !postponed(new, is) {
			lost("postpone", "somewhere", Snapshots, "a snapshot in which it waits is refused")
		}
	}
	return changes
}

func answersLater(m *spec.Machine, ev *spec.Event) bool {
	for s := range m.All() {
		for _, h := range s.On {
			if (h.Any() || h.Event.Value == ev.Name) && slices.ContainsFunc(h.Arms, keepsCaller) {
				return true
			}
		}
	}
	return false
}

// keepsCaller reports whether an arm, or one that its choice leads to, answers later.
func keepsCaller(a *spec.Arm) bool {
	if a.Choose == nil {
		return a.Later
	}
	return a.Later || slices.ContainsFunc(a.Choose.Outcomes, func(o *spec.Outcome) bool { return keepsCaller(o.Arm) })
}

func postponed(m *spec.Machine, ev *spec.Event) bool {
	for s := range m.All() {
		if slices.ContainsFunc(s.Postpone, func(r *spec.EventRef) bool { return r.Value == ev.Name }) {
			return true
		}
	}
	return false
}

// required reports whether a param has to be set: zero is out of its bounds, and nothing stands in for it.
func required(param item) bool {
	low, high := param.facet("min"), param.facet("max")
	return param.what == "param" && param.facet("default") == "" && (low != "" && less("0", low) || high != "" && less(high, "0"))
}

// mustSet makes a change one that breaks callers if it leaves them with a param that has to be set.
func mustSet(c Change, before, after item) Change {
	if required(after) && !required(before) && (c.Kind == Added || c.Facet == "default") {
		c.Level, c.Affected, c.Why = Major, Callers, "New fails until Params has a value for it"
	}
	return c
}
