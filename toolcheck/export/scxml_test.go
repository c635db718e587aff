package export

import (
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/importer"
	"github.com/fsmgen/fsmgen/toolcheck/npm"
)

// The state charts of SCION and of the W3C's tests.
const (
	charts    = "@scion-scxml/test-framework@2.0.16"
	integrity = "sha512-5rRd5CdFLUzmPaO43NSamBmhq6uW/0kUmUneEnqRSbAj0FiFVAINd1DfadUkdECT+xHLARCJZU7meQD4nqYyKw=="
)

// What an importer does not say that it cannot take, it takes: a chart whose spec has errors has a reason for it.
func TestSCXML_PublicStateCharts(t *testing.T) {
	dir := npm.Unpack(t, ".", charts, integrity)
	var all, fine int
	err := filepath.WalkDir(filepath.Join(dir, "test"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".scxml" {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all++
		r, err := importer.SCXML(source, importer.Options{Path: path})
		switch {
		case err != nil:
			t.Errorf("%s: %v", path, err)
		case !r.Wrong.HasErrors():
			fine++
		case !says(r.Found, "FSM090"):
			t.Errorf("%s: nothing says why the spec has errors: %v\n%s", path, r.Wrong, r.Spec)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d state charts become specs without errors", fine, all)
	if all < 300 || fine < all/2 {
		t.Errorf("%d of %d state charts become specs; want most of hundreds", fine, all)
	}
}

func says(found spec.Findings, code string) bool {
	for _, f := range found {
		if f.Code == code {
			return true
		}
	}
	return false
}

// The spec of an SCXML document goes through the same states as the document in SCION.
func TestImportedCharts_WalkAsInSCION(t *testing.T) {
	npm.Install(t, "scion")
	type question struct {
		Source string
		Walks  [][]string
	}
	questions, want := map[string]question{}, map[string][][]string{}
	paths, err := filepath.Glob("../../spec/importer/testdata/charts/*.scxml")
	if err != nil || len(paths) < 10 {
		t.Fatal("too few charts", len(paths), err)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		q := question{Source: string(source)}
		r, err := importer.SCXML(source, importer.Options{Path: name})
		if err != nil || r.Wrong.HasErrors() {
			t.Fatal(name, err, r.Wrong)
		}
		for seed := range uint64(40) {
			walk, states := newChart(t, name, r, true).randomEvents(rand.New(rand.NewPCG(seed, 4)), 40)
			q.Walks, want[name] = append(q.Walks, walk), append(want[name], states)
		}
		questions[name] = q
	}
	input, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]struct {
		Error  string
		States [][]string
	}
	if err := json.Unmarshal(npm.Run(t, "scion", input, "node", "run.js"), &answers); err != nil {
		t.Fatal(err)
	}
	for name, got := range answers {
		if got.Error != "" {
			t.Errorf("%s: SCION says: %s", name, got.Error)
			continue
		}
		for i, states := range got.States {
			if diff := cmp.Diff(want[name][i], states); diff != "" {
				t.Errorf("%s: SCION goes elsewhere than the spec on walk %d (-spec +SCION):\n%s\n%v", name, i, diff, questions[name].Walks[i])
				break
			}
		}
	}
}

// randomEvents plays a walk of events alone, and returns the states on it.
func (c *importedChart) randomEvents(r *rand.Rand, length int) (walk, states []string) {
	events := slices.DeleteFunc(slices.Sorted(maps.Keys(c.result.Events)), func(e string) bool { return strings.HasPrefix(e, "done.") })
	c.start(r)
	states = []string{c.look().State}
	for range length {
		if c.m.Err() != nil {
			break
		}
		next := events[r.IntN(len(events))]
		c.take(charted{Event: next})
		walk, states = append(walk, next), append(states, c.look().State)
	}
	return walk, states
}
