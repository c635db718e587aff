package verify

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/fsmgen/fsmgen/spec"
)

// Diff compares two versions of a machine, both of specs without errors: what was added, removed, changed and renamed,
// and what that means for code that uses the generated package, for its hooks, and for stored machines.
func Diff(old, new *spec.Machine) Changes {
	before, after := declared(old), declared(new)
	declarations, changes := renames(before, after)
	same := names{}
	stateNames, renamedStates := renames(states(old, same), states(new, same))
	maps.Copy(declarations, stateNames)
	changes = append(changes, renamedStates...)
	before = slices.Concat(before, states(old, declarations), transitions(old, declarations))
	after = slices.Concat(after, states(new, same), transitions(new, same))
	changes = append(changes, compare(before, after, declarations)...)
	changes = append(changes, signatures(old, new, declarations)...)
	changes = append(changes, groups(old, new)...)
	changes = append(changes, acceptances(old, new, declarations)...)
	return append(changes, refusals(old, new)...)
}

// compare finds what was added, removed and changed.
func compare(before, after []item, now names) Changes {
	old := map[string]item{}
	for _, i := range before {
		old[i.id(now)] = i
	}
	var changes Changes
	for _, n := range after {
		o, ok := old[n.id(nil)]
		if !ok {
			changes = append(changes, mustSet(judge(Change{Kind: Added, What: n.what, Name: n.name, New: n.pos}), item{}, n))
			continue
		}
		delete(old, n.id(nil))
		changes = append(changes, facets(o, n)...)
	}
	for _, o := range before {
		if _, gone := old[o.id(now)]; gone {
			changes = append(changes, judge(Change{Kind: Removed, What: o.what, Name: o.name, Old: o.pos}))
		}
	}
	return changes
}

// id returns the key of an item, which both versions share.
func (i item) id(now names) string {
	if i.key != "" {
		return i.what + " " + i.key
	}
	return i.what + " " + now.of(i.what, i.name)
}

func facets(o, n item) Changes {
	var changes Changes
	for k, f := range n.facets {
		if was := o.facets[k].text; was != f.text {
			changes = append(changes, mustSet(judge(Change{
				Kind: Changed, What: n.what, Name: n.name, Facet: f.name, Was: was, Is: f.text, Old: o.pos, New: n.pos,
			}), o, n))
		}
	}
	return changes
}

// groups finds groups of hooks that were added or removed, with their fields in Hooks.
func groups(old, new *spec.Machine) Changes {
	was, is := groupsOf(old), groupsOf(new)
	var changes Changes
	for _, g := range is {
		if !slices.Contains(was, g) {
			c := Change{Kind: Added, What: "group", Name: g, Level: Major, Affected: Hooks, Why: "New fails until Hooks has the group"}
			changes = append(changes, c)
		}
	}
	for _, g := range was {
		if !slices.Contains(is, g) {
			c := Change{Kind: Removed, What: "group", Name: g, Level: Major, Affected: Hooks, Why: "the field of Hooks is gone"}
			changes = append(changes, c)
		}
	}
	return changes
}

func groupsOf(m *spec.Machine) []string {
	all := []string{m.Name.Value}
	for h := range m.Hooks() {
		if g := h.Group.Value; g != "" && !slices.Contains(all, g) {
			all = append(all, g)
		}
	}
	return all
}

// acceptances finds events that a leaf of both versions accepts in only one of them.
func acceptances(old, new *spec.Machine, now names) Changes {
	leaves := map[string]*spec.State{}
	for _, s := range new.Leaves() {
		leaves[s.Name] = s
	}
	events := map[string]*spec.Event{}
	for _, ev := range new.Events {
		events[ev.Name] = ev
	}
	var changes Changes
	for _, s := range old.Leaves() {
		for _, ev := range old.Events {
			leaf, event := leaves[now.state(s.Name)], events[now.event(ev.Name)]
			if leaf == nil || event == nil {
				continue
			}
			if c, ok := accepted(old.Cell(s, ev), new.Cell(leaf, event)); ok {
				c.What, c.Name, c.Old, c.New = "cell", fmt.Sprintf("%s on %s", leaf.Name, event.Name), s.Pos, leaf.Pos
				changes = append(changes, c)
			}
		}
	}
	return changes
}

func accepted(was, is spec.Cell) (Change, bool) {
	c := Change{Kind: Changed, Facet: "verdict", Was: verdict(was), Is: verdict(is), Level: Minor, Affected: Behaviour}
	c.Why = "the machine behaves otherwise"
	if c.Is == "rejected" {
		c.Level, c.Affected, c.Why = Major, Callers, "a caller that sends it there gets an UnhandledError"
	}
	return c, c.Was != c.Is
}

// verdict returns the effect of a cell without its guards.
func verdict(c spec.Cell) string {
	if len(c.Transitions) > 0 {
		return spec.Handled.String()
	}
	return c.End.String()
}

// less compares two bounds of a param: numbers or durations. It is false where they are neither.
func less(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return x < y
	}
	d, errD := time.ParseDuration(a)
	e, errE := time.ParseDuration(b)
	return errD == nil && errE == nil && d < e
}

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
	if was, is := old.Emits(spec.PartData), new.Emits(spec.PartData); was != is {
		section("data of New", given(was), given(is), "New, Start and the like have other parameters")
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

// given is 1 where callers give the data that a machine begins with.
func given(data bool) int {
	if data {
		return 1
	}
	return 0
}

func some(n int) string {
	if n == 0 {
		return ""
	}
	return "some"
}

// eventUses finds events of both versions that are not answered later any more.
func eventUses(old, new *spec.Machine, now names) Changes {
	var changes Changes
	for _, was := range old.Events {
		i := slices.IndexFunc(new.Events, func(e *spec.Event) bool { return e.Name == now.event(was.Name) })
		if i < 0 {
			continue
		}
		is := new.Events[i]
		if answersLater(old, was) && !answersLater(new, is) {
			changes = append(changes, Change{
				Kind: Changed, What: "event", Name: is.Name, Facet: "reply", Was: "later", Level: Major, Affected: Callers,
				Why: "its method that ends in Then is gone", Old: was.Pos, New: is.Pos,
			})
		}
	}
	return changes
}

func answersLater(m *spec.Machine, ev *spec.Event) bool {
	for s := range m.All() {
		for _, h := range s.On {
			if (h.Any() || h.Event.Value == ev.Name) && slices.ContainsFunc(h.Transitions, keepsCaller) {
				return true
			}
		}
	}
	return false
}

// keepsCaller reports whether a transition, or one that its choice leads to, answers later.
func keepsCaller(a *spec.Transition) bool {
	if a.Choose == nil {
		return a.Later
	}
	return a.Later || slices.ContainsFunc(a.Choose.Outcomes, func(o *spec.Outcome) bool { return keepsCaller(o.Transition) })
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
