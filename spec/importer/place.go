package importer

import (
	"cmp"
	"maps"
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

// usual is the list of a state as it is right in most of its leaves, and the leaves in which it is. A final leaf counts more than all
// others.
func (p *placer) usual(s *state, list []transition, leaves []*state) (usual []transition, fit []*state) {
	type version struct {
		list []transition
		fit  []*state
	}
	versions := map[string]*version{}
	for _, leaf := range leaves {
		here, key, ok := p.seenFrom(s, list, leaf)
		if !ok {
			continue
		}
		if versions[key] == nil {
			versions[key] = &version{list: here}
		}
		versions[key].fit = append(versions[key].fit, leaf)
	}
	weight := func(v *version) (weight int) {
		for _, leaf := range v.fit {
			if weight++; leaf != s && leaf.kind == "final" {
				weight += len(leaves)
			}
		}
		return weight
	}
	most := &version{}
	for _, key := range slices.Sorted(maps.Keys(versions)) {
		if weight(versions[key]) > weight(most) {
			most = versions[key]
		}
	}
	return most.list, most.fit
}

// seenFrom is a list as it is for a leaf, in words of a spec for the state that has it. The key tells different ones apart. It is not ok
// if there are no such words.
func (p *placer) seenFrom(s *state, list []transition, leaf *state) (here []transition, key string, ok bool) {
	for _, t := range list {
		guard, possible := p.guardAt(t.guard, leaf)
		if !possible {
			continue
		}
		worded, ok := p.word(t, s, s, leaf)
		if !ok {
			return nil, "", false
		}
		worded.guard = guard
		here = append(here, worded)
		key += worded.flow() + "\n"
		if guard == "" {
			break
		}
	}
	return here, key, true
}

// sequence is what a leaf tries for an event, from itself up to a state; own is the part of that state.
func (p *placer) sequence(leaf, top *state, event string, list []transition) (sequence, own []transition) {
	for s := leaf; s != top; s = s.parent {
		part, closed := p.part(leaf, s, p.tried(s, event))
		if sequence = append(sequence, part...); closed {
			return sequence, nil
		}
	}
	own, _ = p.part(leaf, top, list)
	return append(sequence, own...), own
}

// part is a list of a state as a leaf tries it. It is closed if nothing behind it is tried. A transition that a spec has no words for is
// reported.
func (p *placer) part(leaf, s *state, list []transition) (part []transition, closed bool) {
	for _, t := range list {
		guard, possible := p.guardAt(t.guard, leaf)
		if !possible {
			continue
		}
		worded, ok := p.word(t, s, leaf, leaf)
		if !ok {
			p.notTaken(t.at, "in "+leaf.name+" this transition leaves and enters other states than in the source",
				"a spec leaves and enters all states up to the one that has both states inside")
		}
		worded.guard = guard
		if part = append(part, worded); guard == "" {
			return part, true
		}
	}
	return part, false
}

// tried are the transitions of a state for an event, or without one those that need none.
func (p *placer) tried(s *state, event string) []transition {
	if event == "" {
		return s.always
	}
	if ignored := slices.Contains(s.ignore, event); ignored || s.decides(event) {
		list := slices.Clone(p.listOf(s, event))
		if ignored {
			list = append(list, transition{})
		}
		return list
	}
	return p.listOf(s, "*")
}

// guardAt is a guard in a leaf, where it is known which states are active. It is not possible if it cannot hold.
func (p *placer) guardAt(guard string, leaf *state) (text string, possible bool) {
	if len(p.activeIn(guard)) == 0 {
		return guard, true
	}
	c := parseGuard(guard).with(func(name string) (holds, ok bool) {
		in := p.m.effects[name].In
		return in != "" && p.named[in].contains(leaf), in != ""
	})
	return c.text(), c.op != 'f'
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

// warnLoose reports where it matters what version of the source's language a transition is of.
func (p *placer) warnLoose(s *state, list []transition) {
	for _, t := range list {
		if !t.loose {
			continue
		}
		in4 := t
		in4.reenter, in4.keeps = !t.relative, t.relative
		differs := func(leaf *state) bool { return p.compare(p.step(in4, s, leaf), p.step(t, s, leaf)) != 0 }
		if slices.ContainsFunc(p.leaves(s), differs) {
			p.notTaken(t.at, "XState 4 leaves and enters other states here than XState 5, which is taken",
				"say `reenter: true` or `reenter: false`")
		}
	}
}

// stepped is what a transition leaves and enters, without states for which that makes no difference, and where it ends.
type stepped struct {
	exits, entries []*state
	end            *state // a leaf, or a history
}

func (p *placer) compare(a, b stepped) int {
	if a.end == b.end && slices.Equal(a.exits, b.exits) && slices.Equal(a.entries, b.entries) {
		return 0
	}
	return cmp.Or(cmp.Compare(len(a.exits), len(b.exits)), 1)
}

// step is what the source does.
func (p *placer) step(t transition, source, leaf *state) stepped {
	to := p.named[t.target]
	if to == nil {
		return stepped{end: leaf}
	}
	end, path := to, to.parent
	if to.kind != "history" {
		end = p.leafOf(to)
		path = end
	}
	var domain *state
	switch {
	case t.keeps:
		for domain = leaf; domain != nil && !domain.contains(path); {
			domain = domain.parent
		}
	case t.within:
		domain = to
	case !t.reenter && source.contains(to):
		domain = source
	default:
		domain = holder(source, to)
	}
	return stepped{exits: lasting(leaf, domain), entries: lasting(path, domain), end: end}
}

// lasting are the states from one up to below another, without those that nothing happens in when they are left and entered.
func lasting(from, to *state) []*state {
	var states []*state
	for s := from; s != nil && s != to; s = s.parent {
		if len(s.entry)+len(s.exit)+len(s.after)+len(s.invokes) > 0 || s.kind == "final" || slices.ContainsFunc(s.children, (*state).isHistory) {
			states = append(states, s)
		}
	}
	return states
}

func (s *state) isFinal() bool { return s.kind == "final" }

func (s *state) isHistory() bool { return s.kind == "history" }

// leafOf is the state that the machine is in once a state is entered.
func (p *placer) leafOf(s *state) *state {
	for len(s.children) > 0 {
		start := p.named[s.initial]
		if start == nil || start.parent != s {
			break
		}
		s = start
	}
	return s
}

func (s *state) contains(o *state) bool {
	for ; o != nil; o = o.parent {
		if o == s {
			return true
		}
	}
	return false
}

// holder is the innermost state that has both inside and is neither.
func holder(a, b *state) *state {
	for s := a.parent; s != nil; s = s.parent {
		if s != b && s.contains(b) {
			return s
		}
	}
	return nil
}

// word finds the words of a spec with which a transition of a state does, if another state has it, what it is to do in a leaf.
func (p *placer) word(t transition, source, at, leaf *state) (worded transition, ok bool) {
	want := p.step(t, source, leaf)
	t.keeps, t.within = false, false
	if t.target == "" {
		return t, true
	}
	targets := []string{t.target}
	for s := want.end; s != nil && s.kind != "history"; s = s.parent {
		targets = append(targets, s.name)
	}
	for _, target := range targets {
		for _, reenter := range []bool{t.reenter, !t.reenter} {
			tried := t
			tried.target, tried.reenter = target, reenter
			if p.compare(p.step(tried, at, leaf), want) == 0 {
				return tried, true
			}
		}
	}
	if none := (stepped{end: want.end}); p.compare(none, want) == 0 && want.end == leaf {
		t.target, t.reenter = "", false
		return t, true
	}
	return t, false
}
