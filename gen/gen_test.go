package gen_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

const door = `
fsm: 1
machine: door
go: {package: doorfsm, out: ../generated/doorfsm}
events:
  push: {}
initial: shut
states:
  shut: {on: {push: open}}
  open: {}
`

func load(t *testing.T, path, source string) *spec.Machine {
	t.Helper()
	m, found := spec.Load(path, []byte(source))
	if found.HasErrors() {
		t.Fatal(found)
	}
	return m
}

func paths(files []gen.File) []string {
	var out []string
	for _, f := range files {
		out = append(out, filepath.ToSlash(f.Path))
	}
	return out
}

func TestFiles_PathsOfTheSpec(t *testing.T) {
	beside := strings.Replace(door, ", out: ../generated/doorfsm", "", 1)
	tests := []struct {
		name, path, source string
		opt                gen.Options
		want               []string
	}{
		{
			"out is relative to the spec", "spec/door.fsm.yaml", door,
			gen.Options{},
			[]string{"generated/doorfsm/door.fsm.go", "generated/doorfsm/door_support.fsm.go", "generated/doorfsm/door.fsm.md"},
		},
		{
			"out can lead out of the tree", "door.fsm.yaml", door,
			gen.Options{},
			[]string{"../generated/doorfsm/door.fsm.go", "../generated/doorfsm/door_support.fsm.go", "../generated/doorfsm/door.fsm.md"},
		},
		{
			"without out they lie beside the spec", "spec/door.fsm.yaml", beside,
			gen.Options{},
			[]string{"spec/door.fsm.go", "spec/door_support.fsm.go", "spec/door.fsm.md"},
		},
		{
			"they are named after the file, not the machine", "x.fsm.yaml", beside,
			gen.Options{},
			[]string{"x.fsm.go", "x_support.fsm.go", "x.fsm.md"},
		},
		{
			"Dir wins", "spec/door.fsm.yaml", door,
			gen.Options{Dir: "else"},
			[]string{"else/door.fsm.go", "else/door_support.fsm.go", "else/door.fsm.md"},
		},
		{
			"Only picks", "door.fsm.yaml", beside,
			gen.Options{Only: []gen.Kind{gen.Markdown}},
			[]string{"door.fsm.md"},
		},
		{
			"Tests adds the test", "door.fsm.yaml", beside,
			gen.Options{Tests: true},
			[]string{"door.fsm.go", "door_support.fsm.go", "door_fsm_test.go", "door.fsm.md"},
		},
		{
			"every kind has a name of its own", "door.fsm.yaml", beside,
			gen.Options{Only: []gen.Kind{
				gen.Go, gen.Tests, gen.Markdown, gen.Mermaid, gen.DOT, gen.PlantUML, gen.SVG, gen.XState, gen.Graph, gen.Table,
			}},
			[]string{
				"door.fsm.go", "door_support.fsm.go", "door_fsm_test.go", "door.fsm.md", "door.fsm.mmd", "door.fsm.dot", "door.fsm.puml", "door.fsm.svg",
				"door.fsm.xstate.json", "door.fsm.graph.json", "door.fsm.txt",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files, err := gen.Files(load(t, tt.path, tt.source), tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, paths(files)); diff != "" {
				t.Errorf("Files(%s) (-want +got):\n%s", tt.path, diff)
			}
		})
	}
}

func TestFiles_UnknownKind(t *testing.T) {
	_, err := gen.Files(load(t, "door.fsm.yaml", door), gen.Options{Only: []gen.Kind{"png"}})
	if err == nil || !strings.Contains(err.Error(), `gen: output "png": must be one of`) {
		t.Errorf("Files with an unknown output: error %v; want one that says which there are", err)
	}
}

func TestFiles_SameBytesForTheSameMachine(t *testing.T) {
	var first []gen.File
	for range 20 {
		files, err := gen.Files(load(t, "spec/door.fsm.yaml", door), gen.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = files
		}
		for i, f := range files {
			if f.Path != first[i].Path || !bytes.Equal(f.Content, first[i].Content) {
				t.Fatalf("%s differs from one run to the next", f.Path)
			}
		}
	}
}

func TestText_SameAsTheFileOfTheKind(t *testing.T) {
	m := load(t, "door.fsm.yaml", door)
	for _, kind := range gen.Kinds() {
		text, err := gen.Text(m, kind)
		if kind == gen.Go || kind == gen.Tests {
			if !errors.Is(err, gen.ErrNoText) {
				t.Errorf("Text of %s = %v; want ErrNoText", kind, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("Text of %s: %v", kind, err)
			continue
		}
		files, err := gen.Files(m, gen.Options{Only: []gen.Kind{kind}})
		if err != nil || len(files) != 1 {
			t.Fatalf("Files of %s = %d files, %v; want one", kind, len(files), err)
		}
		if diff := cmp.Diff(string(files[0].Content), text); diff != "" {
			t.Errorf("Text of %s (-file +text):\n%s", kind, diff)
		}
	}
}

func TestText_HighlightedState(t *testing.T) {
	m := load(t, "door.fsm.yaml", door)
	for _, kind := range gen.Kinds() {
		plain, err := gen.Text(m, kind)
		if err != nil {
			continue
		}
		marked, err := gen.Text(m, kind, m.States[0])
		switch kind {
		case gen.Mermaid, gen.DOT, gen.PlantUML, gen.SVG:
			if err != nil || marked == plain {
				t.Errorf("Text of %s with a state, %v: it does not differ from the text without", kind, err)
			}
		default:
			if !errors.Is(err, gen.ErrNoHighlight) {
				t.Errorf("Text of %s with a state = %v; want ErrNoHighlight", kind, err)
			}
		}
	}
}

func TestText_UnknownKind(t *testing.T) {
	_, err := gen.Text(load(t, "door.fsm.yaml", door), "pdf")
	if err == nil || !strings.Contains(err.Error(), `output "pdf": must be one of ["go"`) {
		t.Errorf("Text = %v; want an error that lists the kinds", err)
	}
}

func TestTransitions_NumbersOfTheGeneratedCode(t *testing.T) {
	all, err := gen.Transitions(load(t, "door.fsm.yaml", door))
	if err != nil || len(all) != 1 || all[0].From != "shut" || all[0].Event != "push" || all[0].To != "open" {
		t.Errorf("Transitions = %v, %v; want push from shut to open", all, err)
	}
}

func TestExplain_EveryName(t *testing.T) {
	m := load(t, "door.fsm.yaml", door)
	names := gen.Names(m)
	if diff := cmp.Diff([]string{"shut", "open", "push"}, names); diff != "" {
		t.Errorf("the names (-want +got):\n%s", diff)
	}
	for _, name := range names {
		if text, ok := gen.Explain(m, name); !ok || !strings.Contains(text, name) {
			t.Errorf("Explain(%s) = %q, %t", name, text, ok)
		}
	}
	if text, ok := gen.Explain(m, "window"); ok {
		t.Errorf("Explain(window) = %q; the machine has no such name", text)
	}
}

// Rows: D2, S1.
func TestFiles_CommittedFilesAreCurrent(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		opt     gen.Options
	}{
		{"../spec/*.fsm.yaml", gen.Options{}},
		{"../spec/*.fsm.yaml", gen.Options{Only: []gen.Kind{gen.Markdown}, Dir: "../docs/machines"}},
		{"internal/golang/*/*.fsm.yaml", gen.Options{}},
	} {
		specs, err := filepath.Glob(tt.pattern)
		if err != nil || len(specs) == 0 {
			t.Fatalf("%s: nothing there: %v", tt.pattern, err)
		}
		for _, path := range specs {
			t.Run(filepath.Join(filepath.Base(path), tt.opt.Dir), func(t *testing.T) {
				source, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				files, err := gen.Files(load(t, path, string(source)), tt.opt)
				if err != nil {
					t.Fatal(err)
				}
				diff, err := gen.Diff(files)
				if err != nil {
					t.Fatal(err)
				}
				if diff != "" {
					t.Errorf("run `make generate`: it would change\n%s", diff)
				}
			})
		}
	}
}
