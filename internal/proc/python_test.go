package proc_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// script writes a shell script and returns its path.
func script(t *testing.T, text string, elements ...string) string {
	t.Helper()
	path := placed(t, 0o755, elements...)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindPython_WhatTheInterpreterSays(t *testing.T) {
	for name, tt := range map[string]struct {
		script string
		what   string // of the error, behind the path of the script
		major  int
		minor  int
	}{
		"its version":            {"echo fsmpool-python 3 11 /bin/sh", "", 3, 11},
		"lines around it":        {"echo using 3.14; echo fsmpool-python 3 14 /bin/sh; echo really >&2; echo bye", "", 3, 14},
		"on standard error":      {"echo fsmpool-python 3 14 /bin/sh >&2", "", 0, 0},
		"nothing":                {"exit 0", "", 0, 0},
		"half an answer":         {"echo fsmpool-python 3", "", 0, 0},
		"a failure":              {"echo no such version >&2; exit 127", ": exit status 127: no such version", 0, 0},
		"a failure by a signal":  {"kill -KILL $$", ": killed by SIGKILL: ", 0, 0},
		"an interpreter unknown": {"", "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, want := filepath.Join(dir, "python3"), ""
			if tt.script != "" {
				script(t, "#!/bin/sh\n"+tt.script+"\n", path)
			} else {
				want = "not found in PATH " + dir
			}
			if tt.what != "" {
				want = path + tt.what
			}
			got, err := proc.FindPython(t.Context(), "python3", "", []string{"PATH=" + dir})
			if want != "" {
				text := `proc: interpreter "python3": ` + want + "; install it or name another one"
				if _, ok := errors.AsType[*proc.InterpreterError](err); !ok || err.Error() != text {
					t.Errorf("error %q; want %q", err, text)
				}
				return
			}
			if err != nil || got.Path != path || got.Major != tt.major || got.Minor != tt.minor {
				t.Errorf("FindPython() = %+v, %v; want version %d.%d", got, err, tt.major, tt.minor)
			}
		})
	}
}

func TestFindPython_OnlyShimsOfVersionManagersAreResolved(t *testing.T) {
	const answer = "echo fsmpool-python 3 11 /bin/sh\nexit\n"
	for name, tt := range map[string]struct {
		dir, text string
		want      string // empty for the script itself
	}{
		"pyenv":                   {"shims", answer + `exec "/home/me/.pyenv/libexec/pyenv" exec "$program" "$@"` + "\n", "/bin/sh"},
		"asdf":                    {"shims", answer + `exec asdf exec "python3" "$@"` + "\n", "/bin/sh"},
		"a wrapper":               {"bin", answer + `exec python3 "$@"` + "\n", ""},
		"a wrapper among shims":   {"shims", answer + `exec python3 "$@"` + "\n", ""},
		"a wrapper around a shim": {"bin", answer + `exec "/home/me/.pyenv/libexec/pyenv" exec "$program" "$@"` + "\n", ""},
		"a wrapper that mentions": {"shims", "# not for pyenv\n" + answer + `exec numactl exec python3` + "\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), tt.dir)
			path := script(t, "#!/bin/sh\n"+tt.text, dir, "python3")
			want := tt.want
			if want == "" {
				want = path
			}
			for _, name := range []string{"python3", path} {
				got, err := proc.FindPython(t.Context(), name, "", []string{"PATH=" + dir})
				if err != nil || got.Path != want {
					t.Errorf("FindPython(%s) = %+v, %v; want %s", name, got, err, want)
				}
			}
		})
	}
	t.Run("mise", func(t *testing.T) {
		dir := t.TempDir()
		manager := script(t, "#!/bin/sh\n"+answer, dir, "bin", "mise")
		shim := filepath.Join(dir, "shims", "python3")
		if err := errors.Join(os.Mkdir(filepath.Dir(shim), 0o755), os.Symlink(manager, shim)); err != nil {
			t.Fatal(err)
		}
		if got, err := proc.FindPython(t.Context(), shim, "", nil); err != nil || got.Path != "/bin/sh" {
			t.Errorf("FindPython() = %+v, %v; want what mise runs", got, err)
		}
	})
	t.Run("a shim that gives advice", func(t *testing.T) {
		path := script(t, "#!/bin/sh\necho not installed >&2; echo try this >&2; exit 127\nexec pyenv exec\n", t.TempDir(), "shims", "python3")
		if _, err := proc.FindPython(t.Context(), path, "", nil); err == nil || !strings.Contains(err.Error(), "exit status 127: not installed;") {
			t.Errorf("FindPython() = %v; want the first line", err)
		}
	})
	t.Run("a shim with a bad answer", func(t *testing.T) {
		for _, answer := range []string{"bin/sh", "/no/such/python", "/bin", ""} {
			path := script(t, "#!/bin/sh\necho fsmpool-python 3 11 "+answer+"\nexit\nexec pyenv exec\n", t.TempDir(), "shims", "python3")
			if got, err := proc.FindPython(t.Context(), path, "", nil); err != nil || got.Path != path {
				t.Errorf("FindPython() = %+v, %v for %q; want the shim itself", got, err, answer)
			}
		}
	})
}

func TestFindPython_ARelativePathIsLookedUpInTheDirectory(t *testing.T) {
	dir := t.TempDir()
	path := script(t, "#!/bin/sh\necho fsmpool-python 3 11 $PWD\n", dir, "bin", "python3")
	got, err := proc.FindPython(t.Context(), "bin/python3", dir, nil)
	if err != nil || got.Path != path {
		t.Errorf("FindPython() = %+v, %v; want %s", got, err, path)
	}
	_, err = proc.FindPython(t.Context(), "./python3", dir, nil)
	want := `proc: interpreter "./python3": ` + filepath.Join(dir, "python3") + ": no such file or directory; install it or name another one"
	if err == nil || err.Error() != want {
		t.Errorf("FindPython() = %v; want %s", err, want)
	}
}

func TestRequire_AnOlderInterpreterIsRefused(t *testing.T) {
	for _, tt := range []struct {
		major, minor int
		refused      bool
	}{{2, 7, true}, {3, 8, true}, {3, 9, false}, {3, 10, false}, {4, 0, false}, {0, 0, false}} {
		err := proc.Interpreter{Path: "/usr/bin/python", Major: tt.major, Minor: tt.minor}.Require(3, 9)
		if _, ok := errors.AsType[*proc.InterpreterError](err); ok != tt.refused {
			t.Errorf("Require(3, 9) of %d.%d = %v; want refused: %v", tt.major, tt.minor, err, tt.refused)
		}
	}
	const want = `proc: interpreter "": /usr/bin/python is Python 3.8; want 3.9 or newer; install it or name another one`
	if err := (proc.Interpreter{Path: "/usr/bin/python", Major: 3, Minor: 8}).Require(3, 9); err.Error() != want {
		t.Errorf("error %q; want %q", err, want)
	}
}

func TestFindPython_OneThatHangsEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	script(t, "#!/bin/sh\ntrap '' TERM\necho >asked\nwhile :; do :; done\n", dir, "python3")
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the reason")
	cancel(reason)
	got, err := proc.FindPython(ctx, "python3", dir, []string{"PATH=" + dir})
	if got.Path != "" || !errors.Is(err, reason) {
		t.Errorf("FindPython() = %+v, %v; want the cause of the context's end", got, err)
	}
}

func TestFindPython_ARealOneSaysItsVersion(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	env := proc.BaseEnv(os.Environ())
	found, err := proc.FindPython(t.Context(), "python3", "", env)
	if err != nil || found.Major != 3 || found.Minor < 6 {
		t.Fatalf("FindPython() = %+v, %v", found, err)
	}
	if err := found.Require(found.Major, found.Minor); err != nil {
		t.Error(err)
	}
	got, err := found.Ask(t.Context(), "", env, "print(1); import sys; print(*sys.version_info[:2])")
	if want := "3 "; err != nil || len(got) < 3 || got[:2] != want {
		t.Errorf("Ask() = %q, %v; want the last line", got, err)
	}
	if _, err := found.Ask(t.Context(), "", env, "import no_such_module"); err == nil {
		t.Error("Ask() of code that fails returns no error")
	}
}
