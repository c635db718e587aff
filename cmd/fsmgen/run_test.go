package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/gen"
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

func writeSpec(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "door.fsm.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun_BugNamesTheSpecAndAsksForAReport(t *testing.T) {
	path := writeSpec(t, door)
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
				if code := broken.run(t.Context(), []string{command, path}); code != exitBug {
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

func TestRun_ResultCannotBeWritten(t *testing.T) {
	path := writeSpec(t, door)
	unformatted := writeSpec(t, strings.Replace(door, "machine: ", "machine:  ", 1))
	importable := writeSpec(t, `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0"><state id="shut"/></scxml>`)
	for _, args := range [][]string{
		{"version"},
		{"version", "--json"},
		{"diagram", path},
		{"table", path},
		{"graph", path},
		{"fmt", path},
		{"fmt", "--check", unformatted},
		{"explain", "FSM024"},
		{"explain", "open", path},
		{"simulate", path},
		{"simulate", path, "-"},
		{"diff", path, unformatted},
		{"cover", os.DevNull, path},
		{"import", "--from", "scxml", importable},
		{"schema"},
		{"check", "--format", "sarif", path},
		{"completion", "bash"},
		{"completion", "zsh"},
		{"completion", "fish"},
		{"completion", "powershell"},
		{"generate", "--check", path},
		{"generate", path},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			var stderr bytes.Buffer
			if code := run(t.Context(), args, strings.NewReader(""), full{}, &stderr); code != exitUnusable {
				t.Errorf("exit code %d; want %d", code, exitUnusable)
			}
			if want := "fsmgen: no space left\n"; stderr.String() != want {
				t.Errorf("stderr is %q; want %q", &stderr, want)
			}
		})
	}
}

func TestRun_FindingsCannotBePrinted(t *testing.T) {
	path := writeSpec(t, "fsm: 1\n")
	if code := run(t.Context(), []string{"check", path}, nil, io.Discard, full{}); code != exitUnusable {
		t.Errorf("exit code %d; want %d", code, exitUnusable)
	}
}

// hang is the time after which a test gives up waiting for an event.
const hang = time.Minute

// watching is a run of fsmgen watch.
type watching struct {
	t      *testing.T
	lines  <-chan string // of both streams
	code   <-chan int
	cancel context.CancelFunc
}

func startWatching(t *testing.T, args ...string) *watching {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	lines, code := make(chan string), make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"watch"}, args...), nil, w, w)
		w.Close()
	}()
	go func() {
		defer close(lines)
		for all := bufio.NewScanner(r); all.Scan(); {
			lines <- all.Text()
		}
	}()
	return &watching{t, lines, code, cancel}
}

// expect waits for a line, and skips those before it.
func (w *watching) expect(part string) {
	w.t.Helper()
	guard := time.After(hang)
	for {
		select {
		case line, ok := <-w.lines:
			if !ok {
				w.t.Fatalf("watch ended before it said %q", part)
			}
			if strings.Contains(line, part) {
				return
			}
		case <-guard:
			w.t.Fatalf("watch has not said %q", part)
		}
	}
}

// end interrupts the run and returns its exit code.
func (w *watching) end() int {
	w.cancel()
	for range w.lines { // what it still says
	}
	return <-w.code
}

func save(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWatch_GeneratesOnEverySave(t *testing.T) {
	path := writeSpec(t, door)
	w := startWatching(t, filepath.Dir(path))
	w.expect("door.fsm.yaml -> ")
	w.expect("door.fsm.md")

	save(t, path, strings.Replace(door, "open: {on: {push: shut}}", "open: {on: {push: shutt}}", 1))
	w.expect("there is no state `shutt`; did you mean `shut`? [FSM024]")

	save(t, path, strings.Replace(door, "machine: door", "machine: door\ndoc: A door that needs no key.", 1))
	w.expect("door.fsm.go")

	save(t, filepath.Join(filepath.Dir(path), "gate.fsm.yaml"), "fsm: 1\n")
	w.expect("gate.fsm.yaml:1:1: error:")

	if code := w.end(); code != 0 {
		t.Errorf("exit code %d; want 0 after an interrupt", code)
	}
}

func TestWatch_MissingSpecs(t *testing.T) {
	w := startWatching(t, filepath.Join(t.TempDir(), "door.fsm.yaml"))
	w.expect("no such file")
	if code := w.end(); code != exitUnusable {
		t.Errorf("exit code %d; want %d", code, exitUnusable)
	}
}
