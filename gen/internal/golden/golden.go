// Package golden compares the outputs of a generator with committed files.
//
// It is for tests: every output draws the same machines, so that what one of them shows can be looked for in another.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/fsmgen/fsmgen/spec"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata")

// Update reports whether expected outputs are to be written rather than compared.
func Update() bool { return *update }

// Machines are those that every output is tried with: one without anything special, and one with every word of the
// language. The test must be in a directory beside this one.
func Machines(t *testing.T) []*spec.Machine {
	t.Helper()
	paths, err := filepath.Glob("../testdata/*.fsm.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("../testdata has no spec: %v", err)
	}
	var machines []*spec.Machine
	for _, path := range paths {
		machines = append(machines, Load(t, path))
	}
	return machines
}

// Load reads a spec that has no errors.
func Load(t *testing.T, path string) *spec.Machine {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, found := spec.Load(path, source)
	if found.HasErrors() {
		t.Fatal(found)
	}
	return m
}

// Check compares what output makes of each of [Machines] with the file testdata/NAME.ext, and makes it twice, as the
// same machine has to give the same bytes. With -update the files are written.
func Check(t *testing.T, ext string, output func(*spec.Machine) string) {
	t.Helper()
	for _, m := range Machines(t) {
		name := strings.TrimSuffix(filepath.Base(m.Path), ".fsm.yaml") + "." + ext
		t.Run(name, func(t *testing.T) {
			got := output(m)
			if again := output(Load(t, m.Path)); again != got {
				t.Errorf("two outputs of one machine differ:\n%s", diff.Diff("first", []byte(got), "second", []byte(again)))
			}
			path := filepath.Join("testdata", name)
			if *update {
				write(t, path, got)
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != got {
				t.Errorf("%s differs:\n%s", path, diff.Diff("want", want, "got", []byte(got)))
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
