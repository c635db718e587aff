package verify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/fsmgen/fsmgen/spec"
)

// Level is the part of a version that a change increases, as in Semantic Versioning.
type Level uint8

// The levels.
const (
	None  Level = iota // nothing has changed
	Patch              // no user notices
	Minor              // there is something new, or it behaves otherwise
	Major              // something that was right before is not any more
)

func (l Level) String() string {
	return [...]string{"none", "patch", "minor", "major"}[min(l, Major)]
}

// MarshalText gives the name of the level.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Affected names the users that notice a change.
type Affected string

// The users that notice a change.
const (
	NoUsers   Affected = ""
	Callers   Affected = "callers"   // code that uses the generated package
	Hooks     Affected = "hooks"     // code of its hooks
	Snapshots Affected = "snapshots" // machines that were stored by the old version
	Behaviour Affected = "behaviour" // code that relies on what the machine does
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
	What   string     `json:"what"` // state, event, transition, guard, param, ...
	Name   string     `json:"name"` // in the new version, if it is there
	Facet  string     `json:"facet,omitempty"`
	Was    string     `json:"was,omitempty"` // of Changed and Renamed
	Is     string     `json:"is,omitempty"`
	Likely bool       `json:"likely,omitempty"`

	Level    Level    `json:"level"`
	Affected Affected `json:"affected,omitempty"`
	Why      string   `json:"why,omitempty"` // what it means to the affected users

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

// Changes are the differences between two versions of a machine, in the order of the new spec, removed items
// after the others.
type Changes []Change

// Level returns what the changes together ask of the version.
func (cs Changes) Level() Level {
	level := None
	for _, c := range cs {
		level = max(level, c.Level)
	}
	return level
}

// Of returns the changes that the named users notice.
func (cs Changes) Of(affected Affected) Changes {
	var some Changes
	for _, c := range cs {
		if c.Affected == affected {
			some = append(some, c)
		}
	}
	return some
}

// WriteText writes the changes as text: the verdict, then a line for each change.
func (cs Changes) WriteText(w io.Writer) error {
	if _, err := fmt.Fprintln(w, cs.headline()); err != nil || len(cs) == 0 {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range cs {
		line := []string{c.String(), c.Level.String(), string(c.Affected), c.Why}
		if _, err := fmt.Fprintln(table, strings.TrimRight(strings.Join(line, "\t"), "\t")); err != nil {
			return err
		}
	}
	return table.Flush()
}

// headline says what the changes ask of the version, and why.
func (cs Changes) headline() string {
	if len(cs) == 0 {
		return "no changes"
	}
	var parts []string
	for _, who := range []Affected{Callers, Hooks, Snapshots} {
		n := 0
		for _, c := range cs.Of(who) {
			if c.Level == Major {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d for %s", n, who))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%s: nothing breaks", cs.Level())
	}
	return fmt.Sprintf("%s: breaks %s", cs.Level(), strings.Join(parts, ", "))
}

// place is a position in JSON.
type place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

func placeOf(p spec.Pos) *place {
	if p == (spec.Pos{}) {
		return nil
	}
	return &place{p.Line, p.Column}
}

// MarshalJSON adds the positions.
func (c Change) MarshalJSON() ([]byte, error) {
	type plain Change
	return json.Marshal(struct {
		plain
		Old *place `json:"old,omitempty"`
		New *place `json:"new,omitempty"`
	}{plain(c), placeOf(c.Old), placeOf(c.New)})
}

// WriteJSON writes the changes for programs: one object with the level and the list.
func (cs Changes) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Level   Level   `json:"level"`
		Changes Changes `json:"changes"`
	}{cs.Level(), append(Changes{}, cs...)})
}
