package proc_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func TestProcess_BothConnections(t *testing.T) {
	p := start(t, spec("echo"))
	for name, conn := range map[string]net.Conn{"data": p.Data(), "control": p.Control()} {
		sent := []byte("over the " + name + " connection")
		if _, err := conn.Write(sent); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, sent)
		}
	}
	if err := p.Data().CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, p); !exit.OK() {
		t.Errorf("exit = %s; %s", exit, p.Tail())
	}
}

func TestProcess_AnswersOfADeadWorker(t *testing.T) {
	p := start(t, shell("echo last words >&3"))
	awaitExit(t, p)
	got, err := io.ReadAll(p.Data())
	if string(got) != "last words\n" || err != nil {
		t.Errorf("data = %q, %v; want the last words and the end", got, err)
	}
}

func TestProcess_WriteToADeadWorker(t *testing.T) {
	p := start(t, shell("head -c 1 <&3 >/dev/null"))
	var err error
	for err == nil {
		_, err = p.Data().Write(make([]byte, 1<<16))
	}
	if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("write: %v; want a broken connection", err)
	}
	if exit := awaitExit(t, p); exit.Signal != 0 {
		t.Errorf("exit = %s; want one of its own", exit)
	}
}

func TestProcess_ClosedConnection(t *testing.T) {
	p := start(t, shell("exec 3>&-; read line <&4; exit 5"))
	if n, err := p.Data().Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("data: %d bytes, %v; want io.EOF", n, err)
	}
	if err := p.Signal(0); err != nil {
		t.Errorf("Signal(0) = %v; want the process alive", err)
	}
	if _, err := io.WriteString(p.Control(), "end\n"); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, p); exit.Code != 5 {
		t.Errorf("exit = %s; want status 5", exit)
	}
}

func TestProcess_EndsByItself(t *testing.T) {
	s := spec("polite")
	var lines <-chan string
	s.Output, lines = heard()
	p := start(t, s)
	await(t, "ready", lines)
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, p); exit.Code != 7 {
		t.Errorf("exit = %s; want status 7", exit)
	}
}

// Rows: W6.
func TestKill_WorkerIgnoresSignals(t *testing.T) {
	s := spec("deaf")
	var lines <-chan string
	s.Output, lines = heard()
	p := start(t, s)
	await(t, "ready", lines)
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, p); exit.Signal != syscall.SIGKILL {
		t.Errorf("exit = %s; want SIGKILL", exit)
	}
}

func TestSignal_AfterTheExit(t *testing.T) {
	p := start(t, shell("exit 0"))
	awaitExit(t, p)
	for _, err := range []error{p.Signal(syscall.SIGTERM), p.Kill()} {
		if !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("signal after Done: %v; want os.ErrProcessDone", err)
		}
	}
}

func TestClose_ManyAtOnce(t *testing.T) {
	p := start(t, spec("sleeping"))
	var closers sync.WaitGroup
	for range 8 {
		closers.Go(p.Close)
	}
	closers.Wait()
	if exit := awaitExit(t, p); exit.Signal != syscall.SIGKILL {
		t.Errorf("exit = %s; want SIGKILL", exit)
	}
	if _, err := p.Data().Write([]byte{0}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after Close: %v; want net.ErrClosed", err)
	}
}

func TestProcess_Environment(t *testing.T) {
	p := start(t, proc.Spec{
		Path: "/usr/bin/env",
		Env:  []string{"A=1", proc.EnvProtocol + "=99", proc.EnvRun + "=another's"},
		Run:  "run-1",
	})
	awaitExit(t, p)
	want := "A=1\nFSMPOOL_FDS=3,4,5\nFSMPOOL_PROTOCOL=1\nFSMPOOL_RUN=run-1"
	if diff := cmp.Diff(want, p.Tail()); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestProcess_WorkingDirectory(t *testing.T) {
	s := shell("pwd -P")
	s.Dir = t.TempDir()
	p := start(t, s)
	awaitExit(t, p)
	if want, err := filepath.EvalSymlinks(s.Dir); err != nil || p.Tail() != want {
		t.Errorf("pwd = %q; want %q, %v", p.Tail(), want, err)
	}
}

func TestExit_HowTheProcessEnded(t *testing.T) {
	for _, tt := range []struct {
		script string
		want   proc.Exit
		text   string
	}{
		{"exit 0", proc.Exit{}, "exit status 0"},
		{"exit 3", proc.Exit{Code: 3}, "exit status 3"},
		{"kill -KILL $$", proc.Exit{Code: -1, Signal: syscall.SIGKILL}, "killed by SIGKILL"},
		{"kill -TERM $$", proc.Exit{Code: -1, Signal: syscall.SIGTERM}, "killed by SIGTERM"},
	} {
		t.Run(tt.script, func(t *testing.T) {
			got := awaitExit(t, start(t, shell(tt.script)))
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(proc.Exit{}, "User", "System", "MaxRSS")); diff != "" {
				t.Errorf("exit (-want +got):\n%s", diff)
			}
			if got.String() != tt.text || got.OK() != (tt.want.Code == 0) {
				t.Errorf("String() = %q, OK() = %t; want %q, %t", got, got.OK(), tt.text, tt.want.Code == 0)
			}
			if got.MaxRSS < 64<<10 {
				t.Errorf("MaxRSS = %d bytes, too small for any process", got.MaxRSS)
			}
		})
	}
}

func TestExit_String(t *testing.T) {
	for want, exit := range map[string]proc.Exit{
		"exit status 0":                   {},
		"killed by SIGSEGV (core dumped)": {Code: -1, Signal: syscall.SIGSEGV, Core: true},
		"killed by signal 64":             {Code: -1, Signal: 64},
		"exit status unknown":             {Code: -1, Lost: true},
	} {
		if got := exit.String(); got != want {
			t.Errorf("%+v reads %q; want %q", exit, got, want)
		}
	}
}
