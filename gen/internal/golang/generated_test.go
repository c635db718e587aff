package golang_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/spec"
)

var update = flag.Bool("update", false, "write what the tests expect")

// committed is a spec with Go code in this module.
type committed struct{ spec, dir string }

func allCommitted(t testing.TB) []committed {
	t.Helper()
	var all []committed
	for _, pattern := range []string{"../../../spec/*.fsm.yaml", "*fsm/*.fsm.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: nothing there: %v", pattern, err)
		}
		for _, path := range paths {
			out := load(t, path, read(t, path)).Go.Out.Value
			all = append(all, committed{path, filepath.Join(filepath.Dir(path), filepath.FromSlash(out))})
		}
	}
	return all
}

func TestFiles_CommittedCodeIsCurrent(t *testing.T) {
	for _, c := range allCommitted(t) {
		t.Run(filepath.Base(c.dir), func(t *testing.T) {
			for i, want := range generate(t, c.spec, read(t, c.spec)) {
				path := filepath.Join(c.dir, want.Name)
				if _, err := os.Stat(path); i > 1 && err != nil {
					continue // most have no generated test
				}
				if *update {
					write(t, path, want.Data)
				}
				if diff := cmp.Diff(string(want.Data), string(read(t, path))); diff != "" {
					t.Errorf("%s is stale (-want +got):\n%s", path, diff)
				}
			}
		})
	}
}

// generate returns the Go files of a spec that has no errors, and the test of them.
func generate(t testing.TB, path string, source []byte) []txtar.File {
	t.Helper()
	made, err := files(load(t, path, source))
	if err != nil {
		t.Fatal(err)
	}
	var all []txtar.File
	for _, f := range made {
		all = append(all, txtar.File{Name: f.Name, Data: f.Content})
	}
	return all
}

// files returns all Go files of a machine, that of its test last.
func files(m *spec.Machine) ([]golang.File, error) {
	made, err := golang.Files(m)
	if err != nil {
		return nil, err
	}
	name, content, err := golang.Tests(m)
	return append(made, golang.File{Name: name, Content: content}), err
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
