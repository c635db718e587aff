package spec_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/fsmgen/fsmgen/spec"
)

var updateForms = flag.Bool("update-forms", false, "rewrite the canonical forms in testdata/format")

// Each archive holds a file as someone wrote it, and its canonical form.
func TestCanonical_GoldenForms(t *testing.T) {
	archives, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("testdata/format has no archive", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil || len(archive.Files) != 2 {
				t.Fatalf("%s: want an archive of a file and its form: %v", path, err)
			}
			got := canonical(t, archive.Files[0].Data)
			if *updateForms {
				archive.Files[1].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("%s: the form differs (-want +got):\n%s", path, diff)
			}
			if diff := cmp.Diff(got, canonical(t, []byte(got))); diff != "" {
				t.Errorf("%s: the form of the form differs (-form +form of form):\n%s", path, diff)
			}
		})
	}
}

func canonical(t *testing.T, src []byte) string {
	t.Helper()
	out, err := spec.Canonical(src)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestCanonical_KeepsMeaningOfOwnSpecs(t *testing.T) {
	for _, path := range []string{"worker.fsm.yaml", "pool.fsm.yaml"} {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := spec.Load(path, src)
		after, found := spec.Load(path, []byte(canonical(t, src)))
		if len(found) > 0 {
			t.Fatal(found)
		}
		var names [2][]string
		for i, m := range []*spec.Machine{before, after} {
			for s := range m.All() {
				names[i] = append(names[i], s.Path())
			}
		}
		if diff := cmp.Diff(names[0], names[1]); diff != "" {
			t.Errorf("%s: states (-before +after):\n%s", path, diff)
		}
	}
}

func TestCanonical_WrongYAML(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"no YAML", "a: b: c\n", "spec: format: line 1: "},
		{"nothing", "", "spec: format: line 1: the file is empty"},
		{"a list", "- a\n", "spec: format: line 1: expected a mapping, found a list"},
		{"a key that is a list", "a:\n  ? [x]\n  : y\n", "spec: format: line 2: expected a name as the key, found a list"},
		{"an anchor", "a: &x 1\n", "spec: format: line 1: a spec has no anchors"},
		{"two documents", "a: 1\n---\nb: 2\n", "spec: format: line 2: a second YAML document"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := spec.Canonical([]byte(tt.src))
			e, ok := errors.AsType[*spec.FormatError](err)
			if !ok || len(e.Findings) == 0 {
				t.Fatalf("error %v; want a *FormatError with findings", err)
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %q; want %q first", err, tt.want)
			}
		})
	}
}

// Comments and empty lines can be anywhere. Wherever they are, none is lost, and the form of the form is itself.
func TestCanonical_KeepsComments(t *testing.T) {
	seeds := []string{"worker.fsm.yaml", "pool.fsm.yaml", "../gen/internal/testdata/kitchen.fsm.yaml"}
	var specs [][]string
	for _, path := range seeds {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, strings.Split(strings.TrimSuffix(string(src), "\n"), "\n"))
	}
	rapid.Check(t, func(t *rapid.T) {
		lines := slices.Clone(rapid.SampledFrom(specs).Draw(t, "spec"))
		for i := range rapid.IntRange(1, 12).Draw(t, "comments") {
			at := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
			comment := fmt.Sprint("# comment ", i)
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				lines[at] += " " + comment
			case 1:
				lines = slices.Insert(lines, at, "")
			default:
				lines = slices.Insert(lines, at, strings.Repeat(" ", rapid.IntRange(0, 14).Draw(t, "indent"))+comment)
			}
		}
		src := strings.Join(lines, "\n") + "\n"
		once, err := spec.Canonical([]byte(src))
		if err != nil && !strings.Contains(err.Error(), "canonical form") {
			return // what was put in made it no YAML
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		twice, err := spec.Canonical(once)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(once), string(twice)); diff != "" {
			t.Fatalf("the form of the form differs (-form +form of form):\n%s\nof\n%s", diff, src)
		}
	})
}

// Whatever the file: what has a form has one form, and keeps its comments. That the meaning stays Canonical looks at
// itself, and says so if not.
func FuzzCanonical(f *testing.F) {
	for _, path := range []string{"worker.fsm.yaml", "pool.fsm.yaml"} {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	archives, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		once, err := spec.Canonical([]byte(src))
		if err != nil {
			if strings.Contains(err.Error(), "cannot be put in canonical form") {
				t.Error(err)
			}
			return
		}
		twice, err := spec.Canonical(once)
		if err != nil {
			t.Fatalf("the form has no form: %v\n%s", err, once)
		}
		if diff := cmp.Diff(string(once), string(twice)); diff != "" {
			t.Errorf("the form of the form differs (-form +form of form):\n%s", diff)
		}
	})
}
