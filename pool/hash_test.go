package pool

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// write writes a file below dir, with the directories above it.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// versionOf returns the label of what the source runs.
func versionOf(t *testing.T, s *ProcessSource, spec *proc.Spec) string {
	t.Helper()
	label, err := s.hash(spec)
	if err != nil || len(label) != 12 {
		t.Fatalf("hash = %q, %v; want 12 digits", label, err)
	}
	return label
}

// TestHash_WhatTellsVersionsApart changes one thing after the other: the label is another one, and that of before when the
// change is undone.
func TestHash_WhatTellsVersionsApart(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"script.py": "1", "program": "1", "app/work.py": "1", "app/tool/__main__.py": "1", "app/tool/__init__.py": "1", "other.py": "1",
	}
	for name, text := range files {
		write(t, dir, name, text)
	}
	script, program := ProcessSource{Script: "script.py", Dir: dir}, ProcessSource{Dir: dir}
	module, tool := ProcessSource{Module: "app.work", Dir: dir}, ProcessSource{Module: "app.tool", Dir: dir}
	python := proc.Spec{Path: "/usr/bin/python3", Args: []string{"ab", "c"}}
	own := proc.Spec{Path: filepath.Join(dir, "program")}
	for _, tt := range []struct {
		what   string
		source ProcessSource
		spec   proc.Spec
		change func(s *ProcessSource, spec *proc.Spec)
		same   bool
	}{
		{"nothing", script, python, func(*ProcessSource, *proc.Spec) {}, true},
		{"an argument more", script, python, func(_ *ProcessSource, spec *proc.Spec) { spec.Args = []string{"ab", "c", "d"} }, false},
		{"arguments that are the same in a row", script, python, func(_ *ProcessSource, spec *proc.Spec) { spec.Args = []string{"a", "bc"} }, false},
		{"the interpreter", script, python, func(_ *ProcessSource, spec *proc.Spec) { spec.Path = "/usr/bin/python4" }, false},
		{"a variable", script, python, func(s *ProcessSource, _ *proc.Spec) { s.AddEnv = []string{"A=1"} }, false},
		{"the configuration", script, python, func(s *ProcessSource, _ *proc.Spec) { s.Config = []byte("1") }, false},
		{"the script", script, python, func(*ProcessSource, *proc.Spec) { write(t, dir, "script.py", "2") }, false},
		{"another file", script, python, func(*ProcessSource, *proc.Spec) { write(t, dir, "other.py", "2") }, true},
		{"the file of a module", module, python, func(*ProcessSource, *proc.Spec) { write(t, dir, "app/work.py", "2") }, false},
		{"the main file of a package", tool, python, func(*ProcessSource, *proc.Spec) { write(t, dir, "app/tool/__main__.py", "2") }, false},
		{"the first file of a package", tool, python, func(*ProcessSource, *proc.Spec) { write(t, dir, "app/tool/__init__.py", "2") }, false},
		{"the program", program, own, func(*ProcessSource, *proc.Spec) { write(t, dir, "program", "2") }, false},
	} {
		before := versionOf(t, &tt.source, &tt.spec)
		source, spec := tt.source, tt.spec
		tt.change(&source, &spec)
		if after := versionOf(t, &source, &spec); (after == before) != tt.same {
			t.Errorf("%s: %s becomes %s; want the same label: %v", tt.what, before, after, tt.same)
		}
		for name, text := range files {
			write(t, dir, name, text)
		}
		if again := versionOf(t, &tt.source, &tt.spec); again != before {
			t.Errorf("%s: undone it is %s; want %s again", tt.what, again, before)
		}
	}
}

// TestHash_FileThatIsNotThere does without it. Another failure is one.
func TestHash_FileThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	gone := ProcessSource{Script: "gone.py", Dir: dir}
	versionOf(t, &gone, &proc.Spec{Path: "python3"})
	if label, err := (&ProcessSource{}).hash(&proc.Spec{Path: dir}); err == nil {
		t.Errorf("the hash of a directory is %s; want an error", label)
	}
}
