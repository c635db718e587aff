package chart_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen/internal/chart"
	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/spec"
)

// charted is a chart in words: boxes with their lines, then arrows with theirs.
func charted(m *spec.Machine) string {
	var b strings.Builder
	c := chart.New(m)
	for n := range c.All() {
		depth := 0
		for p := n.Parent; p != nil; p = p.Parent {
			depth++
		}
		fmt.Fprintf(&b, "%s%s (%s)%s\n", strings.Repeat("  ", depth), n.Name, n.Title(), lines(n.Lines))
	}
	for _, e := range c.Edges {
		fmt.Fprintf(&b, "%s -> %s%s\n", e.From.Name, e.To.Name, lines(e.Lines))
	}
	return b.String()
}

func lines(all []chart.Line) string {
	var b strings.Builder
	for _, l := range all {
		fmt.Fprintf(&b, "\n      | %s", l.Text)
		if l.ID != "" {
			fmt.Fprintf(&b, "  #%s", l.ID)
		}
	}
	return b.String()
}

func TestNew_GoldenCharts(t *testing.T) { golden.Check(t, "txt", charted) }

func TestNew_EveryTransitionOnce(t *testing.T) {
	for _, m := range golden.Machines(t) {
		want, got := map[string]int{}, map[string]int{}
		for tr := range chart.Transitions(m) {
			want[tr.ID] = 1
		}
		c := chart.New(m)
		count := func(all []chart.Line) {
			for _, l := range all {
				if l.ID != "" {
					got[l.ID]++
				}
			}
		}
		for n := range c.All() {
			count(n.Lines)
		}
		for _, e := range c.Edges {
			count(e.Lines)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: transitions on the chart (-spec +chart):\n%s", m.Path, diff)
		}
	}
}

func TestTransitions_IDsOfTimesAndWildcards(t *testing.T) {
	src := `
fsm: 1
machine: lamp
events: {push: {}, pull: {}}
guards: {warm: {}}
initial: dark
states:
  dark:
    after: {1.5s: lit, 90s: {}}
    on:
      push: [{guard: warm, target: lit}, {target: dark, reenter: true}]
      "*": lit
  lit: {always: {guard: warm, target: dark}}
`
	m, found := spec.Load("lamp.fsm.yaml", []byte(src))
	if found.HasErrors() {
		t.Fatal(found)
	}
	var got []string
	for tr := range chart.Transitions(m) {
		got = append(got, tr.ID)
	}
	want := []string{"dark-push", "dark-push-2", "dark-any", "dark-after-1_5s", "dark-after-90s", "lit-always"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("IDs (-want +got):\n%s", diff)
	}
}
