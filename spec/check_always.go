package spec

// endlessAlways: what is always taken leads to a state where something else is.
func endlessAlways(m *Machine, report func(Finding)) {
	done := map[*State]bool{}
	for _, leaf := range m.Leaves() {
		way := map[*State]bool{}
		for leaf != nil && !done[leaf] && !way[leaf] {
			way[leaf] = true
			a := firstAlways(leaf)
			next := eventless(leaf, a)
			if next != nil && way[next] {
				reportEndless(a, next, report)
			}
			leaf = next
		}
		for s := range way {
			done[s] = true
		}
	}
}

// firstAlways is the arm that a leaf tries before all others once it is entered, or nil.
func firstAlways(leaf *State) *Arm {
	for s := range leaf.Ancestors() {
		if len(s.Always) > 0 {
			return s.Always[0]
		}
	}
	return nil
}

// eventless returns where an arm leads that nothing keeps from being taken, or nil.
func eventless(leaf *State, a *Arm) *State {
	if a == nil || a.Guard != nil || a.Choose != nil {
		return nil
	}
	return Plan(leaf, a).Leaf
}

func reportEndless(a *Arm, next *State, report func(Finding)) {
	message := "this is taken again and again"
	if a.To == nil {
		message = "this is taken again and again: it leaves no state"
	}
	report(Finding{
		Pos: a.Pos, Message: message, Label: "back to " + quote(next.Name) + " without a guard",
		Help: "put a guard on one of the arms, or do it on entry",
	})
}
