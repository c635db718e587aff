package simulate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/internal/spectest"
	"github.com/fsmgen/fsmgen/spec"
)

// generated is a random machine, and its Go code.
type generated struct {
	seed   uint64
	source string
	m      *spec.Machine
	files  []gen.File
}

const (
	walks = 10 // of one machine
	moves = 40 // of one walk
)

// batch is the number of machines in one program.
const batch = 250

// FSM_MACHINES is how many machines are compared; FSM_SEED is the first of their seeds. Walking a machine takes no time and
// compiling it does, so there are few machines and many walks. The default reaches every line of the generator that more of
// them do.
func TestMachine_GeneratedMachinesAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles machines")
	}
	count, first := setting(t, "FSM_MACHINES", 80), setting(t, "FSM_SEED", 1)
	for done := 0; done < count; done += batch {
		machines := generate(t, uint64(first+done), min(batch, count-done))
		compare(t, machines, run(t, machines))
	}
}

func setting(t *testing.T, name string, otherwise int) int {
	value := os.Getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// generate returns count machines of seeds from first on, and what their seeds are.
func generate(t *testing.T, first uint64, count int) []generated {
	t.Helper()
	var all []generated
	for seed := first; len(all) < count; seed++ {
		name := fmt.Sprintf("m%d", len(all))
		g := generated{seed: seed, source: spectest.Source(seed, spectest.All, name)}
		m, found := spec.Load("m.fsm.yaml", []byte(g.source))
		if found.HasErrors() {
			continue // the seed has put together a `*` that stands for nothing
		}
		files, err := gen.Files(m, gen.Options{Only: []gen.Kind{gen.Go}})
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, g.source)
		}
		g.m, g.files = m, files
		all = append(all, g)
	}
	return all
}

// uses reports whether the code of a machine has a word.
func (g generated) uses(word string) bool {
	return slices.ContainsFunc(g.files, func(f gen.File) bool { return bytes.Contains(f.Content, []byte(word)) })
}

// run compiles the machines into one program and returns the lines of each walk of each.
func run(t *testing.T, machines []generated) [][][]string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "go.mod", []byte("module github.com/fsmgen/fsmgen/difference\n\ngo 1.26\n\nrequire github.com/fsmgen/fsmgen v0.0.0\n\n"+
		"replace github.com/fsmgen/fsmgen => "+root+"\n"))
	for i, g := range machines {
		for _, f := range g.files {
			put(t, dir, fmt.Sprintf("m%d/%s", i, f.Path), f.Content)
		}
	}
	put(t, dir, "drive_test.go", driver(t, machines))
	cmd := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-count=1",
		"-gcflags=github.com/fsmgen/fsmgen/difference/...=-N -l", "-ldflags=-s -w", ".") // what takes long is compiling
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	content, err := os.ReadFile(filepath.Join(dir, "lines.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lines [][][]string
	if err := json.Unmarshal(content, &lines); err != nil {
		t.Fatal(err)
	}
	return lines
}

func put(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644))
	if err != nil {
		t.Fatal(err)
	}
}

// driver returns the program that walks the machines.
func driver(t *testing.T, machines []generated) []byte {
	t.Helper()
	source, err := os.ReadFile("testdata/driver.go.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	functions := template.FuncMap{
		"walks": func() int { return walks },
		"seed":  func(g generated) uint64 { return g.seed },
		"uses":  generated.uses,
	}
	parsed := template.Must(template.New("driver").Funcs(functions).Parse(string(source)))
	if err := parsed.Execute(&out, machines); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// refusal matches the guards of an error, of which the generated code leaves out those that others imply.
var refusal = regexp.MustCompile(`( is refused in state \w+): .* holds?$`)

func withoutGuards(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = refusal.ReplaceAllString(line, "$1")
	}
	return out
}

func compare(t *testing.T, machines []generated, got [][][]string) {
	t.Helper()
	for i, g := range machines {
		for walk := range walks {
			seed := g.seed*walks + uint64(walk)
			want := walkInterp(t, g.m, seed, spectest.Walk(seed, moves))
			if diff := cmp.Diff(withoutGuards(want), withoutGuards(got[i][walk])); diff != "" {
				t.Errorf("seed %d, walk %d (-interpreted +generated):\n%s\nof the spec:\n%s", g.seed, walk, diff, g.source)
				break
			}
		}
	}
}
