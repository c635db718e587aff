package golang

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/expr"
)

// guardedBy returns the reaction of a machine with one event, one guard hook, and transitions with these guards.
func guardedBy(t *testing.T, guards ...string) *reaction {
	t.Helper()
	var source strings.Builder
	source.WriteString("fsm: 1\nmachine: m\n" +
		"params:\n  most: {type: int, default: 3, min: 2, max: 5}\n  wait: {type: duration, default: 1s}\n" +
		"data:\n  seen: {type: int}\n  name: {type: string}\n  heat: {type: float64}\n" +
		"events:\n  e: {payload: {n: uint8, ok: bool}}\nguards:\n  g: {}\ninitial: s\nstates:\n  s:\n    on:\n      e:\n")
	for _, guard := range guards {
		fmt.Fprintf(&source, "        - {guard: '%s'}\n", guard)
	}
	m, _ := spec.Load("m.fsm.yaml", []byte(source.String()))
	p, err := newPlan(m)
	if err != nil {
		t.Fatal(err)
	}
	return p.leaves[0].reactions[0]
}

// firstTaken returns the first transition of the reaction whose guard holds; nil if none does.
func firstTaken(c *reaction, values expr.Values) *transition {
	for _, t := range c.transitions {
		if t.Guard == nil || expr.Holds(t.Guard.Expr, values) {
			return t
		}
	}
	return nil
}

func TestRow_EveryReachableTransitionHasValues(t *testing.T) {
	tests := [][]string{
		{"g"},
		{"!g", "g && payload.ok"},
		{"payload.n > 200", "payload.n == 7", "payload.n < 100"},
		{"data.seen + 1 >= params.most"},
		{"data.seen * 2 - payload.n == 11 && params.most > 4"},
		{"params.wait > 1m", "params.wait < 10ms"},
		{`data.name == "ada" && data.heat >= 36.6`, `data.name != "" || -data.heat > 2.5`},
		{"g || payload.ok || data.seen != 0"},
	}
	for _, guards := range tests {
		t.Run(guards[0], func(t *testing.T) {
			c := guardedBy(t, guards...)
			for _, want := range append(c.transitions, nil) {
				values, ok := c.valuesFor(want)
				if !ok {
					t.Errorf("no values are found for %v", want)
				} else if got := firstTaken(c, values); got != want {
					t.Errorf("%v leads to transition %v; want %v", values, got, want)
				}
			}
		})
	}
}

func TestRow_UnreachableTransitionHasNoValues(t *testing.T) {
	for _, guards := range [][]string{
		{"payload.n < 0"},
		{"params.most > 5"},
		{"g && !g"},
	} {
		c := guardedBy(t, guards...)
		if values, ok := c.valuesFor(c.transitions[len(c.transitions)-1]); ok {
			t.Errorf("%v: %v is found for the last transition, which cannot be taken", guards, values)
		}
	}
}

func TestPlan_TransitionHiddenByAnEarlierGuardIsLeftOut(t *testing.T) {
	tests := []struct {
		guards []string
		want   []string
	}{
		{[]string{"g", "g"}, []string{"g"}},
		{[]string{"g", "g && payload.ok"}, []string{"g"}},
		{[]string{"g && payload.ok", "g"}, []string{"g && payload.ok", "g"}},
		{[]string{"payload.n > 3", "g", "payload.n > 5", "!g"}, []string{"payload.n > 3", "g", "!g"}},
	}
	for _, tt := range tests {
		c := guardedBy(t, tt.guards...)
		var got []string
		for _, a := range c.transitions {
			got = append(got, a.Guard.Value)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("the transitions of %q (-want +got):\n%s", tt.guards, diff)
		}
	}
}
