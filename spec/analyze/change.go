package analyze

import (
	"cmp"
	"fmt"

	"github.com/fsmgen/fsmgen/spec"
)

// Level is what a change asks of the version of a machine, as Semantic Versioning has it.
type Level uint8

// The levels.
const (
	None  Level = iota // nothing has changed
	Patch              // nobody notices
	Minor              // there is something new, or it behaves otherwise
	Major              // something that was right before is not any more
)

func (l Level) String() string {
	return [...]string{"none", "patch", "minor", "major"}[min(l, Major)]
}

// MarshalText gives the name of the level.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Affected is who notices a change.
type Affected string

// Who notices.
const (
	Nobody    Affected = ""
	Callers   Affected = "callers"   // who use the generated package
	Hooks     Affected = "hooks"     // who write its hooks
	Snapshots Affected = "snapshots" // machines that were stored by the old version
	Behaviour Affected = "behaviour" // who relies on what the machine does
)

// ChangeKind says what kind of change it is.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
	Renamed ChangeKind = "renamed" // by renamed_from, or very likely: then Likely is set
)

// Change is one difference between two versions of a machine.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	What   string     `json:"what"` // state, event, arm, guard, param, ...
	Name   string     `json:"name"` // in the new version, if it is there
	Facet  string     `json:"facet,omitempty"`
	Was    string     `json:"was,omitempty"` // of Changed and Renamed
	Is     string     `json:"is,omitempty"`
	Likely bool       `json:"likely,omitempty"`

	Level    Level    `json:"level"`
	Affected Affected `json:"affected,omitempty"`
	Why      string   `json:"why,omitempty"` // what it means to those who are affected

	Old spec.Pos `json:"-"` // zero where it is not in the old version
	New spec.Pos `json:"-"`
}

var signs = map[ChangeKind]string{Added: "+", Removed: "-", Changed: "~", Renamed: ">"}

// String is the change on one line, without what it means.
func (c Change) String() string {
	line := fmt.Sprintf("%s %s %s", signs[c.Kind], c.What, c.Name)
	switch c.Kind {
	case Renamed:
		line = fmt.Sprintf("%s %s %s -> %s", signs[c.Kind], c.What, c.Was, c.Is)
		if c.Likely {
			line += " (likely)"
		}
	case Changed:
		line += fmt.Sprintf(": %s %s -> %s", c.Facet, cmp.Or(c.Was, "none"), cmp.Or(c.Is, "none"))
	}
	return line
}

// Changes are the differences between two versions of a machine, in the order of the new spec, what was removed behind
// what is there still.
type Changes []Change

// Level returns what the changes together ask of the version.
func (cs Changes) Level() Level {
	level := None
	for _, c := range cs {
		level = max(level, c.Level)
	}
	return level
}

// Of returns the changes that somebody notices.
func (cs Changes) Of(affected Affected) Changes {
	var some Changes
	for _, c := range cs {
		if c.Affected == affected {
			some = append(some, c)
		}
	}
	return some
}
