package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/bench/engine"
	"github.com/fsmgen/fsmgen/internal/proc"
)

// TestMain lets the tests be the command: it has itself start machines.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-burst" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestBurst_GoalOfTimeAndMemory(t *testing.T) {
	tests := []struct {
		burst engine.Burst
		want  string
	}{
		{engine.Burst{Started: engine.StartGoal, Peak: engine.PeakGoal}, "≤ 2000 ms, ≤ 400 MB: met"},
		{engine.Burst{Started: engine.StartGoal + 1, Peak: 1}, "≤ 2000 ms, ≤ 400 MB: missed"},
		{engine.Burst{Started: 1, Peak: engine.PeakGoal + 1}, "≤ 2000 ms, ≤ 400 MB: missed"},
	}
	for _, tt := range tests {
		if got := verdict(tt.burst); got != tt.want {
			t.Errorf("%+v: %s; want %s", tt.burst, got, tt.want)
		}
	}
}

func TestCompare_TablesBetweenMarkers(t *testing.T) {
	path := document(t, "above\n"+begin+"old\n"+end+"below\n")
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), []string{"-rounds=1", "-loop=1us", "-echo=1us", "-machines=1000", "-sessions=1000", "-states=100", "-write", path}, &stdout, &stderr)
	if _, missing := errors.AsType[*proc.InterpreterError](err); missing {
		t.Skip(err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	content := read(t, path)
	if !strings.HasPrefix(content, "above\n"+begin) || !strings.HasSuffix(content, end+"below\n") {
		t.Errorf("what is around the markers has changed:\n%s", content)
	}
	for _, want := range []string{"Rounds: 1; ", "| generated machine |", "| pool.Execute |", "| the same again |", "### 1000 machines"} {
		if !strings.Contains(content, want) {
			t.Errorf("no %q in:\n%s", want, content)
		}
	}
	if strings.Contains(content, "old") || stdout.Len() > 0 {
		t.Errorf("the old tables are still there, or the new ones on standard output:\n%s\n%s", content, &stdout)
	}
}

func TestCompare_Only(t *testing.T) {
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), []string{"-rounds=1", "-echo=1us", "-only=^Execute"}, &stdout, &stderr)
	if _, missing := errors.AsType[*proc.InterpreterError](err); missing {
		t.Skip(err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	for line := range strings.Lines(stdout.String()) {
		if strings.HasPrefix(line, "### ") && !strings.HasPrefix(line, "### Execute") {
			t.Errorf("a table that was not asked for: %s", line)
		}
	}
	if !strings.Contains(stdout.String(), "\n### Execute") {
		t.Errorf("no table of what was asked for:\n%s", &stdout)
	}
}

func TestCompare_RefusalsBeforeMeasuring(t *testing.T) {
	tests := map[string][]string{
		"no markers":         {"-write", document(t, "nothing")},
		"the markers turned": {"-write", document(t, end+begin)},
		"no file":            {"-write", "missing.md"},
		"no rounds":          {"-rounds=0"},
		"no machines":        {"-machines=0"},
		"another crowd":      {"-burst=people"},
		"an argument":        {"fast"},
		"no regexp":          {"-only=("},
		"some tables only":   {"-only=Execute", "-write", document(t, begin+end)},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			if err := run(t.Context(), args, &stderr, &stderr); err == nil || strings.Contains(stderr.String(), "round 1") {
				t.Errorf("run = %v after:\n%s", err, &stderr)
			}
		})
	}
}

func document(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "benchmarks.md")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
