package proc_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// python3 is an interpreter, without which the test is skipped.
func python3(t *testing.T) string {
	t.Helper()
	found, err := proc.FindPython(t.Context(), "python3", "", os.Environ())
	if err != nil {
		t.Skip(err)
	}
	return found.Path
}

// servable is a worker of the test's own fork server, which also serves without one.
func servable(t *testing.T, mode string, sources ...string) proc.Spec {
	t.Helper()
	script, err := filepath.Abs("testdata/forkserver.py")
	if err != nil {
		t.Fatal(err)
	}
	return proc.Spec{
		Path: python3(t),
		Args: append([]string{script, mode}, sources...),
		Env:  proc.BaseEnv(os.Environ()),
	}
}

// forkServer is one that ends with the test.
func forkServer(t *testing.T) *proc.ForkServer {
	t.Helper()
	f := &proc.ForkServer{Spawner: &proc.Spawner{}}
	t.Cleanup(func() {
		f.Close()
		f.Spawner.Close()
	})
	return f
}

// talker is a worker that answers lines.
type talker struct {
	*proc.Process
	lines *bufio.Reader
}

func talk(t *testing.T, p *proc.Process) *talker {
	t.Helper()
	if err := p.Data().SetDeadline(time.Now().Add(guard)); err != nil {
		t.Fatal(err)
	}
	return &talker{p, bufio.NewReader(p.Data())}
}

// starts is what a Spawner and a ForkServer have in common.
type starts interface {
	Start(proc.Spec) (*proc.Process, error)
}

func startTalker(t *testing.T, s starts, spec proc.Spec) *talker {
	t.Helper()
	p, err := s.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	return talk(t, p)
}

// ask returns what the worker says to a line.
func (w *talker) ask(t *testing.T, line string) string {
	t.Helper()
	_, err := fmt.Fprintln(w.Data(), line)
	if err == nil {
		var answer string
		if answer, err = w.lines.ReadString('\n'); err == nil {
			return strings.TrimSuffix(answer, "\n")
		}
	}
	t.Fatalf("%s: %v; %s", line, err, w.Tail())
	panic("unreachable")
}

// number is an answer that is one.
func (w *talker) number(t *testing.T, line string) int {
	t.Helper()
	n, err := strconv.Atoi(w.ask(t, line))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
