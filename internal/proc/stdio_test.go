package proc_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// filter is a worker that speaks on its standard input and output.
func filter(script string) proc.Spec {
	s := shell(script)
	s.Stdio = true
	return s
}

func startFilter(t *testing.T, s proc.Spec) *proc.Process {
	t.Helper()
	var spawner proc.Spawner
	t.Cleanup(spawner.Close)
	p, err := spawner.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(guard)
	if err := errors.Join(p.Stdin().SetDeadline(deadline), p.Stdout().SetDeadline(deadline)); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStdio_InputAndOutput(t *testing.T) {
	p := startFilter(t, filter("echo warning >&2; while read line; do echo got $line; done; echo bye; exit 3"))
	if p.Data() != nil || p.Control() != nil {
		t.Error("it has connections; want none")
	}
	out := bufio.NewReader(p.Stdout())
	for _, word := range []string{"one", "two"} {
		fmt.Fprintln(p.Stdin(), word)
		if got, err := out.ReadString('\n'); got != "got "+word+"\n" {
			t.Fatalf("answer %q, %v", got, err)
		}
	}
	if err := p.Stdin().Close(); err != nil {
		t.Fatal(err)
	}
	if exit := awaitExit(t, p); exit.Code != 3 {
		t.Errorf("exit = %s; want status 3", exit)
	}
	if rest, err := io.ReadAll(out); string(rest) != "bye\n" || err != nil {
		t.Errorf("after the end: %q, %v; want the last words", rest, err)
	}
	if p.Tail() != "warning" {
		t.Errorf("Tail() = %q; want stderr only", p.Tail())
	}
	p.Close()
	if _, err := p.Stdout().Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("read after Close: %v; want os.ErrClosed", err)
	}
}

func TestStdio_EnvironmentOfTheWorker(t *testing.T) {
	s := proc.Spec{Path: "/usr/bin/env", Env: []string{"A=1", proc.EnvFDs + "=3,4,5"}, Stdio: true}
	p := startFilter(t, s)
	if got, err := io.ReadAll(p.Stdout()); string(got) != "A=1\n" || err != nil {
		t.Errorf("environment = %q, %v; want that of the spec", got, err)
	}
}

func TestStdio_WriteToADeadWorker(t *testing.T) {
	p := startFilter(t, filter("exit 0"))
	awaitExit(t, p)
	if _, err := io.WriteString(p.Stdin(), "x"); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("write: %v; want a broken pipe", err)
	}
}

func TestStdio_FloodOnStderr(t *testing.T) {
	p := startFilter(t, filter("while read line; do head -c 100000 /dev/zero | tr '\\0' '\\n' >&2; echo $line; done"))
	out := bufio.NewReader(p.Stdout())
	for i := range 3 {
		fmt.Fprintln(p.Stdin(), i)
		if got, err := out.ReadString('\n'); strings.TrimSpace(got) != fmt.Sprint(i) {
			t.Fatalf("answer %q, %v", got, err)
		}
	}
}

func TestStdio_AbsentWithoutTheOption(t *testing.T) {
	p := start(t, shell("exit 0"))
	if p.Stdin() != nil || p.Stdout() != nil {
		t.Error("it has ends of standard input and output; want nil")
	}
}
