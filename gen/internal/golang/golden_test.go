package golang_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/gen/internal/golang"
	"github.com/fsmgen/fsmgen/spec"
)

// golden is an archive of a spec and the two files of Go code that it is to become, and where it has a fourth file the test.
type golden struct {
	path    string
	archive *txtar.Archive
}

// goldens returns every archive in testdata.
func goldens(t testing.TB) []golden {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("testdata has %d archives, %v", len(paths), err)
	}
	var all []golden
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, golden{path, archive})
	}
	return all
}

func (g golden) name() string { return strings.TrimSuffix(filepath.Base(g.path), ".txtar") }

// spec is the first file of the archive.
func (g golden) spec() txtar.File { return g.archive.Files[0] }

// want is what the spec becomes, as many files as the archive has.
func (g golden) want(t testing.TB) []txtar.File {
	t.Helper()
	files := append([]txtar.File{g.spec()}, generate(t, g.spec().Name, g.spec().Data)...)
	return files[:max(3, min(len(g.archive.Files), len(files)))]
}

// texts are files by their name. Comparing bytes takes cmp a hundred times longer than comparing texts.
func texts(files []txtar.File) map[string]string {
	texts := map[string]string{}
	for _, f := range files {
		texts[f.Name] = string(f.Data)
	}
	return texts
}

func TestFiles_GoldenCode(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name(), func(t *testing.T) {
			want := g.want(t)
			if *update {
				g.archive.Files = want
				write(t, g.path, txtar.Format(g.archive))
			}
			if diff := cmp.Diff(texts(g.archive.Files), texts(want)); diff != "" {
				t.Errorf("%s (-file +generated):\n%s", g.path, diff)
			}
		})
	}
}

func TestFiles_SameBytesForTheSameMachine(t *testing.T) {
	for _, g := range goldens(t) {
		first := texts(generate(t, g.spec().Name, g.spec().Data))
		for range 3 {
			if diff := cmp.Diff(first, texts(generate(t, g.spec().Name, g.spec().Data))); diff != "" {
				t.Fatalf("%s: two runs differ:\n%s", g.path, diff)
			}
		}
	}
}

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

// flat is a spec with n states inside one that handles n events. One word more of an inner state can differ.
func flat(n int, inner string) []byte {
	var events, on, states strings.Builder
	for i := range n {
		fmt.Fprintf(&events, ", e%d: {}", i)
		fmt.Fprintf(&on, "e%d: s%d, ", i, i)
		fmt.Fprintf(&states, "      s%d: {%son: {next: s%d}}\n", i, inner, (i+1)%n)
	}
	return []byte("fsm: 1\nmachine: flat\nevents: {next: {}" + events.String() + "}\nactions: {a: {}}\ninitial: p\nstates:\n" +
		"  p:\n    initial: s0\n    on: {" + strings.TrimSuffix(on.String(), ", ") + "}\n    states:\n" + states.String())
}

func TestFile_GrowsWithTheLinesOfTheSpec(t *testing.T) {
	for name, inner := range map[string]string{"plain": "", "with an exit": "exit: a, ", "ignoring one": "ignore: e0, "} {
		t.Run(name, func(t *testing.T) {
			size := func(n int) int {
				bytes := 0
				for _, f := range generate(t, "flat.fsm.yaml", flat(n, inner))[:2] {
					bytes += len(f.Data)
				}
				return bytes
			}
			if small, large := size(40), size(80); large > small*5/2 {
				t.Errorf("40 states and events are %d bytes of Go, 80 are %d; want about twice as many", small, large)
			}
		})
	}
}
