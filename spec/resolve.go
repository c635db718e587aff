package spec

import (
	"iter"
	"slices"
)

// index finds the declarations of a machine by name. Of two with one name it has the first.
type index struct {
	states map[string]*State
	events map[string]*Event
	hooks  map[hookKey]*Hook
	timers map[string]*NamedTimer
	params map[string]*Param
	types  map[string]*Type
}

// hookKey is a map key: a name can be taken once by a guard and once by an action, which is a finding.
type hookKey struct {
	kind HookKind
	name string
}

func newIndex(m *Machine) index {
	return index{
		states: first(m.All(), func(s *State) string { return s.Name }),
		events: first(m.AllEvents(), func(e *Event) string { return e.Name }),
		hooks:  first(m.Hooks(), func(h *Hook) hookKey { return hookKey{h.Kind, h.Name} }),
		timers: first(slices.Values(m.Timers), func(t *NamedTimer) string { return t.Name }),
		params: first(slices.Values(m.Params), func(p *Param) string { return p.Name }),
		types:  first(slices.Values(m.Types), func(t *Type) string { return t.Name }),
	}
}

func first[T any, K comparable](all iter.Seq[*T], key func(*T) K) map[K]*T {
	found := map[K]*T{}
	for v := range all {
		if _, ok := found[key(v)]; !ok {
			found[key(v)] = v
		}
	}
	return found
}

// otherKind returns a hook of the name that is of another kind, or nil.
func (x index) otherKind(key hookKey) *Hook {
	for _, kind := range hookKinds {
		if h := x.hooks[hookKey{kind, key.name}]; h != nil && kind != key.kind {
			return h
		}
	}
	return nil
}

// resolve points every name of the machine at its declaration, where there is one of the right kind.
func resolve(m *Machine) {
	for _, t := range m.Timers {
		if t.Event == nil {
			t.Event = &Event{Pos: t.Pos, Name: t.Name, Doc: t.Doc, Timer: t}
		}
	}
	decl := newIndex(m)
	m.InitialState = child(m.States, m.Initial.Value)
	for s := range m.All() {
		s.InitialState = child(s.States, s.Initial.Value)
	}
	for l := range m.lengths() {
		l.Param = decl.params[l.Value]
	}
	for s := range m.All() {
		s.DefaultState = decl.remembered(s)
	}
	for r := range m.eventUses() {
		r.Event = decl.events[r.Value]
	}
	for r := range m.stateUses() {
		r.State = decl.states[r.Value]
	}
	for use := range m.hookUses() {
		use.ref.Hook = decl.hooks[hookKey{use.kind, use.ref.Value}]
	}
	for r := range m.timerUses() {
		r.Timer = decl.timers[r.Value]
	}
	for list := range m.armLists() {
		for _, a := range list.all() {
			a.To = decl.states[a.Target.Value]
			resolveCondition(m, list, a.Guard)
		}
	}
}

// child returns the state of the name that can be entered, or nil.
func child(states []*State, name string) *State {
	i := slices.IndexFunc(states, func(s *State) bool { return s.Name == name && s.Kind != History })
	if i < 0 {
		return nil
	}
	return states[i]
}

// remembered returns what a history stands for as long as its parent was never left; nil for a state that is none.
func (x index) remembered(s *State) *State {
	if s.Kind != History || s.Parent == nil {
		return nil
	}
	to := x.states[s.Default.Value]
	switch {
	case s.Default.Value == "":
		return s.Parent.InitialState
	case to == nil || to.Kind == History || to == s.Parent || !s.Parent.Contains(to):
		return nil
	default:
		return to
	}
}

// resolveCondition points the values of a guard at their declarations.
func resolveCondition(m *Machine, list armList, c *Condition) {
	if c == nil {
		return
	}
	for e := range c.Expr.All() {
		switch e.Op {
		case OpPayload:
			e.Field = nil
			for _, c := range list.eachCause() {
				if e.Field == nil {
					e.Field = c.field(e.Name)
				}
			}
		case OpData:
			e.Field = fieldOf(m.Data, e.Name)
		case OpParam:
			e.Param = paramOf(m.Params, e.Name)
		}
	}
}

func paramOf(params []*Param, name string) *Param {
	i := slices.IndexFunc(params, func(p *Param) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return params[i]
}

// lengths yields how long everything takes that takes time.
func (m *Machine) lengths() iter.Seq[*Length] {
	return func(yield func(*Length) bool) {
		for _, t := range m.Timers {
			if !yield(&t.Length) {
				return
			}
		}
		for s := range m.All() {
			for _, t := range s.timeouts() {
				if !yield(&t.Length) {
					return
				}
			}
		}
	}
}

// stateUses yields the states that the properties name.
func (m *Machine) stateUses() iter.Seq[*StateRef] {
	return func(yield func(*StateRef) bool) {
		for _, q := range m.Properties {
			for _, r := range []*StateRef{q.From, q.State} {
				if r != nil && !yield(r) {
					return
				}
			}
		}
	}
}
