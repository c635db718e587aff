package export

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
	"github.com/fsmgen/fsmgen/toolcheck/machines"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

// question asks XState to run a config through walks.
type question struct {
	Config json.RawMessage
	Walks  [][]step
}

// ran is where XState was after the start and after each event of each walk, or what it has against the config.
type ran struct {
	Error  string
	States [][]string
}

func TestXState_WalksOfEveryMachine(t *testing.T) {
	npm.Install(t, ".")
	const walks, length = 200, 60
	questions, want := map[string]question{}, map[string][][]string{}
	for path, m := range machines.All(t, "../..") {
		q := question{Config: json.RawMessage(machines.Text(t, m, gen.XState))}
		for seed := range uint64(walks) {
			walk, states := randomWalk(m, rand.New(rand.NewPCG(seed, 1)), length)
			q.Walks, want[path] = append(q.Walks, walk), append(want[path], states)
		}
		questions[path] = q
	}
	for path, got := range runXState(t, questions) {
		if got.Error != "" {
			t.Errorf("%s: XState says: %s", path, got.Error)
			continue
		}
		for i, states := range got.States {
			if diff := cmp.Diff(want[path][i], states); diff != "" {
				t.Errorf("%s: XState goes elsewhere than the spec says on walk %d (-spec +XState):\n%s\n%+v",
					path, i, diff, questions[path].Walks[i])
				break
			}
		}
	}
}

func runXState(t *testing.T, questions map[string]question) map[string]ran {
	t.Helper()
	input, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]ran
	if err := json.Unmarshal(npm.Run(t, ".", input, "node", "xstate.mjs"), &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

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
