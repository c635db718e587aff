package importer

import (
	"slices"
	"strings"
)

// acts reports whether the root does more than hold states, or is the target of a transition.
func (x *xstate) acts() bool {
	n := x.root
	if len(n.inner) == 0 || len(n.handlers)+len(n.eventless)+len(n.invokes)+len(n.after) > 0 ||
		len(n.config.get("entry").items())+len(n.config.get("onEntry").items()) > 0 ||
		slices.ContainsFunc(n.inner, func(c *node) bool { return c.kind == "history" }) {
		return true
	}
	for _, n := range n.all() {
		for _, h := range n.handlers {
			if slices.ContainsFunc(h.list, x.isToRoot) {
				return true
			}
		}
		if slices.ContainsFunc(n.eventless, x.isToRoot) {
			return true
		}
	}
	return false
}

func (x *xstate) isToRoot(v *value) bool {
	return slices.ContainsFunc(targets(v), func(t *value) bool {
		id, ok := strings.CutPrefix(t.text(), "#")
		return ok && x.ids[id] == x.root
	})
}

// endWithRoot lets the exit actions of the root run where XState runs them: after the entry of the final state that ends the machine, and
// where a transition leaves the root. A transition from inside to the root does not leave it, and runs its entry actions all the same.
func (x *xstate) endWithRoot() {
	exit := x.actions(x.root.exit())
	ends := slices.ContainsFunc(x.m.states, func(s *state) bool { return s.kind == "final" })
	for _, s := range x.m.states {
		if s.kind == "final" {
			s.entry = append(s.entry, exit...)
		}
	}
	if x.around == nil {
		return
	}
	if ends {
		x.around.exit = nil
	}
	for _, s := range x.around.all() {
		for t := range s.transitions() {
			leaves := !t.within && !t.keeps && (s != x.around && t.target == x.around.name || s == x.around && t.reenter)
			switch {
			case leaves && ends:
				t.actions = append(slices.Clone(exit), t.actions...)
				if !x.around.holds(t.target) {
					t.actions = append(t.actions, x.around.entry...)
				}
			case t.within:
				t.actions = append(t.actions, x.around.entry...)
			}
			if t.within && len(x.around.after)+len(x.around.invokes) > 0 {
				x.notTaken(t.at, "XState starts the times and the work of the machine once more here; they go on", "say `reenter: true`")
			}
		}
	}
}

// all are a state and what is inside it.
func (s *state) all() []*state {
	all := []*state{s}
	for _, c := range s.children {
		all = append(all, c.all()...)
	}
	return all
}

// holds reports whether a state has a name, or one inside it.
func (s *state) holds(name string) bool {
	return slices.ContainsFunc(s.all(), func(inner *state) bool { return inner.name == name })
}

func (n *node) entry() []*value {
	return append(n.config.get("entry").items(), n.config.get("onEntry").items()...)
}

func (n *node) exit() []*value {
	return append(n.config.get("exit").items(), n.config.get("onExit").items()...)
}
