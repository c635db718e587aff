package export

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen"
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
