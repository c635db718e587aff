package mermaid

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/toolcheck/machines"
)

// The project's own machines and those of the diagram's golden files.
//
// Rows: S1.
func TestMermaid_EveryStateAndTransition(t *testing.T) {
	t.Parallel()
	roundTrip(t, slices.Concat(ownMachines(t), goldenMachines(t)))
}

func TestMermaid_MarkupInText(t *testing.T) {
	t.Parallel()
	roundTrip(t, textMachines())
}

// roundTrip compares what Mermaid understands of the diagrams of machines with the machines.
func roundTrip(t *testing.T, all []*spec.Machine) {
	t.Helper()
	diagrams := map[string]string{}
	for _, m := range all {
		diagrams[m.Path] = machines.Text(t, m, gen.Mermaid)
	}
	answers := understand(t, diagrams)
	for _, m := range all {
		t.Run(m.Path, func(t *testing.T) {
			answer := answers[m.Path]
			if answer.Error != "" {
				t.Fatalf("Mermaid does not understand it: %s\n%s", answer.Error, diagrams[m.Path])
			}
			if diff := cmp.Diff(ofMachine(m), ofAnswer(answer)); diff != "" {
				t.Errorf("Mermaid shows something else than the spec says (-spec +diagram):\n%s\n%s", diff, diagrams[m.Path])
			}
		})
	}
}

// ownMachines are those of every spec in the project that is no test data.
func ownMachines(t *testing.T) []*spec.Machine {
	t.Helper()
	var machines []*spec.Machine
	for _, path := range projectFiles(t, ".fsm.yaml") {
		machines = append(machines, load(t, path, read(t, path)))
	}
	return machines
}

func goldenMachines(t *testing.T) []*spec.Machine {
	t.Helper()
	var machines []*spec.Machine
	for _, path := range []string{"../../gen/internal/testdata/kitchen.fsm.yaml", "../../gen/internal/testdata/door.fsm.yaml"} {
		machines = append(machines, load(t, path, read(t, path)))
	}
	archives, err := filepath.Glob("../../gen/internal/mermaid/testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no golden diagrams", err)
	}
	for _, path := range archives {
		archive := txtar.Parse(read(t, path))
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".fsm.yaml") {
				machines = append(machines, load(t, filepath.Join(path, file.Name), file.Data))
			}
		}
	}
	return machines
}

func load(t *testing.T, path string, source []byte) *spec.Machine {
	t.Helper()
	m, found := spec.Load(path, source)
	if found.HasErrors() {
		t.Fatal(found)
	}
	return m
}

// textMachines hold text that no spec allows yet, in every place of a diagram: what has a meaning to Mermaid, HTML or
// Markdown, and each printable character of ASCII, and some beyond, next to each other one.
func textMachines() []*spec.Machine {
	machines := []*spec.Machine{textMachine("text of markup", strings.Join([]string{
		`%%{init: {"theme": "dark"}}%%`, "%% comment", "#lt;b#gt;", "#60;", "&lt;b&gt;", "<br/>", "<b>x</b>", "a --> b", "[*]",
		"end note", "style a fill:#fff;", "classDef a fill:#fff;", "**x**", "~~x~~", "`x`", "$$x^2$$", `\n`, "fa:fa-car", "x:::y", "{x}",
	}, " "))}
	const beyond = "é→ﬂ°¶ß日𝛼"
	var ascii strings.Builder
	for r := ' '; r <= '~'; r++ {
		ascii.WriteRune(r)
	}
	for first := range strings.SplitSeq(ascii.String()+beyond, "") {
		var pairs strings.Builder
		for second := range strings.SplitSeq(ascii.String()+beyond, "") {
			pairs.WriteString("a" + first + second)
		}
		machines = append(machines, textMachine(fmt.Sprintf("text %x", first), pairs.String()+"z"))
	}
	return machines
}

func textMachine(path, text string) *spec.Machine {
	hook := func(name string) *spec.HookRef { return &spec.HookRef{Text: spec.Text{Value: name}} }
	inner := &spec.State{Name: "inner", Kind: spec.Atomic, Entry: []*spec.HookRef{hook(text)}}
	outer := &spec.State{
		Name: "outer", Kind: spec.Compound, Exit: []*spec.HookRef{hook(text)},
		States: []*spec.State{inner}, Initial: spec.Text{Value: "inner"}, InitialState: inner,
	}
	inner.Parent = outer
	leave := func(guard, action string) *spec.Transition {
		return &spec.Transition{
			Source: inner, Guard: &spec.Condition{Text: spec.Text{Value: guard}}, Actions: []*spec.HookRef{hook(action)},
			Target: spec.Text{Value: "outer"}, To: outer,
		}
	}
	inner.On = []*spec.Handler{{
		Event:       spec.EventRef{Text: spec.Text{Value: "event"}},
		Transitions: []*spec.Transition{leave(text, "x"), leave("x", text)},
	}}
	return &spec.Machine{
		Path: path, Name: spec.Text{Value: "texts"}, Doc: spec.Text{Value: text},
		States: []*spec.State{outer}, Initial: spec.Text{Value: "outer"}, InitialState: outer,
	}
}
