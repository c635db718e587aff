package gen

import (
	"github.com/fsmgen/fsmgen/gen/internal/explain"
	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/spec"
)

// Transition describes a transition of the generated code.
type Transition = golang.Transition

// Transitions returns the transitions of a machine without errors. The index of each is its number in the generated code,
// in the steps that observers see, and in records of coverage.
func Transitions(m *spec.Machine) ([]Transition, error) { return golang.Transitions(m) }

// Names returns everything of a machine that [Explain] knows: its states, its events, and its properties that have a name.
func Names(m *spec.Machine) []string { return explain.Names(m) }

// Explain describes what a name of a machine without errors stands for. It reports whether the machine has the name.
func Explain(m *spec.Machine, name string) (text string, ok bool) { return explain.Name(m, name) }
