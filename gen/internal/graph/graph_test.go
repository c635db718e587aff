package graph_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen/internal/golden"
	"github.com/fsmgen/fsmgen/gen/internal/graph"
	"github.com/fsmgen/fsmgen/spec"
)

func TestJSON_GoldenGraphs(t *testing.T) { golden.Check(t, "json", graph.JSON) }

func TestNew_UniqueIDsAndKnownStates(t *testing.T) {
	for _, m := range golden.Machines(t) {
		g := graph.New(m)
		states, ids := map[string]bool{}, map[string]bool{}
		for _, s := range g.States {
			states[s.Path] = true
		}
		for _, tr := range g.Transitions {
			if ids[tr.ID] {
				t.Errorf("%s: two transitions are called %s", m.Path, tr.ID)
			}
			ids[tr.ID] = true
			if !states[tr.Source] || tr.Target != "" && !states[tr.Target] {
				t.Errorf("%s: %s leads from %q to %q; want states of the graph", m.Path, tr.ID, tr.Source, tr.Target)
			}
			if tr.Line == 0 {
				t.Errorf("%s: %s stands nowhere", m.Path, tr.ID)
			}
		}
	}
}

func TestNew_CanonicalFormIsTheSameMachine(t *testing.T) {
	for _, m := range golden.Machines(t) {
		form, err := spec.Canonical([]byte(m.Source))
		if err != nil {
			t.Fatal(err)
		}
		again, found := spec.Load(m.Path, form)
		if found.HasErrors() {
			t.Fatal(found)
		}
		places := cmp.Transformer("nowhere", func(graph.Place) string { return "" })
		if diff := cmp.Diff(graph.New(m), graph.New(again), places); diff != "" {
			t.Errorf("%s: the form is another machine (-spec +form):\n%s", m.Path, diff)
		}
	}
}
