package model

import (
	"slices"

	"github.com/fsmgen/fsmgen/spec/internal/syntax"
)

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
