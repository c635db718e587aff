package proc_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// file makes a file of its own for the test.
func file(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStart_ErrorNamesTheFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for name, tt := range map[string]struct {
		spec proc.Spec
		is   error
		what string
	}{
		"missing":        {proc.Spec{Path: missing}, fs.ErrNotExist, "no such file"},
		"a directory":    {proc.Spec{Path: t.TempDir()}, fs.ErrPermission, "is a directory"},
		"not absolute":   {proc.Spec{Path: "sh"}, syscall.EINVAL, "path is not absolute; use LookPath or FindPython"},
		"no path at all": {proc.Spec{}, syscall.EINVAL, "path is not absolute; use LookPath or FindPython"},
		"not executable": {
			proc.Spec{Path: file(t, "#!/bin/sh\n", 0o644)},
			fs.ErrPermission,
			"not executable; the file needs mode +x on a file system not mounted noexec",
		},
		"no program": {
			proc.Spec{Path: file(t, "hello", 0o755)},
			syscall.ENOEXEC,
			"not a program: neither a #! line nor a binary for this machine",
		},
		"no interpreter": {
			proc.Spec{Path: file(t, "#!/no/such/python\n", 0o755)},
			fs.ErrNotExist,
			"the file is there, but the interpreter of its #! line or its loader is not",
		},
		"no directory": {
			proc.Spec{Path: "/bin/sh", Dir: missing},
			fs.ErrNotExist,
			`working directory "` + missing + `" is not a directory`,
		},
		"a NUL": {proc.Spec{Path: "/bin/sh", Args: []string{"a\x00b"}}, syscall.EINVAL, "invalid argument"},
	} {
		t.Run(name, func(t *testing.T) {
			var s proc.Spawner
			defer s.Close()
			p, err := s.Start(tt.spec)
			startErr, ok := errors.AsType[*proc.StartError](err)
			if p != nil || !ok {
				t.Fatalf("Start() = %v, %v; want a *StartError", p, err)
			}
			if startErr.What != tt.what || startErr.Path != tt.spec.Path || !errors.Is(err, tt.is) {
				t.Errorf("error %q (%v); want %q of %q and %v", err, startErr.Err, tt.what, tt.spec.Path, tt.is)
			}
			if text := fmt.Sprintf("proc: start %q: %s", tt.spec.Path, tt.what); err.Error() != text {
				t.Errorf("error %q; want %q", err, text)
			}
			if startErr.Temporary() {
				t.Errorf("%v is temporary; want it to stay", err)
			}
		})
	}
}

func TestStart_ShortageIsTemporary(t *testing.T) {
	for err, want := range map[error]bool{
		syscall.EAGAIN: true, syscall.ENOMEM: true, syscall.EMFILE: true, syscall.ENFILE: true, syscall.ETXTBSY: true,
		os.NewSyscallError("pipe2", syscall.EMFILE): true,
		syscall.ENOENT: false, syscall.EACCES: false, fs.ErrNotExist: false,
	} {
		if got := (&proc.StartError{Err: err}).Temporary(); got != want {
			t.Errorf("Temporary() of %v = %t; want %t", err, got, want)
		}
	}
}

func TestSpawner_CloseLeavesNoProcess(t *testing.T) {
	var s proc.Spawner
	var left []*proc.Process
	for range 3 {
		p, err := s.Start(spec("sleeping"))
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, p)
	}
	left[0].Close()
	s.Close()
	s.Close()
	for _, p := range left {
		if exit := awaitExit(t, p); exit.Signal != syscall.SIGKILL {
			t.Errorf("exit = %s; want SIGKILL", exit)
		}
	}
	if p, err := s.Start(shell("exit 0")); p != nil || !errors.Is(err, proc.ErrClosed) {
		t.Errorf("Start after Close = %v, %v; want ErrClosed", p, err)
	}
}

func TestSpawner_CloseUnused(t *testing.T) {
	var s proc.Spawner
	s.Close()
}

func TestSpawner_StartDuringClose(t *testing.T) {
	var s proc.Spawner
	var starters sync.WaitGroup
	for range 4 {
		starters.Go(func() {
			for {
				p, err := s.Start(shell("exit 0"))
				if errors.Is(err, proc.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				if p.PID()%2 == 0 { // the others are the spawner's
					p.Close()
				}
			}
		})
	}
	first, err := s.Start(shell("exit 0"))
	if err != nil {
		t.Error(err)
	} else {
		awaitExit(t, first)
	}
	s.Close()
	starters.Wait()
}

// BenchmarkStart is the life of a process that does nothing: what this package and the kernel cost per worker.
func BenchmarkStart(b *testing.B) {
	var s proc.Spawner
	defer s.Close()
	for b.Loop() {
		p, err := s.Start(proc.Spec{Path: "/bin/true"})
		if err != nil {
			b.Fatal(err)
		}
		<-p.Done()
		p.Close()
	}
}
