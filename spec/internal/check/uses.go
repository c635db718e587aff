package check

import (
	"iter"

	"github.com/fsmgen/fsmgen/spec/expr"
	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/model"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// hookUse is one place that names a hook.
type hookUse struct {
	transitionList
	ref        *decl.HookRef
	end        syntax.Pos        // behind the name; zero where it is a YAML token
	kind       decl.HookKind     // what the place wants
	transition *model.Transition // nil for an entry, an exit and an invoke
}

// hookUses yields every place that names a hook, state by state: entry, exit, invokes, then the transitions.
func hookUses(m *model.Machine) iter.Seq[hookUse] {
	return func(yield func(hookUse) bool) {
		for s := range m.All() {
			if !ownHooks(s, yield) {
				return
			}
		}
		for list := range transitionLists(m) {
			for _, a := range list.all() {
				if !list.hooksOf(a, yield) {
					return
				}
			}
		}
	}
}

func ownHooks(s *model.State, yield func(hookUse) bool) bool {
	for _, r := range s.Entry {
		if !yield(hookUse{transitionList: transitionList{state: s, place: "an entry"}, ref: r, kind: decl.Action}) {
			return false
		}
	}
	for _, r := range s.Exit {
		if !yield(hookUse{transitionList: transitionList{state: s, place: "an exit"}, ref: r, kind: decl.Action}) {
			return false
		}
	}
	for _, v := range s.Invokes {
		if !yield(hookUse{transitionList: transitionList{state: s, place: "an invoke"}, ref: &v.Src, kind: decl.Invoke}) {
			return false
		}
	}
	return true
}

func (l transitionList) hooksOf(a *model.Transition, yield func(hookUse) bool) bool {
	if a.Guard != nil && !asked(a.Guard.Expr, func(e *expr.Expr) bool { return yield(hookUse{l, e.Guard, e.End, decl.Guard, a}) }) {
		return false
	}
	if a.Choose != nil && !yield(hookUse{l, &a.Choose.Src, syntax.Pos{}, decl.Choice, a}) {
		return false
	}
	for _, r := range a.Actions {
		if !yield(hookUse{l, r, syntax.Pos{}, decl.Action, a}) {
			return false
		}
	}
	return a.Reply == nil || yield(hookUse{l, a.Reply, syntax.Pos{}, decl.Reply, a})
}

// causeHooks yields the uses of hooks that are declared, with each cause that reaches them.
func causeHooks(m *model.Machine) iter.Seq2[hookUse, cause] {
	return func(yield func(hookUse, cause) bool) {
		for use := range hookUses(m) {
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

// asked yields the names in places where a guard can be; names among values are another finding.
func asked(e *expr.Expr, yield func(*expr.Expr) bool) bool {
	switch {
	case e == nil:
		return true
	case e.Op == expr.OpGuard:
		return yield(e)
	case e.Op == expr.OpAnd || e.Op == expr.OpOr || e.Op == expr.OpNot:
		return asked(e.X, yield) && asked(e.Y, yield)
	default:
		return true
	}
}

// eventUses yields every place that names an event.
func eventUses(m *model.Machine) iter.Seq[*decl.EventRef] {
	return func(yield func(*decl.EventRef) bool) {
		for r := range decisions(m) {
			if !yield(r) {
				return
			}
		}
		for list := range transitionLists(m) {
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
func decisions(m *model.Machine) iter.Seq[*decl.EventRef] {
	return func(yield func(*decl.EventRef) bool) {
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

// timerUses yields every place on a transition that names a timer.
func timerUses(m *model.Machine) iter.Seq[*decl.TimerRef] {
	return func(yield func(*decl.TimerRef) bool) {
		for list := range transitionLists(m) {
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
