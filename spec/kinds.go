package spec

var hookKinds = []HookKind{Guard, Action, Reply, Invoke, Choice}

func (k HookKind) String() string {
	switch k {
	case Guard:
		return "guard"
	case Action:
		return "action"
	case Reply:
		return "reply"
	case Invoke:
		return "invoke"
	case Choice:
		return "choice"
	default:
		return "invalid"
	}
}

// section is the word under which hooks of the kind are declared.
func (k HookKind) section() string {
	if k == Reply {
		return "replies"
	}
	return k.String() + "s"
}

func (k StateKind) String() string {
	switch k {
	case Atomic:
		return "atomic"
	case Compound:
		return "compound"
	case Final:
		return "final"
	case History:
		return "history"
	default:
		return "invalid"
	}
}
