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

// committed is a spec whose Go code is part of this module.
type committed struct{ spec, dir string }

func allCommitted(t testing.TB) []committed {
	t.Helper()
	var all []committed
	for _, pattern := range []string{"../../spec/*.fsm.yaml", "*fsm/*.fsm.yaml"} {
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

func TestCommittedCodeIsWhatTheSpecsSay(t *testing.T) {
	for _, c := range allCommitted(t) {
		t.Run(filepath.Base(c.dir), func(t *testing.T) {
			for i, want := range generate(t, c.spec, read(t, c.spec)) {
				path := filepath.Join(c.dir, want.Name)
				if _, err := os.Stat(path); i > 0 && err != nil {
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

// generate returns the Go file of a spec that has no errors, and the test of it.
func generate(t testing.TB, path string, source []byte) []txtar.File {
	t.Helper()
	m := load(t, path, source)
	var files []txtar.File
	for _, output := range []func(*spec.Machine) (string, []byte, error){golang.File, golang.Tests} {
		name, content, err := output(m)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, txtar.File{Name: name, Data: content})
	}
	return files
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
