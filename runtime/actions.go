package runtime

// actions are those of one result, in their order. Most results have none or one, which takes no memory of its own.
type actions struct {
	any    bool
	first  Action   // if there is any
	others []Action // the others
}

func actionsOf(list []Action) actions {
	if len(list) == 0 {
		return actions{}
	}
	return actions{any: true, first: list[0], others: append([]Action(nil), list[1:]...)}
}

func (a *actions) len() int {
	if !a.any {
		return 0
	}
	return 1 + len(a.others)
}

func (a *actions) at(i int) *Action {
	if i == 0 {
		return &a.first
	}
	return &a.others[i-1]
}
