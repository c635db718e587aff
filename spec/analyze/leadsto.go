package analyze

import (
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// leadsTo looks for a run that is in from, never gets to to, and is fair: each fair event happens again and again if it can
// again and again, and each timer that runs expires unless it is started anew or stopped.
func (a *analysis) leadsTo(from, to *spec.State, fair []*spec.EventRef) claim {
	avoids, by := a.space.avoiding(from, to)
	for _, component := range components(avoids) {
		if stay := a.fairStay(component, fair); stay != nil {
			n := stay[0]
			return claim{witness: detour(n, by), why: a.whyNot(n, stay, to)}
		}
	}
	return claim{holds: true}
}

// detour is the script that leads to a configuration by way of the one that the search began with.
func detour(n *node, by map[*node]*edge) []interp.Stimulus {
	var way []*edge
	for by[n] != nil {
		way = append(way, by[n])
		n = by[n].from
	}
	slices.Reverse(way)
	return script(append(n.parent.edges(), way...))
}

func (a *analysis) whyNot(n *node, stay []*node, to *spec.State) string {
	switch {
	case n.ended:
		return fmt.Sprintf("the machine can end in %s without %s", n.at.Leaf.Name, to.Name)
	case len(stay) == 1:
		return fmt.Sprintf("the machine can stay in %s for ever without %s", n.at.Leaf.Name, to.Name)
	default:
		return fmt.Sprintf("the machine can go round by way of %s for ever without %s", n.at.Leaf.Name, to.Name)
	}
}

// avoiding returns what can be reached from the configurations in from without getting to to, and by which edge from there.
func (s *space) avoiding(from, to *spec.State) ([]*node, map[*node]*edge) {
	by := map[*node]*edge{}
	seen := map[*node]bool{}
	var queue []*node
	add := func(n *node, e *edge) {
		if !seen[n] && !n.reached(to) {
			seen[n], by[n] = true, e
			queue = append(queue, n)
		}
	}
	for _, n := range s.nodes {
		if n.within(from) {
			add(n, nil)
		}
	}
	for i := 0; i < len(queue); i++ {
		for _, e := range queue[i].out {
			add(e.to, e)
		}
	}
	slices.SortFunc(queue, func(a, b *node) int { return a.number - b.number })
	return queue, by
}

// fairStay returns a part of a component in which a fair run can stay for ever; nil if there is none. A run can always stay
// where it is by nothing happening. What is fair and can happen inside, but only leads out, must be avoided as a whole.
func (a *analysis) fairStay(component []*node, fair []*spec.EventRef) []*node {
	inside := map[*node]bool{}
	for _, n := range component {
		inside[n] = true
	}
	if timeRunsOut(component, inside) {
		return nil
	}
	for _, r := range fair {
		t := spec.Trigger{Kind: spec.OnEvent, Event: r.Event}
		able := slices.DeleteFunc(slices.Clone(component), func(n *node) bool { return !n.can(t) })
		if len(able) == 0 || slices.ContainsFunc(able, func(n *node) bool { return n.staysBy(t, inside) }) {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(component), func(n *node) bool { return n.can(t) })
		for _, smaller := range components(rest) {
			if stay := a.fairStay(smaller, fair); stay != nil {
				return stay
			}
		}
		return nil
	}
	return component
}

// timeRunsOut reports whether a timer runs everywhere in a component, and nothing inside starts it anew or stops it: it
// expires some time.
func timeRunsOut(component []*node, inside map[*node]bool) bool {
	for _, t := range component[0].at.Timers {
		runs := func(n *node) bool { return n.index(t) >= 0 }
		touches := func(n *node) bool {
			return slices.ContainsFunc(n.out, func(e *edge) bool { return inside[e.to] && slices.Contains(e.timers, t.Name) })
		}
		if !slices.ContainsFunc(component, func(n *node) bool { return !runs(n) || touches(n) }) {
			return true
		}
	}
	return false
}

// can reports whether the trigger can happen here: an arm waits for it.
func (n *node) can(t spec.Trigger) bool {
	return slices.ContainsFunc(n.out, func(e *edge) bool { return e.trigger == t && !e.parks })
}

// staysBy reports whether the trigger can happen here without leading out.
func (n *node) staysBy(t spec.Trigger, inside map[*node]bool) bool {
	return slices.ContainsFunc(n.out, func(e *edge) bool { return e.trigger == t && !e.parks && inside[e.to] })
}
