package golang_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/gen/golang"
	"github.com/fsmgen/fsmgen/spec"
)

var update = flag.Bool("update", false, "write what the tests expect")

// committed are the specs whose Go code is part of this module.
var committed = []struct{ spec, dir string }{
	{"../../spec/worker.fsm.yaml", "../../generated/workerfsm"},
	{"../../spec/pool.fsm.yaml", "../../generated/poolfsm"},
	{"doorfsm/door.fsm.yaml", "doorfsm"},
}

func TestCommittedCodeIsWhatTheSpecsSay(t *testing.T) {
	for _, c := range committed {
		t.Run(filepath.Base(c.dir), func(t *testing.T) {
			want := generate(t, c.spec, read(t, c.spec))
			path := filepath.Join(c.dir, want.Name)
			if *update {
				write(t, path, want.Data)
			}
			if diff := cmp.Diff(string(want.Data), string(read(t, path))); diff != "" {
				t.Errorf("%s is stale (-want +got):\n%s", path, diff)
			}
		})
	}
}

// generate returns the Go file of a spec that has no errors.
func generate(t testing.TB, path string, source []byte) txtar.File {
	t.Helper()
	name, content, err := golang.File(load(t, path, source))
	if err != nil {
		t.Fatal(err)
	}
	return txtar.File{Name: name, Data: content}
}

func load(t testing.TB, path string, source []byte) *spec.Machine {
	t.Helper()
	m, found := spec.Load(path, source)
	if !found.HasErrors() {
		return m
	}
	for _, f := range found {
		t.Errorf("%s:%d:%d: %s", path, f.Pos.Line, f.Pos.Column, f.Message)
	}
	t.FailNow()
	return nil
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
