package importer

import (
	"maps"
	"slices"
)

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
