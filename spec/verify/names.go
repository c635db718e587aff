package verify

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// names says what things are called in the new version, by what and their old name. What is not in it keeps its name.
type names map[[2]string]string

func (n names) of(what, old string) string {
	if name, ok := n[[2]string{what, old}]; ok {
		return name
	}
	return old
}

func (n names) state(old string) string { return n.of("state", old) }

func (n names) event(old string) string { return n.of("event", old) }

func (n names) events(refs []*spec.EventRef) string {
	var words []string
	for _, r := range refs {
		words = append(words, n.event(r.Value))
	}
	return strings.Join(words, ", ")
}

// renames finds items with another name in the new version: those that say so, and removed items with exactly one added
// item that is equal but for the name. It returns the changes, too.
func renames(old, new []item) (names, Changes) {
	found := names{}
	var changes Changes
	was, is := missing(old, new), missing(new, old)
	for _, n := range is {
		for _, o := range was {
			if n.what == o.what && slices.Contains(n.renamed, o.name) {
				found[[2]string{n.what, o.name}] = n.name
				changes = append(changes, renamed(o, n, false))
			}
		}
	}
	for _, n := range is {
		o, ok := alone(n, was)
		if back, mutual := alone(o, is); !ok || !mutual || back.name != n.name || len(n.renamed) > 0 {
			continue
		}
		if found[[2]string{n.what, o.name}] == "" {
			found[[2]string{n.what, o.name}] = n.name
			changes = append(changes, renamed(o, n, true))
		}
	}
	return found, changes
}

// missing returns the items that the other version does not have.
func missing(items, other []item) []item {
	known := map[[2]string]bool{}
	for _, i := range other {
		known[[2]string{i.what, i.name}] = true
	}
	var rest []item
	for _, i := range items {
		if !known[[2]string{i.what, i.name}] {
			rest = append(rest, i)
		}
	}
	return rest
}

// alone returns the one item of a list that says the same, if there is exactly one and it says more than nothing.
func alone(i item, list []item) (item, bool) {
	var same []item
	for _, other := range list {
		if other.signature() == i.signature() && other.what == i.what {
			same = append(same, other)
		}
	}
	if len(same) != 1 {
		return item{}, false
	}
	return same[0], true
}

func renamed(o, n item, likely bool) Change {
	c := Change{
		Kind: Renamed, What: n.what, Name: n.name, Was: o.name, Is: n.name, Likely: likely,
		Level: Major, Affected: Callers, Why: "the Go name is another one", Old: o.pos, New: n.pos,
	}
	switch {
	case n.what == "timer":
		c.Level, c.Affected, c.Why = Minor, NoUsers, ""
	case n.facet("group") != "":
		c.Affected, c.Why = Hooks, "the hook must be renamed"
	}
	return c
}
