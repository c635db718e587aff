package spec

// reachable returns the states that the machine can be in, if every guard can be true and every time-out can pass.
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
		for _, a := range possibleArms(leaf) {
			if a.To != nil {
				enter(a.To)
			}
		}
	}
	return reached
}

// possibleArms are the arms that can be taken in a leaf: those of its cells, and those of its time-outs.
func possibleArms(leaf *State) []*Arm {
	var arms []*Arm
	decided := map[*Event]bool{}
	for s := range leaf.Ancestors() {
		for _, h := range s.On {
			if !decided[h.Event.Event] {
				arms = append(arms, h.Arms...)
				decided[h.Event.Event] = hasUnguarded(h.Arms)
			}
		}
		for _, r := range s.Postpone {
			decided[r.Event] = true
		}
		for _, r := range s.Ignore {
			decided[r.Event] = true
		}
		for _, t := range s.After {
			arms = append(arms, t.Arms...)
		}
	}
	return arms
}
