// Package machines has the specs that the outputs are tried with. Only tests use it.
package machines

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

// All returns the machines that generators are tried with, and those of the project, by their paths below root, which is the
// directory of the module as the test sees it.
func All(t *testing.T, root string) map[string]*spec.Machine {
	t.Helper()
	all := map[string]*spec.Machine{}
	for _, pattern := range []string{"gen/internal/testdata/*.fsm.yaml", "spec/*.fsm.yaml", "gen/internal/golang/*/*.fsm.yaml"} {
		paths, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: nothing there: %v", pattern, err)
		}
		for _, path := range paths {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, found := spec.Load(path, source)
			if found.HasErrors() {
				t.Fatal(found)
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.ToSlash(name)] = m
		}
	}
	return all
}

// Text returns the output of a kind.
func Text(t *testing.T, m *spec.Machine, kind gen.Kind, highlighted ...*spec.State) string {
	t.Helper()
	text, err := gen.Text(m, kind, highlighted...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// markup is text that has a meaning to one of the tools, in every place of a diagram.
const markup = `%%{init}%% #lt;b#gt; &lt; <br/> <b>x</b> a --> b [*] end note ; ** x ** ~~y~~ "q" 'r' \n \l $$x$$ !x @enduml {x} // __u__ -- == :: | `

// Markup returns a machine with such text in every place of a diagram.
func Markup() *spec.Machine {
	hook := func(name string) *spec.HookRef { return &spec.HookRef{Text: spec.Text{Value: name}} }
	inner := &spec.State{Name: "inner", Kind: spec.Atomic, Entry: []*spec.HookRef{hook(markup)}}
	outer := &spec.State{
		Name: "outer", Kind: spec.Compound, Exit: []*spec.HookRef{hook(markup)}, Doc: spec.Text{Value: markup},
		States: []*spec.State{inner}, Initial: spec.Text{Value: "inner"}, InitialState: inner,
	}
	inner.Parent = outer
	transition := &spec.Transition{
		Source: inner, Guard: &spec.Condition{Text: spec.Text{Value: markup}}, Actions: []*spec.HookRef{hook(markup)},
		Target: spec.Text{Value: "outer"}, To: outer,
	}
	event := spec.EventRef{Text: spec.Text{Value: "event"}, Event: &spec.Event{Name: "event"}}
	inner.On = []*spec.Handler{{Event: event, Transitions: []*spec.Transition{transition}}}
	return &spec.Machine{
		Path: "markup", Name: spec.Text{Value: "markup"}, Doc: spec.Text{Value: markup},
		States: []*spec.State{outer}, Initial: spec.Text{Value: "outer"}, InitialState: outer,
	}
}
