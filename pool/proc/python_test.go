package proc_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/pool/proc"
)

func TestAnInterpreterSaysWhereItIs(t *testing.T) {
	for name, tt := range map[string]struct {
		script string // of the shim
		want   string
		what   string
	}{
		"a shim":             {"echo /bin/sh", "/bin/sh", ""},
		"a shim that talks":  {"echo using 3.14; echo /bin/sh; echo really >&2", "/bin/sh", ""},
		"a failure":          {"echo no such version >&2; exit 127", "", "exit status 127: no such version"},
		"silence":            {"exit 0", "", `answered "", which is no program`},
		"a relative path":    {"echo bin/sh", "", `answered "bin/sh", which is no program`},
		"a path to nothing":  {"echo /no/such/python", "", `answered "/no/such/python", which is no program`},
		"a signal":           {"kill -KILL $$", "", "killed by SIGKILL: "},
		"nothing executable": {"", "", "not found in PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.script != "" {
				shim := []byte("#!/bin/sh\n" + tt.script + "\n")
				if err := os.WriteFile(filepath.Join(dir, "python3"), shim, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			got, err := proc.ResolvePython(t.Context(), "python3", "", []string{"PATH=" + dir})
			if got != tt.want {
				t.Errorf("ResolvePython() = %q, %v; want %q", got, err, tt.want)
			}
			unresolved, _ := errors.AsType[*proc.InterpreterError](err)
			if tt.what == "" && err != nil || tt.what != "" && (unresolved == nil || unresolved.What != tt.what) {
				t.Fatalf("error %v; want %q", err, tt.what)
			}
			text := `proc: interpreter "python3": ` + tt.what + "; install it or name another one"
			if unresolved != nil && err.Error() != text {
				t.Errorf("error %q; want %q", err, text)
			}
		})
	}
}

func TestAnInterpreterThatHangsEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	shim := []byte("#!/bin/sh\ntrap '' TERM\necho >asked\nwhile :; do :; done\n")
	if err := os.WriteFile(filepath.Join(dir, "python3"), shim, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the reason")
	cancel(reason)
	path, err := proc.ResolvePython(ctx, "python3", dir, []string{"PATH=" + dir})
	if path != "" || !errors.Is(err, reason) {
		t.Errorf("ResolvePython() = %q, %v; want the cause of the context's end", path, err)
	}
}

func TestARealPythonIsFoundBehindItsShims(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	env := proc.BaseEnv(os.Environ())
	path, err := proc.ResolvePython(t.Context(), "python3", "", env)
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, proc.Spec{Path: path, Env: env, Args: []string{"-c", "import sys; print(sys.executable)"}})
	if exit := awaitExit(t, p); !exit.OK() || p.Tail() != path {
		t.Errorf("%s: %s, %q; want itself", path, exit, p.Tail())
	}
}
