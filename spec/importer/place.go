package importer

import (
	"slices"
)

// placer puts the transitions of a machine where a spec leaves and enters the states that the source leaves and enters. A spec has no
// condition that a state is active, and leaves all states inside the source of a transition. So a transition that does otherwise is
// taken apart: into one for each state that the machine can be in, as far as these differ.
type placer struct {
	*importer
	m     *machine
	named map[string]*state
}

// place takes apart what has to be.
func (i *importer) place(m *machine) {
	p := &placer{importer: i, m: m, named: map[string]*state{}}
	p.learn(m.states, nil)
	all := p.all(m.states)
	for _, s := range all {
		p.raiseInstead(s)
	}
	for _, s := range all {
		p.spread(s)
	}
	for _, s := range all {
		for at, r := range s.on {
			s.on[at].transitions = p.settle(s, r.trigger, r.transitions)
		}
		s.always = p.settle(s, "", s.always)
	}
	for _, s := range all {
		isEmpty := func(r reaction) bool { return len(r.transitions) == 0 }
		s.on, s.after = slices.DeleteFunc(s.on, isEmpty), slices.DeleteFunc(s.after, isEmpty)
		s.ignore = slices.DeleteFunc(s.ignore, func(event string) bool { return closed(p.listOf(s, event)) })
	}
	for _, s := range all {
		s.on = slices.DeleteFunc(s.on, func(r reaction) bool { return r.trigger == "*" && !p.standsForAny(s) })
	}
	p.forgetGuards(all)
}

// listOf are the transitions of a state that name an event.
func (p *placer) listOf(s *state, event string) []transition {
	if at := slices.IndexFunc(s.on, func(r reaction) bool { return r.trigger == event }); at >= 0 {
		return s.on[at].transitions
	}
	return nil
}

// standsForAny reports whether there is an event that gets to the `*` of a state.
func (p *placer) standsForAny(s *state) bool {
	for _, leaf := range p.leaves(s) {
		for _, e := range p.m.events {
			inner := leaf
			for inner != s && !inner.closes(e.name) {
				inner = inner.parent
			}
			if inner == s && !s.decides(e.name) {
				return true
			}
		}
	}
	return false
}

// closes reports whether no state around tries an event behind a state.
func (s *state) closes(event string) bool {
	for _, r := range s.on {
		if (r.trigger == event || r.trigger == "*" && !s.decides(event)) && closed(r.transitions) {
			return true
		}
	}
	return slices.Contains(s.ignore, event)
}

func (p *placer) learn(states []*state, parent *state) {
	for _, s := range states {
		s.parent, p.named[s.name] = parent, s
		p.learn(s.children, s)
	}
}

// all are states and what is inside them, parents first.
func (p *placer) all(states []*state) []*state {
	var all []*state
	for _, s := range states {
		all = append(append(all, s), p.all(s.children)...)
	}
	return all
}

// leaves are the states that the machine can be in while a state is active.
func (p *placer) leaves(s *state) []*state {
	if len(s.children) == 0 {
		return []*state{s}
	}
	var leaves []*state
	for _, c := range s.children {
		if c.kind != "history" {
			leaves = append(leaves, p.leaves(c)...)
		}
	}
	return leaves
}

// isSpecial reports whether a transition may not mean the same in a spec as in the source.
func (p *placer) isSpecial(t transition) bool {
	return t.keeps || t.within || len(p.activeIn(t.guard)) > 0
}

// activeIn are the guards in a guard that hold in a state.
func (p *placer) activeIn(guard string) []string {
	return slices.DeleteFunc(parseGuard(guard).names(), func(name string) bool { return p.m.effects[name].In == "" })
}

// varies reports whether a list of transitions has to be taken apart. If it has not, usual is what it is in a spec.
func (p *placer) varies(s *state, list []transition) (usual []transition, varies bool) {
	if !slices.ContainsFunc(list, p.isSpecial) {
		return list, false
	}
	leaves := p.leaves(s)
	usual, fit := p.usual(s, list, leaves)
	return usual, len(fit) < len(leaves)
}

// raiseInstead makes each list of a state that has to be taken apart, and is none of an event, the list of an event that is raised.
func (p *placer) raiseInstead(s *state) {
	raise := func(what string, list *[]transition) {
		p.warnLoose(s, *list)
		usual, varies := p.varies(s, *list)
		if !varies {
			*list = usual
			return
		}
		event := p.m.ownEvent(what + "_" + s.name)
		s.on = append(s.on, reaction{event, *list})
		*list = []transition{{raise: []string{event}}}
	}
	for i := range s.after {
		raise("after."+s.after[i].trigger, &s.after[i].transitions)
	}
	raise("done", &s.onDone)
	for i := range s.invokes {
		raise("done."+s.invokes[i].src, &s.invokes[i].onDone)
		raise("error."+s.invokes[i].src, &s.invokes[i].onError)
	}
}

// spread gives a state the transitions of `*` for each event, if they have to be taken apart.
func (p *placer) spread(s *state) {
	at := slices.IndexFunc(s.on, func(r reaction) bool { return r.trigger == "*" })
	if at < 0 {
		return
	}
	if _, varies := p.varies(s, s.on[at].transitions); !varies {
		return
	}
	list := s.on[at].transitions
	s.on = slices.Delete(s.on, at, at+1)
	for _, e := range p.m.events {
		if !s.decides(e.name) {
			s.add(e.name, list...)
		}
	}
}

// decides reports whether a state mentions an event.
func (s *state) decides(event string) bool {
	return slices.Contains(s.ignore, event) || slices.ContainsFunc(s.on, func(r reaction) bool { return r.trigger == event })
}

// settle returns the list that stays with a state. What differs goes to the states inside in which it does. A final state has no
// transitions, so what is right there stays, if there is one.
func (p *placer) settle(s *state, event string, list []transition) []transition {
	p.warnLoose(s, list)
	if !slices.ContainsFunc(list, p.isSpecial) {
		return list
	}
	leaves := p.leaves(s)
	usual, fit := p.usual(s, list, leaves)
	stays := true // as what a leaf does instead comes first, and nothing behind it is wrong there
	moved := map[*state][]transition{}
	for _, leaf := range leaves {
		if slices.Contains(fit, leaf) {
			continue
		}
		sequence, own := p.sequence(leaf, s, event, list)
		moved[leaf] = sequence
		stays = stays && (closed(sequence) || subset(usual, own))
	}
	switch final := slices.ContainsFunc(fit, (*state).isFinal); {
	case stays:
	case final && event != "":
		p.closeAll(s, event, list, moved)
	default:
		for _, leaf := range fit {
			moved[leaf], _ = p.sequence(leaf, s, event, list)
		}
		usual = nil
	}
	for _, leaf := range leaves {
		switch sequence, ok := moved[leaf]; {
		case ok && leaf == s:
			usual = sequence
		case ok && leaf.kind == "final" && len(sequence) > 0:
			p.notTaken(sequence[0].at, "this transition is left out in "+leaf.name+", which is final", "a final state of a spec has no transitions")
		case ok:
			leaf.replace(event, sequence)
		}
	}
	return usual
}

// closeAll goes on with each list that is not closed in the states around, up to the top, so that nothing else is tried behind it.
func (p *placer) closeAll(s *state, event string, list []transition, moved map[*state][]transition) {
	for leaf, sequence := range moved {
		for o := s.parent; o != nil && !closed(sequence); o = o.parent {
			rest, _ := p.part(leaf, o, p.tried(o, event))
			sequence = append(sequence, rest...)
		}
		if !closed(sequence) {
			sequence = append(sequence, transition{})
		}
		moved[leaf] = sequence
	}
}

// replace gives a leaf its transitions for an event, or without one those that need none.
func (s *state) replace(event string, list []transition) {
	if event == "" {
		s.always = list
		return
	}
	s.on = slices.DeleteFunc(s.on, func(r reaction) bool { return r.trigger == event })
	s.ignore = slices.DeleteFunc(s.ignore, func(e string) bool { return e == event })
	if last := len(list) - 1; last >= 0 && list[last].nothing() {
		list = list[:last]
		s.ignore = append(s.ignore, event)
	}
	s.add(event, list...)
}

func closed(list []transition) bool { return len(list) > 0 && list[len(list)-1].guard == "" }

// subset reports whether each transition of a list is in another, from the same place of the source and under the same condition.
func subset(some, of []transition) bool {
	for _, t := range some {
		if !slices.ContainsFunc(of, func(o transition) bool { return o.at == t.at && o.guard == t.guard }) {
			return false
		}
	}
	return true
}

// forgetGuards takes back the guards that nothing asks any more.
func (p *placer) forgetGuards(all []*state) {
	used := map[string]bool{}
	for _, s := range all {
		for t := range s.transitions() {
			for _, name := range parseGuard(t.guard).names() {
				used[name] = true
			}
		}
	}
	p.m.guards = slices.DeleteFunc(p.m.guards, func(d declaration) bool {
		unused := p.m.effects[d.name].In != "" && !used[d.name]
		if unused {
			delete(p.m.effects, d.name)
		}
		return unused
	})
}
