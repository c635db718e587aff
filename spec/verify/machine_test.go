package verify_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
	"github.com/fsmgen/fsmgen/spec/verify"
)

var update = flag.Bool("update", false, "write what the tests expect")

// Each archive is a spec, then what is said about it.
func TestMachine_GoldenFindings(t *testing.T) {
	for _, path := range archives(t, "testdata/machines/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			golden(t, path, 1, func(files []txtar.File) txtar.File {
				m := load(t, files[0].Name, files[0].Data)
				found, report := verify.Machine(m)
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

func written(found spec.Findings, r verify.Report) []byte {
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

// Every witness of every archive leads where its finding or its property says, in a machine that knows its params and
// data.
func TestMachine_WitnessesCanBeReplayed(t *testing.T) {
	replayed := 0
	for _, path := range archives(t, "testdata/machines/*.txtar") {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m := load(t, archive.Files[0].Name, archive.Files[0].Data)
		_, report := verify.Machine(m)
		for _, w := range report.Answers {
			replayed++
			machine := replay(t, m, w.Script)
			if leaf := machine.State().Name; !strings.Contains(w.Finding.Message, leaf) && !passed(machine, w.Finding.Message) {
				t.Errorf("%s: the witness of %q leads to %s:\n%v", path, w.Finding.Message, leaf, w.Script)
			}
		}
		for _, r := range report.Results {
			if r.Property.Kind != spec.Reachable || r.Verdict != verify.Proven {
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
func replay(t *testing.T, m *spec.Machine, script []simulate.Stimulus) *simulate.Machine {
	t.Helper()
	var text strings.Builder
	for _, s := range script {
		fmt.Fprintln(&text, s)
	}
	read, err := simulate.ParseScript(text.String())
	if err != nil {
		t.Fatal(err)
	}
	machine, answers, rest, err := simulate.Start(m, read, nil)
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
func passed(m *simulate.Machine, message string) bool {
	for _, e := range m.Transcript() {
		if e.Kind == simulate.Entered && strings.Contains(message, e.State) {
			return true
		}
	}
	return m.Err() != nil && strings.Contains(message, "ends with an error")
}

func entered(m *simulate.Machine, state string) bool {
	for _, e := range m.Transcript() {
		if e.Kind == simulate.Entered && e.State == state {
			return true
		}
	}
	return false
}

// What was not explored is not said to be impossible, and what was found stays found.
func TestWithin_CutOffClaimsNothing(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/machines/properties.txtar")
	if err != nil {
		t.Fatal(err)
	}
	found, report := verify.Within(load(t, "m.fsm.yaml", archive.Files[0].Data), verify.Limits{Configurations: 4})
	if report.Complete || report.Configurations != 4 {
		t.Errorf("explored %d configurations, complete: %t; want 4, cut off", report.Configurations, report.Complete)
	}
	for _, f := range found {
		if f.Code < "FSM073" {
			t.Errorf("%s is claimed: %s", f.Code, f.Message)
		}
	}
	want := map[string]verify.Verdict{
		"can be broken": verify.Proven, "can always end": verify.Open, "is never drained": verify.Open, "free is not taken": verify.Violated,
	}
	for _, r := range report.Results {
		if verdict, ok := want[r.Property.Name.Value]; ok && r.Verdict != verdict {
			t.Errorf("%v; want verdict %d", r, verdict)
		}
	}
}

func TestRoute_LeadsIntoState(t *testing.T) {
	m := load(t, "door.fsm.yaml", []byte(`fsm: 1
machine: door
events: {push: {}, lock: {}, unlock: {}}
guards: {oiled: {}}
initial: closed
states:
  closed: {on: {push: {guard: oiled, target: opened}, lock: locked}}
  locked: {on: {unlock: closed}}
  opened:
    initial: ajar
    after: {3s: closed}
    states: {ajar: {on: {push: wide}}, wide: {on: {push: {guard: "oiled && !oiled", target: gone}}}}
  gone: {type: final}
`))
	for state, want := range map[string]string{
		"closed": "", "locked": "send lock", "opened": "guard oiled true; send push",
		"wide": "guard oiled true; send push; send push", "gone": "none",
	} {
		for s := range m.All() {
			if s.Name != state {
				continue
			}
			if got := route(verify.Route(m, s)); got != want {
				t.Errorf("the route to %s is %q; want %q", state, got, want)
			}
		}
	}
}

func route(r verify.Result) string {
	if r.Verdict != verify.Proven {
		return "none"
	}
	var lines []string
	for _, s := range r.Witness {
		lines = append(lines, s.String())
	}
	return strings.Join(lines, "; ")
}

func TestExplain_ExamplesAreRightAndWrong(t *testing.T) {
	for _, rule := range verify.Rules() {
		page := verify.Explain(rule.Code)
		if !strings.HasPrefix(page, "# "+rule.Code+": ") {
			t.Errorf("the page of %s begins %.60q", rule.Code, page)
		}
		examples := blocks(page)
		if len(examples) == 0 && rule.Code == "FSM079" { // it would take a spec of hundreds of lines
			continue
		}
		if len(examples) != 2 {
			t.Errorf("the page of %s has %d examples; want 2", rule.Code, len(examples))
			continue
		}
		for i, example := range examples {
			found, _ := verify.Machine(load(t, rule.Code, []byte(example)))
			has := slices.ContainsFunc(found, func(f spec.Finding) bool { return f.Code == rule.Code })
			if wrong := i == 0; has != wrong {
				t.Errorf("%s, example %d: the finding is there: %t; want %t. Found: %v", rule.Code, i+1, has, wrong, found)
			}
		}
	}
}

// blocks returns the fenced examples of a page.
func blocks(page string) []string {
	var all []string
	for i, part := range strings.Split(page, "```") {
		if i%2 == 1 {
			all = append(all, strings.TrimPrefix(part, "yaml\n"))
		}
	}
	return all
}

func TestExplain_UnknownCode(t *testing.T) {
	if page := verify.Explain("FSM001"); page != "" {
		t.Errorf("FSM001 has a page: %.40q; want none, it is of package spec", page)
	}
}
