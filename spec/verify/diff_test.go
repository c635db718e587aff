package verify_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/spec/verify"
)

// Each archive is an old spec, a new one, and what has changed.
func TestDiff_GoldenChanges(t *testing.T) {
	for _, path := range archives(t, "testdata/diff/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			golden(t, path, 2, func(files []txtar.File) txtar.File {
				changes := verify.Diff(load(t, files[0].Name, files[0].Data), load(t, files[1].Name, files[1].Data))
				var out bytes.Buffer
				if err := changes.WriteText(&out); err != nil {
					t.Fatal(err)
				}
				return txtar.File{Name: "changes", Data: out.Bytes()}
			})
		})
	}
}

func TestDiff_SameMachine(t *testing.T) {
	for seed := range uint64(50) {
		m := load(t, "m.fsm.yaml", []byte(spectest.Source(seed, spectest.All&^spectest.Wildcard, "m")))
		if changes := verify.Diff(m, m); len(changes) > 0 || changes.Level() != verify.None {
			t.Errorf("seed %d: %v", seed, changes)
		}
	}
}

func TestWriteJSON_Places(t *testing.T) {
	was := load(t, "old.fsm.yaml", []byte("fsm: 1\nmachine: m\nevents: {go: {}, halt: {}}\ninitial: a\nstates:\n  a: {on: {go: b, halt: b}}\n  b: {type: final}\n"))
	is := load(t, "new.fsm.yaml", []byte("fsm: 1\nmachine: m\nevents: {go: {}}\ninitial: a\nstates:\n  a: {on: {go: b}}\n  b: {type: final}\n"))
	var out bytes.Buffer
	if err := verify.Diff(was, is).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Level   string
		Changes []struct {
			Kind, What, Name, Level, Affected string
			Old                               struct{ Line, Column int }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Level != "major" || len(got.Changes) == 0 {
		t.Fatalf("changes are %+v; want some, and major", got)
	}
	first := got.Changes[0]
	if first.Kind != "removed" || first.What != "event" || first.Name != "halt" || first.Affected != "callers" || first.Old.Line != 3 {
		t.Errorf("the first change is %+v; want event halt removed, from line 3", first)
	}
}
