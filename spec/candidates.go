package spec

import (
	"go/types"
	"iter"
	"slices"
)

// The names that a misspelt one can be meant to be, in the order of the spec.

func stateNames(m *Machine) iter.Seq[string] {
	return mapped(m.All(), func(s *State) string { return s.Name })
}

func eventNames(m *Machine) iter.Seq[string] {
	return mapped(m.AllEvents(), func(ev *Event) string { return ev.Name })
}

func hookNames(m *Machine, kind HookKind) iter.Seq[string] {
	return mapped(slices.Values(m.hooksOf(kind)), func(h *Hook) string { return h.Name })
}

func (m *Machine) hooksOf(kind HookKind) []*Hook {
	return map[HookKind][]*Hook{
		Guard: m.Guards, Action: m.Actions, Reply: m.Replies, Invoke: m.Invokes, Choice: m.Choices,
	}[kind]
}

func timerNames(m *Machine) iter.Seq[string] {
	return mapped(slices.Values(m.Timers), func(t *NamedTimer) string { return t.Name })
}

func fieldNames(fields []*Field) iter.Seq[string] {
	return mapped(slices.Values(fields), func(f *Field) string { return f.Name })
}

// payloadNames may name a field of several events several times. The last of them come with the ends of invokes.
func payloadNames(m *Machine) iter.Seq[string] {
	return func(yield func(string) bool) {
		for fields := range m.payloads() {
			for name := range fieldNames(fields) {
				if !yield(name) {
					return
				}
			}
		}
	}
}

// payloads yields everything that can come to a hook at once.
func (m *Machine) payloads() iter.Seq[[]*Field] {
	return func(yield func([]*Field) bool) {
		for _, ev := range m.Events {
			if !yield(ev.Payload) {
				return
			}
		}
		for _, h := range m.Invokes {
			if !yield(h.Result) || !yield(failure) {
				return
			}
		}
	}
}

// durationNames are the params that can say how long something lasts.
func durationNames(m *Machine) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range m.Params {
			if p.Type.Value == "duration" && !yield(p.Name) {
				return
			}
		}
	}
}

// typeNames are the types that need no package: those of the spec, then those of Go.
func typeNames(m *Machine) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, t := range m.Types {
			if !yield(t.Name) {
				return
			}
		}
		for _, name := range types.Universe.Names() {
			if isBuiltinType(name) && !yield(name) {
				return
			}
		}
	}
}

func mapped[T any](all iter.Seq[T], name func(T) string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for v := range all {
			if !yield(name(v)) {
				return
			}
		}
	}
}
