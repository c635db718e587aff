package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/gen/golang"
	"github.com/fsmgen/fsmgen/spec"
)

const door = `fsm: 1
machine: door
go: {package: doorfsm}
events:
  push: {}
initial: shut
states:
  shut: {on: {push: open}}
  open: {on: {push: shut}}
`

func writeSpec(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "door.fsm.yaml")
	if err := os.WriteFile(path, []byte(door), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestABugNamesTheSpecAndAsksForAReport(t *testing.T) {
	path := writeSpec(t)
	tests := []struct {
		name  string
		files func(*spec.Machine, gen.Options) ([]gen.File, error)
		want  string
	}{
		{
			"a panic", func(*spec.Machine, gen.Options) ([]gen.File, error) { panic("no such leaf") },
			"fsmgen: " + path + ": panic: no such leaf\n",
		},
		{
			"output that does not parse", func(*spec.Machine, gen.Options) ([]gen.File, error) {
				return nil, errors.New("golang: the output does not parse")
			},
			"fsmgen: " + path + ": golang: the output does not parse\n",
		},
	}
	for _, tt := range tests {
		for _, command := range []string{"generate", "check"} {
			t.Run(tt.name+" in "+command, func(t *testing.T) {
				var stdout, stderr bytes.Buffer
				broken := tool{stdout: &stdout, stderr: &stderr, files: tt.files}
				if code := broken.run([]string{command, path}, nil); code != exitBug {
					t.Errorf("exit code %d; want %d", code, exitBug)
				}
				if !strings.HasPrefix(stderr.String(), tt.want) || !strings.Contains(stderr.String(), issues) {
					t.Errorf("stderr is\n%s\nwant %q first and %s", &stderr, tt.want, issues)
				}
				if stdout.Len() > 0 {
					t.Errorf("stdout is %q; want nothing", &stdout)
				}
			})
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAResultThatCannotBeWrittenIsExitCode4(t *testing.T) {
	path := writeSpec(t)
	for _, args := range [][]string{
		{"version"},
		{"version", "--json"},
		{"diagram", path},
		{"completion", "bash"},
		{"completion", "zsh"},
		{"completion", "fish"},
		{"completion", "powershell"},
		{"generate", "--check", path},
		{"generate", path},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			var stderr bytes.Buffer
			if code := run(args, nil, full{}, &stderr); code != exitUnusable {
				t.Errorf("exit code %d; want %d", code, exitUnusable)
			}
			if want := "fsmgen: no space left\n"; stderr.String() != want {
				t.Errorf("stderr is %q; want %q", &stderr, want)
			}
		})
	}
}

func TestFindingsThatCannotBePrintedAreExitCode4(t *testing.T) {
	path := writeSpec(t)
	if err := os.WriteFile(path, []byte("fsm: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code := run([]string{"check", path}, nil, io.Discard, full{}); code != exitUnusable {
		t.Errorf("exit code %d; want %d", code, exitUnusable)
	}
}

func TestEveryClashIsFoundHoweverItIsWrapped(t *testing.T) {
	a, b, c := &golang.ClashError{Name: "A"}, &golang.ClashError{Name: "B"}, &golang.ClashError{Name: "C"}
	err := fmt.Errorf("gen: %w", errors.Join(a, errors.New("else"), fmt.Errorf("golang: %w", errors.Join(b, c))))
	var names []string
	for _, c := range clashes(err) {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != "A B C" {
		t.Errorf("clashes found: %s; want A B C", got)
	}
	if got := clashes(errors.New("else")); got != nil {
		t.Errorf("clashes of another error: %v; want none", got)
	}
}

// The rules are named by code, so a finding of the command has to mean what its rule says.
func TestTheFindingsOfTheCommandHaveRules(t *testing.T) {
	for code, about := range map[string]string{codeCollision: "Go names", codePackage: "directory"} {
		ok := false
		for _, r := range spec.Rules() {
			ok = ok || r.Code == code && r.Severity == spec.Error && strings.Contains(r.Summary, about)
		}
		if !ok {
			t.Errorf("no rule %s about %q", code, about)
		}
	}
}
