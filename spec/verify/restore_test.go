package verify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/internal/spectest/stored"
	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
	"github.com/fsmgen/fsmgen/spec/verify"
)

// TestDiff_SaysWhatRestoreRefuses stores everything that a random machine can store, one thing at a time, and restores it
// with another version of the spec: diff names each thing that is refused and no other. Then it stores a machine on a
// random walk as it is.
func TestDiff_SaysWhatRestoreRefuses(t *testing.T) {
	pairs := uint64(400)
	if testing.Short() {
		pairs = 60
	}
	compared, refused, walks := 0, map[string]int{}, 0
	for seed := range pairs {
		old, now, ok := stored.Versions(seed)
		if !ok {
			continue
		}
		compared++
		said := reported(verify.Diff(old, now))
		want := map[string]bool{}
		for _, p := range stored.Parts(old) {
			if key := restore(t, now, p); key != "" {
				want[key] = true
				refused[strings.Fields(key)[0]]++
			}
		}
		if len(keysOf(want, "state")) == len(old.Leaves()) { // of snapshots that are all refused anyhow, diff says more
			maps.DeleteFunc(said, func(key string, _ bool) bool { return !want[key] })
		}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Fatalf("seed %d: what is refused (-by Restore +by diff):\n%s\nof %s\nin %s", seed, diff, old.Source, now.Source)
		}
		for walk := range uint64(3) {
			walks += storeOnWalk(t, old, now, seed*10+walk, len(said) > 0)
		}
	}
	t.Logf("%d pairs, %d snapshots on walks, refused: %v", compared, walks, refused)
	for _, what := range []string{"state", "timer", "event", "payload", "data", "history"} {
		if refused[what] == 0 {
			t.Errorf("no %s of %d pairs is refused: the test shows nothing about it", what, compared)
		}
	}
}

// reported are the names of what diff says is refused.
func reported(changes verify.Changes) map[string]bool {
	said := map[string]bool{}
	for _, c := range changes {
		if c.Affected == verify.Snapshots && c.Is == "refused" {
			said[c.What+" "+c.Name] = true
		}
	}
	return said
}

// keysOf are the keys of one kind of thing.
func keysOf(keys map[string]bool, what string) []string {
	all := slices.Collect(maps.Keys(keys))
	return slices.DeleteFunc(all, func(key string) bool { return !strings.HasPrefix(key, what+" ") })
}

// restore returns the key of a part that is refused, and nothing if another part of the snapshot is or none.
func restore(t *testing.T, m *spec.Machine, p stored.Part) string {
	t.Helper()
	text, err := json.Marshal(p.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	_, err = simulate.Restore(m, nil, nil, text, nil)
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*fsm.SnapshotError](err)
	if !ok {
		t.Fatalf("%s: %v", text, err)
	}
	return p.Refused(refused.Field, refused.Want)
}

// storeOnWalk takes a machine along a random walk and restores its snapshot after each move. It returns how many it
// restored.
func storeOnWalk(t *testing.T, old, now *spec.Machine, seed uint64, mayRefuse bool) int {
	t.Helper()
	oracle := &coins{walk: seed}
	m, err := simulate.New(old, oracle, nil)
	if err != nil {
		t.Fatal(err)
	}
	restored := 0
	for _, move := range spectest.Walk(seed, 20) {
		if move.Event >= 0 {
			_, _ = m.Send(spectest.Events[move.Event], simulate.Values{"n": move.N})
		} else {
			m.Advance(move.Wait)
		}
		s, err := m.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := simulate.Restore(old, oracle, nil, text, nil)
		if err != nil {
			t.Fatalf("its own version refuses %s: %v\n%s", text, err, old.Source)
		}
		if diff := cmp.Diff(withoutInvokes(m), withoutInvokes(again)); diff != "" {
			t.Fatalf("the machine differs when it is restored (-stored +restored):\n%s\nof %s\n%s", diff, text, old.Source)
		}
		if _, err := simulate.Restore(now, oracle, nil, text, nil); err != nil && !mayRefuse {
			t.Fatalf("diff says nothing, and Restore refuses %s: %v\nof %s\nin %s", text, err, old.Source, now.Source)
		}
		restored++
	}
	return restored
}

// withoutInvokes is where a machine is, as a text. The work of invokes begins anew in a restored one.
func withoutInvokes(m *simulate.Machine) string {
	s, err := m.Snapshot()
	if s.Ended {
		s.Memories = nil // a machine that has ended enters nothing any more
	}
	text, _ := json.MarshalIndent(s, "", " ")
	return fmt.Sprint(string(text), err, m.Err())
}
