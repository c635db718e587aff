package runtime_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var allMutations = flag.Bool("mutations", false, "make every mistake of testdata/mutations.txtar, which takes minutes")

// sampledMutations is how many mistakes are made without -mutations.
const sampledMutations = 2

func mutations(t *testing.T) []mutation {
	t.Helper()
	all, err := readMutations("testdata/mutations.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestMutations makes mistakes in the engine, one at a time, and demands that TestConformance notices. All of them:
//
//	go test ./runtime -run '^TestMutations$' -mutations
func TestMutations(t *testing.T) {
	todo := mutations(t)
	if !*allMutations {
		if testing.Short() {
			t.Skip("it builds the tests of the package anew")
		}
		todo = sample(todo, sampledMutations)
	}
	for _, m := range todo {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			notice(t, &m)
		})
	}
}

// sample returns n mistakes from all over the list.
func sample(all []mutation, n int) []mutation {
	var some []mutation
	for i := range n {
		some = append(some, all[i*len(all)/n])
	}
	return some
}

// notice builds the tests with the mistake, and fails if the conformance test does not. The scenarios of one rule each come
// first: what differs in one of them need not be tried on the others.
func notice(t *testing.T, m *mutation) {
	binary := filepath.Join(t.TempDir(), "mutated.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", binary, "-overlay", overlay(t, m), ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: a mistake that does not compile shows nothing\n%s", err, out)
	}
	for _, file := range []string{"named", "dev"} {
		if scenario := difference(t, binary, file); scenario != "" {
			t.Logf("noticed by %s", scenario)
			return
		}
	}
	t.Fatalf("TestConformance passes with this mistake, which breaks %s", strings.Join(m.rules, ", "))
}

// differs is a line of TestConformance about a scenario.
var differs = regexp.MustCompile(`_test\.go:\d+: ((?:R\d|dev-)[\w-]+): `)

// difference replays one file, and returns the first scenario that differs; empty if there is none. It waits for no more
// than that one, because with a mistake a machine may go on for ever.
func difference(t *testing.T, binary, file string) string {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	run := exec.CommandContext(ctx, binary, "-test.v", "-test.timeout=1m", "-test.run=^TestConformance$/^"+file)
	run.Env = append(os.Environ(), "FSM_CONFORMANCE=")
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	run.Stderr = run.Stdout
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if match := differs.FindStringSubmatch(lines.Text()); match != nil {
			cancel()
			_ = run.Wait() // it was killed
			return match[1]
		}
		said.WriteString(lines.Text() + "\n")
	}
	if err := run.Wait(); err != nil {
		t.Fatalf("%v without a difference: choose a mistake with which the machine goes on\n%s", err, &said)
	}
	return ""
}

// overlay writes the mutated files and the file that tells the go command of them.
func overlay(t *testing.T, m *mutation) string {
	t.Helper()
	changed, err := m.apply()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for file, source := range changed {
		original, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		replace[original] = filepath.Join(dir, file)
		if err := os.WriteFile(replace[original], []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTheListOfMutationsFitsTheEngine finds out what a change of the engine has made of the list, without building
// anything.
func TestTheListOfMutationsFitsTheEngine(t *testing.T) {
	all := mutations(t)
	if len(all) < 40 {
		t.Errorf("the list has %d mistakes; want at least 40", len(all))
	}
	names := map[string]bool{}
	for _, m := range all {
		if names[m.name] {
			t.Errorf("%q is there twice", m.name)
		}
		names[m.name] = true
		for _, r := range m.rules {
			if r < "R001" || r > "R109" {
				t.Errorf("%q breaks %s; want a rule from R001 to R109", m.name, r)
			}
		}
		changed, err := m.apply()
		if err != nil {
			t.Errorf("%q: %v", m.name, err)
		}
		for file, source := range changed {
			if _, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution); err != nil {
				t.Errorf("%q: %v", m.name, err)
			}
		}
	}
}

func TestAMutationIsReadAndApplied(t *testing.T) {
	const source = "a\n\tb\nc\nb\n\td\n"
	tests := []struct {
		title, patch string
		want         string // the source after it, or the error
	}{
		{"x (R001)", "@@ f\n-a\n+x\n", "x\n\tb\nc\nb\n\td\n"},
		{"x (R001, R002)", "@@ f\n-a\n b\n+x\n+\ty\n", "b\nx\ny\nc\nb\n\td\n"},
		{"x (R001)", "@@ f\n-b\n", "f has these lines 2 times; want once:\n\tb"},
		{"x (R001)", "@@ f\n-e\n+a\n", "f has these lines 0 times; want once:\n\te"},
		{"x", "@@ f\n-a\n", "the title does not end in rules, as in (R021, R022)"},
		{"x (R001)", "-a\n", "the patch does not begin with @@ and a file"},
		{"x (R001)", "@@ f\n+a\n", "a patch of f finds nothing or changes nothing"},
		{"x (R001)", "@@ f\n a\n", "a patch of f finds nothing or changes nothing"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %q", tt.title, tt.patch), func(t *testing.T) {
			m, err := parseMutation(tt.title, tt.patch)
			got := source
			for i := range m.hunks {
				if err == nil {
					got, err = m.hunks[i].apply(got)
				}
			}
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}
