package spec

import (
	"iter"
	"slices"
)

// Part is a part of the generated Go package that a spec asks for with `go: {emit: [...]}`.
type Part string

// The parts. Everything else of the package is always generated.
const (
	PartServer   Part = "server"   // Server, for many goroutines, with Start
	PartCan      Part = "can"      // a method for each event: does the current state handle it?
	PartWould    Part = "would"    // a method for each event with guards: would it be handled now?
	PartSnapshot Part = "snapshot" // Snapshot and Restore; brings PartText
	PartText     Part = "text"     // ParseState, and the methods that write a state as text and read it
)

// Parts lists the parts in the order of the documentation.
func Parts() []Part { return []Part{PartServer, PartCan, PartWould, PartSnapshot, PartText} }

// defaultParts are those of a machine that does not say which.
var defaultParts = []Part{PartServer, PartCan}

// Emits reports whether the Go package of a machine has a part.
func (m *Machine) Emits(p Part) bool {
	if m.Go.Emit == nil {
		return slices.Contains(defaultParts, p)
	}
	return slices.ContainsFunc(m.Go.Emit, func(t Text) bool {
		return Part(t.Value) == p || p == PartText && Part(t.Value) == PartSnapshot
	})
}

// badParts: what is asked for is a part.
func badParts(m *Machine, report func(Finding)) {
	for _, t := range m.Go.Emit {
		if !slices.Contains(Parts(), Part(t.Value)) {
			report(Finding{
				Pos: t.Pos, Message: quote(t.Value) + " is not a part of the generated code",
				Help: didYouMean(t.Value, partNames(), "the parts are `server`, `can`, `would`, `snapshot` and `text`"),
			})
		}
	}
}

func partNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range Parts() {
			if !yield(string(p)) {
				return
			}
		}
	}
}
