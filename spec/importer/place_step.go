package importer

import (
	"cmp"
	"slices"
)

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
