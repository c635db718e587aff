package toolcheck

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/spec"
)

// machines are those that generators are tried with, and the project's own, by their paths.
func machines(t *testing.T) map[string]*spec.Machine {
	t.Helper()
	all := map[string]*spec.Machine{}
	for _, pattern := range []string{"../gen/testdata/*.fsm.yaml", "../spec/*.fsm.yaml", "../gen/golang/*/*.fsm.yaml"} {
		paths, err := filepath.Glob(pattern)
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
			all[path] = m
		}
	}
	return all
}

// markup is text that has a meaning to one of the tools, in every place of a diagram.
const markup = `%%{init}%% #lt;b#gt; &lt; <br/> <b>x</b> a --> b [*] end note ; ** x ** ~~y~~ "q" 'r' \n \l $$x$$ !x @enduml {x} // __u__ -- == :: | `

func markupMachine() *spec.Machine {
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
