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
		events: first(slices.Values(m.Events), func(e *Event) string { return e.Name }),
		hooks:  first(m.Hooks(), func(h *Hook) hookKey { return hookKey{h.Kind, h.Name} }),
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
	for _, kind := range []HookKind{Guard, Action, Reply, Invoke, Choice} {
		if h := x.hooks[hookKey{kind, key.name}]; h != nil && kind != key.kind {
			return h
		}
	}
	return nil
}

// resolve points every name of the machine at its declaration, where there is one of the right kind.
func resolve(m *Machine) {
	decl := newIndex(m)
	m.InitialState = child(m.States, m.Initial.Value)
	for s := range m.All() {
		s.InitialState = child(s.States, s.Initial.Value)
		for _, t := range s.After {
			t.Param = decl.params[t.Value]
		}
	}
	for r := range m.eventUses() {
		r.Event = decl.events[r.Value]
	}
	for use := range m.hookUses() {
		use.ref.Hook = decl.hooks[hookKey{use.kind, use.ref.Value}]
	}
	for list := range m.armLists() {
		for _, a := range list.arms {
			a.To = decl.states[a.Target.Value]
		}
	}
}

func child(states []*State, name string) *State {
	i := slices.IndexFunc(states, func(s *State) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return states[i]
}
