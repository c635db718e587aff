package verify

import (
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// leadsTo looks for a run that is in from, never gets to to, and is fair: each fair event happens again and again if it
// can again and again, and each timer that runs expires unless it is started anew or stopped.
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
func detour(n *node, by map[*node]*edge) []simulate.Stimulus {
	var path []*edge
	for by[n] != nil {
		path = append(path, by[n])
		n = by[n].from
	}
	slices.Reverse(path)
	return script(append(n.parent.edges(), path...))
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

// avoiding returns what can be reached from the configurations in from without getting to to, and by which edge from
// there.
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

// fairStay returns a part of a component in which a fair run can stay for ever; nil if there is none. A run can always
// stay where it is by nothing happening. What is fair and can happen inside, but only leads out, must be avoided as a
// whole.
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

// can reports whether the trigger can happen here: a transition waits for it.
func (n *node) can(t spec.Trigger) bool {
	return slices.ContainsFunc(n.out, func(e *edge) bool { return e.trigger == t && !e.postponesOnly })
}

// staysBy reports whether the trigger can happen here without leading out.
func (n *node) staysBy(t spec.Trigger, inside map[*node]bool) bool {
	return slices.ContainsFunc(n.out, func(e *edge) bool { return e.trigger == t && !e.postponesOnly && inside[e.to] })
}

// components returns the strongly connected components of some configurations, each sorted by number, by the algorithm
// of Tarjan without recursion.
func components(nodes []*node) [][]*node {
	t := tarjan{state: map[*node]*visit{}, among: map[*node]bool{}}
	for _, n := range nodes {
		t.among[n] = true
	}
	for _, n := range nodes {
		if t.state[n] == nil {
			t.search(n)
		}
	}
	return t.found
}

type tarjan struct {
	state map[*node]*visit
	among map[*node]bool
	stack []*node
	found [][]*node
}

// visit is the record of the search about one configuration.
type visit struct {
	index, low int
	edge       int // the next one to follow
	stacked    bool
}

func (t *tarjan) enter(n *node) *visit {
	v := &visit{index: len(t.state), low: len(t.state), stacked: true}
	t.state[n] = v
	t.stack = append(t.stack, n)
	return v
}

func (t *tarjan) search(start *node) {
	t.enter(start)
	for path := []*node{start}; len(path) > 0; {
		n := path[len(path)-1]
		v := t.state[n]
		if v.edge < len(n.out) {
			next := n.out[v.edge].to
			v.edge++
			switch w := t.state[next]; {
			case !t.among[next]:
			case w == nil:
				t.enter(next)
				path = append(path, next)
			case w.stacked:
				v.low = min(v.low, w.index)
			}
			continue
		}
		path = path[:len(path)-1]
		if len(path) > 0 {
			parent := t.state[path[len(path)-1]]
			parent.low = min(parent.low, v.low)
		}
		if v.low == v.index {
			t.pop(n)
		}
	}
}

// pop takes a whole component from the stack.
func (t *tarjan) pop(root *node) {
	i := slices.Index(t.stack, root)
	component := slices.Clone(t.stack[i:])
	t.stack = t.stack[:i]
	for _, n := range component {
		t.state[n].stacked = false
	}
	slices.SortFunc(component, func(a, b *node) int { return a.number - b.number })
	t.found = append(t.found, component)
}
