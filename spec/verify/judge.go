package verify

import (
	"slices"
	"strings"

	"github.com/fsmgen/fsmgen/spec"
)

// meaning says how serious a change is, and for which code.
type meaning struct {
	level    Level
	affected Affected
	why      string
}

// rule says what changes of one kind of item mean. A facet that it does not mention is a matter of behaviour.
type rule struct {
	added, removed meaning
	facets         map[string]meaning
}

var (
	quiet     = meaning{Patch, NoUsers, ""}
	behaves   = meaning{Minor, Behaviour, "the machine behaves otherwise"}
	offers    = meaning{Minor, NoUsers, ""}
	mustWrite = meaning{Major, Hooks, "does not compile until the hook is written"}
	signature = meaning{Major, Hooks, "the hook has another signature"}
)

func breaks(affected Affected, why string) meaning { return meaning{Major, affected, why} }

// hookRule is that of guards, actions, replies, invokes and choices.
var hookRule = rule{
	added: mustWrite, removed: meaning{Patch, Hooks, "the hook is not called any more"},
	facets: map[string]meaning{
		"group":    breaks(Hooks, "the hook belongs to another interface"),
		"payload":  signature,
		"result":   signature,
		"discard":  signature,
		"fails":    signature,
		"outcomes": breaks(Hooks, "an outcome that the hook can return is gone"),
	},
}

var rules = map[string]rule{
	"machine": {facets: map[string]meaning{
		"name":    breaks(Callers, "names in the package are others"),
		"package": breaks(Callers, "the package has another name"),
		"parts":   breaks(Callers, "a part of the package is gone"),
		"strict":  quiet,
	}},
	"type": {
		added: offers, removed: breaks(Callers, "the type is gone"),
		facets: map[string]meaning{"fields": breaks(Callers, "the struct has other fields")},
	},
	"param": {
		added: offers, removed: breaks(Callers, "the field of Params is gone"),
		facets: map[string]meaning{
			"type": breaks(Callers, "the field of Params has another type"),
			"min":  breaks(Callers, "a value that was allowed is refused"),
			"max":  breaks(Callers, "a value that was allowed is refused"),
		},
	},
	"data": {
		added: offers, removed: breaks(Callers, "the field of Data is gone"),
		facets: map[string]meaning{"type": breaks(Callers, "the field of Data has another type")},
	},
	"event": {
		added: offers, removed: breaks(Callers, "its methods are gone"),
		facets: map[string]meaning{
			"payload": breaks(Callers, "its methods have other parameters"),
			"call":    breaks(Callers, "its methods have another result"),
			"record":  quiet,
		},
	},
	"timer": {
		added: behaves, removed: behaves,
	},
	"guard": hookRule, "action": hookRule, "reply": hookRule, "invoke": hookRule, "choice": hookRule,
	"state": {
		added: offers, removed: breaks(Callers, "its constant is gone"),
		facets: map[string]meaning{
			"parent": {Minor, Behaviour, "the state is inside another one: In answers otherwise"},
		},
	},
	"transition": {added: behaves, removed: behaves},
}

// judge says what a change of an item means.
func judge(c Change) Change {
	r := rules[c.What]
	m, known := behaves, false
	switch c.Kind {
	case Added:
		m = r.added
	case Removed:
		m = r.removed
	default:
		if m, known = r.facets[c.Facet]; !known {
			m = behaves
		}
	}
	if c.Facet == "doc" {
		m = quiet
	}
	if eased(c) {
		m = offers
	}
	c.Level, c.Affected, c.Why = m.level, m.affected, m.why
	return c
}

// containsAll reports whether all of some names are among others.
func containsAll(names, some []string) bool {
	return !slices.ContainsFunc(some, func(name string) bool { return name != "" && !slices.Contains(names, name) })
}

// eased reports whether a change allows more than before, and nothing less.
func eased(c Change) bool {
	switch {
	case c.Kind != Changed:
		return false
	case c.Facet == "parts":
		return containsAll(strings.Split(c.Is, ", "), strings.Split(c.Was, ", "))
	case c.Facet == "outcomes":
		return strings.HasPrefix(c.Is, c.Was+", ")
	case c.Facet == "fields" && c.What == "type":
		return c.Was != "" && strings.HasPrefix(c.Is, c.Was+", ")
	case c.Facet == "min":
		return c.Is == "" || c.Was != "" && less(c.Is, c.Was)
	case c.Facet == "max":
		return c.Is == "" || c.Was != "" && less(c.Was, c.Is)
	default:
		return false
	}
}

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
