package python_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/fsmgen/fsmgen/pool/python"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestHandshake_StartHookRunsBeforeReady(t *testing.T) {
	p := launch(t, `
from fsmpool import worker

@worker.start
def load():
    worker.loaded = [worker.id, worker.config["model"]]

@worker.command
def loaded(args):
    return worker.loaded

worker.run()
`, 0)
	welcome := wire.Welcome{Worker: "w-9", Config: []byte(`{"model":"small"}`)}
	if _, err := p.link.Handshake(soon(t), welcome); err != nil {
		t.Fatal(err)
	}
	if got := p.ask(t, wire.Request{Command: "loaded"}); got != `["w-9","small"]` {
		t.Errorf("loaded = %s", got)
	}
}

func TestHandshake_WorkerCannotStart(t *testing.T) {
	tests := []struct {
		name, code, stage string
		kind              wire.Kind // empty: the process ended without a word on the connection
		shown             string
		status            int
	}{
		{"the start hook raises", `
from fsmpool import worker
@worker.start
def load():
    raise FileNotFoundError("no such model")
worker.run()`, "READY", wire.KindStartFailed, "the start hook raised: no such model", 1},
		{"the start hook exits", `
from fsmpool import worker
@worker.start
def load():
    raise SystemExit("no licence")
worker.run()`, "READY", wire.KindStartFailed, "no licence", 1},
		{"a syntax error", "def load(:", "HELLO", "", "SyntaxError", 1},
		{"an import that fails", "import fsmpool, nosuchmodule", "HELLO", "", "nosuchmodule", 1},
		{"run is not called", "from fsmpool import worker", "HELLO", "", "", 0},
		{"the process ends in the start hook", `
import os
from fsmpool import worker
worker.start(lambda: os._exit(5))
worker.run()`, "READY", "", "", 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := launch(t, tt.code, 0)
			_, err := p.link.Handshake(soon(t), wire.Welcome{Worker: "w-1"})
			failed, ok := errors.AsType[*wire.HandshakeError](err)
			if !ok || failed.Stage != tt.stage {
				t.Fatalf("Handshake = %v; want an error waiting for %s", err, tt.stage)
			}
			if code := p.exitCode(t); code != tt.status {
				t.Errorf("the process exits with %d; want %d", code, tt.status)
			}
			if tt.kind == "" {
				shows(t, p.stderr.String(), tt.shown)
				return
			}
			if remote, ok := errors.AsType[*wire.RemoteError](err); !ok || remote.Kind != tt.kind || !remote.Fatal {
				t.Errorf("Handshake = %v; want a fatal %s", err, tt.kind)
			}
			shows(t, err.Error(), tt.shown)
		})
	}
}

func TestWorker_OutsideAPool(t *testing.T) {
	tests := []struct {
		name  string
		env   []string
		shown string
	}{
		{"no descriptors", nil, "this program is a worker: a pool starts it"},
		{"another protocol", []string{"FSMPOOL_FDS=3,4,5", "FSMPOOL_PROTOCOL=2"}, "the pool speaks protocol 2: this fsmpool speaks 1"},
		{"no protocol", []string{"FSMPOOL_FDS=3,4,5"}, "the pool speaks protocol unknown"},
		{"descriptors that are no numbers", []string{"FSMPOOL_FDS=a", "FSMPOOL_PROTOCOL=1"}, "FSMPOOL_FDS=a"},
		{"descriptors that are closed", []string{"FSMPOOL_FDS=90,91,92", "FSMPOOL_PROTOCOL=1"}, "Bad file descriptor"},
	}
	dir := t.TempDir()
	if err := python.Install(dir); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(interpreter(t), "-c", "from fsmpool import worker; worker.run()")
			cmd.Env = append(append(os.Environ(), "PYTHONPATH="+dir), tt.env...)
			out, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 2 {
				t.Errorf("exits with %d, %v; want 2", code, err)
			}
			shows(t, string(out), tt.shown)
			if lines := strings.Count(string(out), "\n"); lines != 1 {
				t.Errorf("%d lines; want one:\n%s", lines, out)
			}
		})
	}
}

func TestWorker_GarbageFromThePool(t *testing.T) {
	p := start(t, handlers)
	if _, err := io.WriteString(p.rawData, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if code := p.exitCode(t); code != 3 {
		t.Errorf("the process exits with %d; want 3", code)
	}
	shows(t, p.stderr.String(), "fsmpool: type: 47", "GET / HTTP")
}

func TestWorker_ExitsWithItsPool(t *testing.T) {
	tests := []struct {
		name string
		hang func(p *process) error
	}{
		{"data is closed", func(p *process) error { return p.rawData.Close() }},
		{"control is closed", func(p *process) error { return p.rawControl.Close() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, handlers)
			if err := tt.hang(p); err != nil {
				t.Fatal(err)
			}
			if code := p.exitCode(t); code != 1 {
				t.Errorf("the process exits with %d; want 1", code)
			}
		})
	}
}

func TestExchange_WorkerKilled(t *testing.T) {
	code, _ := slow(t)
	p := start(t, code)
	got := p.askInBackground(t, wire.Request{Command: "slow"})
	p.untilBusy(t)
	p.kill()
	a := <-got
	if lost, ok := errors.AsType[*wire.LostError](a.err); !ok || lost.Sent != wire.SentUnknown {
		t.Errorf("slow = %v; want it lost with an unknown outcome", a.err)
	}
}

func TestWorker_InterruptOfTheTerminal(t *testing.T) {
	p := start(t, handlers)
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if got := p.ask(t, wire.Request{Command: "echo", Payload: []byte("1")}); got != "1" {
		t.Errorf("echo = %s", got)
	}
}

func TestSIGTERM_IsLeftToAPoolThatLives(t *testing.T) {
	p := start(t, handlers)
	for range 2 {
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if got := p.ask(t, wire.Request{Command: "echo", Payload: []byte("1")}); got != "1" {
			t.Errorf("echo = %s", got)
		}
	}
}
