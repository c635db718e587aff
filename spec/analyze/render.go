package analyze

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/fsmgen/fsmgen/spec"
)

// WriteText writes the changes for people: the verdict, then a line for each change.
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
