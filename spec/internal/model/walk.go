package model

import (
	"iter"
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/decl"
	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

// All yields every state of the machine in the order of the spec, parents before their children.
func (m *Machine) All() iter.Seq[*State] {
	return func(yield func(*State) bool) { Walk(m.States, yield) }
}

// Walk yields states and everything inside them, parents before their children. It reports whether yield wants more.
func Walk(states []*State, yield func(*State) bool) bool {
	for _, s := range states {
		if !yield(s) || !Walk(s.States, yield) {
			return false
		}
	}
	return true
}

// Hooks yields every hook of the machine: guards, then actions, replies, invokes and choices.
func (m *Machine) Hooks() iter.Seq[*decl.Hook] {
	return func(yield func(*decl.Hook) bool) {
		for _, hooks := range [][]*decl.Hook{m.Guards, m.Actions, m.Replies, m.Invokes, m.Choices} {
			for _, h := range hooks {
				if !yield(h) {
					return
				}
			}
		}
	}
}

// Leaves returns the states that the machine can be in: those without children that are not a history, in the order of
// the spec.
func (m *Machine) Leaves() []*State {
	var leaves []*State
	for s := range m.All() {
		if len(s.States) == 0 && s.Kind != History {
			leaves = append(leaves, s)
		}
	}
	return leaves
}

// Ancestors yields the state itself, then its parent, up to the top.
func (s *State) Ancestors() iter.Seq[*State] {
	return func(yield func(*State) bool) {
		for ; s != nil; s = s.Parent {
			if !yield(s) {
				return
			}
		}
	}
}

// Path is the name of the state after those of its ancestors, with dots between them: "serving.busy".
func (s *State) Path() string {
	if s.Parent == nil {
		return s.Name
	}
	return s.Parent.Path() + "." + s.Name
}

// Contains reports whether t is the state itself or inside it.
func (s *State) Contains(t *State) bool {
	for a := range t.Ancestors() {
		if a == s {
			return true
		}
	}
	return false
}

// Leaf returns the state that the machine is in after it has entered s: s itself, or what its initial states lead to.
func (s *State) Leaf() *State {
	for s.InitialState != nil {
		s = s.InitialState
	}
	return s
}

// Hooks yields every hook that the transition itself names: those of its guard, its choice, its reply, its actions.
func (a *Transition) Hooks() iter.Seq[*decl.HookRef] {
	return func(yield func(*decl.HookRef) bool) {
		if a.Guard != nil {
			for r := range a.Guard.Guards() {
				if !yield(r) {
					return
				}
			}
		}
		if a.Choose != nil && !yield(&a.Choose.Src) || a.Reply != nil && !yield(a.Reply) {
			return
		}
		for _, r := range a.Actions {
			if !yield(r) {
				return
			}
		}
	}
}

// below returns the states from just below domain down to s; a nil domain is above the top.
func (s *State) below(domain *State) []*State {
	var path []*State
	for a := range s.Ancestors() {
		if a == domain {
			break
		}
		path = append(path, a)
	}
	slices.Reverse(path)
	return path
}

// Part is a part of the generated Go package that a spec asks for with `go: {emit: [...]}`.
type Part string

// The parts. Everything else of the package is always generated.
const (
	PartServer   Part = "server"   // Server, for many goroutines, with Start
	PartCan      Part = "can"      // a method for each event: does the current state handle it?
	PartWould    Part = "would"    // a method for each event with guards: would it be handled now?
	PartSnapshot Part = "snapshot" // Snapshot and Restore; brings PartText
	PartData     Part = "data"     // New and Start take the data that a machine begins with
	PartText     Part = "text"     // ParseState, and the methods that write a state as text and read it
)

// Parts lists the parts in the order of the documentation.
func Parts() []Part { return []Part{PartServer, PartCan, PartWould, PartSnapshot, PartText, PartData} }

// defaultParts are those of a machine that does not say which.
var defaultParts = []Part{PartServer, PartCan, PartSnapshot, PartText}

// Emits reports whether the Go package of a machine has a part.
func (m *Machine) Emits(p Part) bool {
	if m.Go.Emit == nil {
		return slices.Contains(defaultParts, p)
	}
	return slices.ContainsFunc(m.Go.Emit, func(t syntax.Text) bool {
		return Part(t.Value) == p || p == PartText && Part(t.Value) == PartSnapshot
	})
}
