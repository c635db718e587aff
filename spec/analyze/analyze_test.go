package analyze_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/analyze"
	"github.com/fsmgen/fsmgen/spec/interp"
)

var update = flag.Bool("update", false, "write what the tests expect")

// Each archive is a spec, then what is said about it.
func TestWhatIsSaidAboutMachines(t *testing.T) {
	for _, path := range archives(t, "testdata/machines/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			golden(t, path, 1, func(files []txtar.File) txtar.File {
				m := load(t, files[0].Name, files[0].Data)
				found, report := analyze.Machine(m)
				return txtar.File{Name: "report", Data: written(found, report)}
			})
		})
	}
}

func archives(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives match %s: %v", pattern, err)
	}
	return paths
}

// golden compares the file behind the first n of an archive with what those make.
func golden(t *testing.T, path string, n int, make func([]txtar.File) txtar.File) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := archive.Files[:n:n]
	got := txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: append(files, make(files))})
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(txtar.Format(archive)), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func written(found spec.Findings, r analyze.Report) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%d configurations, complete: %t\n", r.Configurations, r.Complete)
	for _, f := range found {
		fmt.Fprintf(&out, "%d:%d: %v: %s [%s]\n", f.Pos.Line, f.Pos.Column, f.Severity, f.Message, f.Code)
		for _, related := range f.Related {
			fmt.Fprintf(&out, "  see %d:%d: %s\n", related.Pos.Line, related.Pos.Column, related.Message)
		}
		fmt.Fprintf(&out, "  %s\n", f.Help)
	}
	for _, result := range r.Results {
		fmt.Fprintln(&out, result)
	}
	for _, cell := range r.Undecided {
		fmt.Fprintf(&out, "undecided: %s on %s\n", cell.Leaf.Name, cell.Event.Name)
	}
	return out.Bytes()
}

func load(t testing.TB, path string, source []byte) *spec.Machine {
	t.Helper()
	m, found := spec.Load(path, source)
	if !found.HasErrors() {
		return m
	}
	for _, f := range found {
		t.Errorf("%s:%d:%d: %s [%s]", path, f.Pos.Line, f.Pos.Column, f.Message, f.Code)
	}
	t.FailNow()
	return nil
}

// Every witness of every archive leads where its finding or its property says, in a machine that knows its params and data.
func TestWitnessesCanBeReplayed(t *testing.T) {
	replayed := 0
	for _, path := range archives(t, "testdata/machines/*.txtar") {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m := load(t, archive.Files[0].Name, archive.Files[0].Data)
		_, report := analyze.Machine(m)
		for _, w := range report.Answers {
			replayed++
			machine := replay(t, m, w.Script)
			if leaf := machine.State().Name; !strings.Contains(w.Finding.Message, leaf) && !passed(machine, w.Finding.Message) {
				t.Errorf("%s: the witness of %q leads to %s:\n%v", path, w.Finding.Message, leaf, w.Script)
			}
		}
		for _, r := range report.Results {
			if r.Property.Kind != spec.Reachable || r.Verdict != analyze.Proven {
				continue
			}
			replayed++
			if machine := replay(t, m, r.Witness); !entered(machine, r.Property.State.Value) {
				t.Errorf("%s: the witness of %v does not enter %s:\n%v", path, r, r.Property.State.Value, r.Witness)
			}
		}
	}
	if replayed < 10 {
		t.Errorf("replayed %d witnesses; want at least 10", replayed)
	}
}

// replay reads a script as text and runs it.
func replay(t *testing.T, m *spec.Machine, script []interp.Stimulus) *interp.Machine {
	t.Helper()
	var text strings.Builder
	for _, s := range script {
		fmt.Fprintln(&text, s)
	}
	read, err := interp.ParseScript(text.String())
	if err != nil {
		t.Fatal(err)
	}
	machine, answers, rest, err := interp.Start(m, read, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range rest {
		if err := s.Apply(machine, answers); err != nil {
			t.Fatalf("%v\nof the script:\n%s", err, &text)
		}
	}
	return machine
}

// passed reports whether a message names a state that the machine was in on the way.
func passed(m *interp.Machine, message string) bool {
	for _, e := range m.Transcript() {
		if e.Kind == interp.Entered && strings.Contains(message, e.State) {
			return true
		}
	}
	return m.Err() != nil && strings.Contains(message, "ends with an error")
}

func entered(m *interp.Machine, state string) bool {
	for _, e := range m.Transcript() {
		if e.Kind == interp.Entered && e.State == state {
			return true
		}
	}
	return false
}

// What was not explored is not said to be impossible, and what was found stays found.
func TestNothingIsClaimedAboutWhatWasCutOff(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/machines/properties.txtar")
	if err != nil {
		t.Fatal(err)
	}
	found, report := analyze.Within(load(t, "m.fsm.yaml", archive.Files[0].Data), analyze.Limits{Configurations: 4})
	if report.Complete || report.Configurations != 4 {
		t.Errorf("explored %d configurations, complete: %t; want 4, cut off", report.Configurations, report.Complete)
	}
	for _, f := range found {
		if f.Code < "FSM073" {
			t.Errorf("%s is claimed: %s", f.Code, f.Message)
		}
	}
	want := map[string]analyze.Verdict{
		"can be broken": analyze.Proven, "can always end": analyze.Open, "is never drained": analyze.Open, "free is not taken": analyze.Violated,
	}
	for _, r := range report.Results {
		if verdict, ok := want[r.Property.Name.Value]; ok && r.Verdict != verdict {
			t.Errorf("%v; want verdict %d", r, verdict)
		}
	}
}
