package export

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
	"github.com/fsmgen/fsmgen/toolcheck/machines"
)

// A machine that goes to XState and comes back goes through the same states.
func TestXState_ImportOfAnExport(t *testing.T) {
	tried := 0
	for path, m := range machines.All(t, "../..") {
		if hasExpressions(m) {
			continue // they come back as guards to be written
		}
		tried++
		r, err := importer.XState([]byte(machines.Text(t, m, gen.XState)), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Wrong.HasErrors() {
			t.Fatalf("%s: %v\n%s", path, r.Wrong, r.Spec)
		}
		back, _ := spec.Load(path, r.Spec)
		for seed := range uint64(20) {
			walk, states := randomWalk(m, rand.New(rand.NewPCG(seed, 2)), 60)
			w := newWalker(back, walk[0])
			got := []string{w.leaf.Name}
			for _, s := range walk[1:] {
				w.take(s)
				got = append(got, w.leaf.Name)
			}
			if diff := cmp.Diff(states, got); diff != "" {
				t.Errorf("%s: it goes elsewhere than before (-before +after):\n%s\n%s", path, diff, r.Spec)
				break
			}
		}
	}
	if tried < 3 {
		t.Errorf("only %d machines could be tried", tried)
	}
}

// hasExpressions reports whether a machine decides by more than guards that have names.
func hasExpressions(m *spec.Machine) bool {
	for t := range m.Triggers() {
		for _, leaf := range m.Leaves() {
			for _, a := range m.Decide(leaf, t).Transitions {
				if a.Choose != nil || a.Guard != nil && a.Guard.Hook() == nil {
					return true
				}
			}
		}
	}
	return false
}
