package highlight_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/gen/internal/dot"
	"github.com/fsmgen/fsmgen/gen/internal/highlight"
	"github.com/fsmgen/fsmgen/gen/internal/mermaid"
	"github.com/fsmgen/fsmgen/gen/internal/plantuml"
	"github.com/fsmgen/fsmgen/gen/internal/svg"
	"github.com/fsmgen/fsmgen/spec"
)

const door = `fsm: 1
machine: door
events: {push: {}}
initial: shut
states:
  shut: {on: {push: ajar}}
  opened:
    initial: ajar
    states:
      ajar: {on: {push: wide}}
      wide: {on: {push: shut}}
`

func TestHighlight_AddsOnlyTheMarks(t *testing.T) {
	m, found := spec.Load("door.fsm.yaml", []byte(door))
	if found.HasErrors() {
		t.Fatal(found)
	}
	var states []*spec.State
	for s := range m.All() {
		if s.Name == "opened" || s.Name == "wide" {
			states = append(states, s)
		}
	}
	const colours = `fillcolor="#ddf4ff", color="#0969da", penwidth=2]`
	tests := []struct {
		name string
		text string
		mark func(string, []*spec.State) string
		want []string // lines that the unmarked text does not have
	}{
		{"mermaid", mermaid.Text(m), highlight.Mermaid, []string{
			"  classDef highlighted fill:#ddf4ff,stroke:#0969da,stroke-width:3px",
			"  class s_opened highlighted", "  class s_wide highlighted",
		}},
		{"dot", dot.Text(m), highlight.DOT, []string{
			`  subgraph "cluster-opened" { graph [style="rounded,filled", ` + colours + " }",
			`  "wide" [style="rounded,filled", ` + colours,
		}},
		{"plantuml", plantuml.Text(m), highlight.PlantUML, []string{
			"state s_opened #ddf4ff;line:0969da;line.bold", "state s_wide #ddf4ff;line:0969da;line.bold",
		}},
		{"svg", svg.Text(m), highlight.SVG, []string{
			`<g id="state-opened" class="state compound current">`, `<g id="state-wide" class="state current">`,
		}},
	}
	for _, tt := range tests {
		before := strings.Split(tt.text, "\n")
		var added []string
		for line := range strings.SplitSeq(tt.mark(tt.text, states), "\n") {
			if !slices.Contains(before, line) {
				added = append(added, line)
			}
		}
		if !slices.Equal(added, tt.want) {
			t.Errorf("%s has the new lines\n%s\nwant\n%s", tt.name, strings.Join(added, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}
