package spec

import "iter"

// hookUse is one place that names a hook.
type hookUse struct {
	armList
	ref  *HookRef
	end  Pos      // behind the name; zero where it is a YAML token
	kind HookKind // what the place wants
	arm  *Arm     // nil for an entry, an exit and an invoke
}

// hookUses yields every place that names a hook, state by state: entry, exit, invokes, then the arms.
func (m *Machine) hookUses() iter.Seq[hookUse] {
	return func(yield func(hookUse) bool) {
		for s := range m.All() {
			if !s.ownHooks(yield) {
				return
			}
		}
		for list := range m.armLists() {
			for _, a := range list.all() {
				if !list.hooksOf(a, yield) {
					return
				}
			}
		}
	}
}

func (s *State) ownHooks(yield func(hookUse) bool) bool {
	for _, r := range s.Entry {
		if !yield(hookUse{armList: armList{state: s, place: "an entry"}, ref: r, kind: Action}) {
			return false
		}
	}
	for _, r := range s.Exit {
		if !yield(hookUse{armList: armList{state: s, place: "an exit"}, ref: r, kind: Action}) {
			return false
		}
	}
	for _, v := range s.Invokes {
		if !yield(hookUse{armList: armList{state: s, place: "an invoke"}, ref: &v.Src, kind: Invoke}) {
			return false
		}
	}
	return true
}

func (l armList) hooksOf(a *Arm, yield func(hookUse) bool) bool {
	if a.Guard != nil && !a.Guard.Expr.asked(func(e *Expr) bool { return yield(hookUse{l, e.Guard, e.end, Guard, a}) }) {
		return false
	}
	if a.Choose != nil && !yield(hookUse{l, &a.Choose.Src, Pos{}, Choice, a}) {
		return false
	}
	for _, r := range a.Actions {
		if !yield(hookUse{l, r, Pos{}, Action, a}) {
			return false
		}
	}
	return a.Reply == nil || yield(hookUse{l, a.Reply, Pos{}, Reply, a})
}

// causeHooks yields the uses of hooks that are declared, with each cause that reaches them.
func (m *Machine) causeHooks() iter.Seq2[hookUse, cause] {
	return func(yield func(hookUse, cause) bool) {
		for use := range m.hookUses() {
			if use.ref.Hook == nil {
				continue
			}
			for _, c := range use.eachCause() {
				if !yield(use, c) {
					return
				}
			}
		}
	}
}

// asked yields the names that stand where a guard can stand; those among values are another finding.
func (e *Expr) asked(yield func(*Expr) bool) bool {
	switch {
	case e == nil:
		return true
	case e.Op == OpGuard:
		return yield(e)
	case e.Op == OpAnd || e.Op == OpOr || e.Op == OpNot:
		return e.X.asked(yield) && e.Y.asked(yield)
	default:
		return true
	}
}

// eventUses yields every place that names an event.
func (m *Machine) eventUses() iter.Seq[*EventRef] {
	return func(yield func(*EventRef) bool) {
		for r := range m.decisions() {
			if !yield(r) {
				return
			}
		}
		for list := range m.armLists() {
			for _, a := range list.all() {
				if !each(a.Raise, yield) {
					return
				}
			}
		}
		for _, q := range m.Properties {
			if q.Accepts != nil && !yield(q.Accepts) || !each(q.Fair, yield) {
				return
			}
		}
	}
}

// decisions yields every place where a state decides about an event by name.
func (m *Machine) decisions() iter.Seq[*EventRef] {
	return func(yield func(*EventRef) bool) {
		for s := range m.All() {
			for _, h := range s.On {
				if !h.Any() && !yield(&h.Event) {
					return
				}
			}
			if !each(s.Postpone, yield) || !each(s.Ignore, yield) {
				return
			}
		}
	}
}

// timerUses yields every place on an arm that names a timer.
func (m *Machine) timerUses() iter.Seq[*TimerRef] {
	return func(yield func(*TimerRef) bool) {
		for list := range m.armLists() {
			for _, a := range list.all() {
				if !each(a.Start, yield) || !each(a.Cancel, yield) || !each(a.Update, yield) {
					return
				}
			}
		}
	}
}

func each[T any](all []T, yield func(T) bool) bool {
	for _, v := range all {
		if !yield(v) {
			return false
		}
	}
	return true
}
