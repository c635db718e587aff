package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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
