package spec

import "slices"

// reachable returns the states that the machine can be in, if every guard can be true, every time-out can pass and
// every invoke can end either way.
func (m *Machine) reachable() map[*State]bool {
	reached := map[*State]bool{}
	var todo []*State
	enter := func(s *State) {
		leaf := s.Leaf()
		if reached[leaf] {
			return
		}
		todo = append(todo, leaf)
		for a := range leaf.Ancestors() {
			reached[a] = true
		}
	}
	if m.InitialState != nil {
		enter(m.InitialState)
	}
	for len(todo) > 0 {
		leaf := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, a := range m.possibleArms(leaf) {
			switch {
			case a.To == nil:
			case a.To.Kind != History:
				enter(a.To)
			default: // what it remembers has been reached before
				reached[a.To] = true
				if a.To.DefaultState != nil {
					enter(a.To.DefaultState)
				}
			}
		}
	}
	return reached
}

// possibleArms are the arms that can be taken in a leaf, and those that they choose between.
func (m *Machine) possibleArms(leaf *State) []*Arm {
	var arms []*Arm
	decided := map[*Event]bool{}
	for s := range leaf.Ancestors() {
		for _, h := range s.On {
			if !h.Any() && !decided[h.Event.Event] {
				arms = append(arms, h.Arms...)
				decided[h.Event.Event] = hasUnguarded(h.Arms)
			}
		}
		for _, r := range slices.Concat(s.Postpone, s.Ignore) {
			decided[r.Event] = true
		}
		arms = append(arms, m.possibleAny(s, decided)...)
		arms = append(arms, s.ownArms()...)
	}
	if leaf.Kind == Final && leaf.Parent != nil {
		arms = append(arms, leaf.Parent.OnDone...)
	}
	return armList{arms: arms}.all()
}

// possibleAny are the arms of the `*` of a state, if it stands for an event that is not decided yet. It decides what it
// stands for.
func (m *Machine) possibleAny(s *State, decided map[*Event]bool) []*Arm {
	if !slices.ContainsFunc(s.On, (*Handler).Any) {
		return nil
	}
	var arms []*Arm
	for _, ev := range m.Events {
		if own := s.anyArms(ev); len(own) > 0 && !decided[ev] {
			arms = own
			decided[ev] = hasUnguarded(own)
		}
	}
	return arms
}

// ownArms are those of what a state waits for beside events, but for its end. One that never ends is another finding,
// which is no reason to miss what its end leads to.
func (s *State) ownArms() []*Arm {
	arms := slices.Clone(s.Always)
	for _, t := range s.timeouts() {
		arms = append(arms, t.Arms...)
	}
	for _, v := range s.Invokes {
		arms = slices.Concat(arms, v.OnDone, v.OnError)
	}
	if !slices.ContainsFunc(s.States, isFinal) {
		arms = append(arms, s.OnDone...)
	}
	return arms
}
