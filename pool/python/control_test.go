package python_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestPing_HealthHook(t *testing.T) {
	p := start(t, `
from fsmpool import worker

verdict = None

@worker.health
def healthy():
    if verdict == "raise":
        raise RuntimeError("no GPU")
    return verdict

@worker.command
def become(args):
    global verdict
    verdict = args

worker.run()
`)
	tests := []struct {
		verdict string
		ok      bool
		reason  string
	}{
		{`null`, true, ""},
		{`true`, true, ""},
		{`false`, false, "the health hook returned False"},
		{`"raise"`, false, "RuntimeError: no GPU"},
		{`null`, true, ""},
	}
	for _, tt := range tests {
		p.ask(t, wire.Request{Command: "become", Payload: []byte(tt.verdict)})
		got, err := p.link.Ping(soon(t))
		if err != nil || got.OK != tt.ok || got.Reason != tt.reason {
			t.Errorf("after %s Ping = %+v, %v; want ok %v, %q", tt.verdict, got, err, tt.ok, tt.reason)
		}
		if got.RSS < 1<<20 {
			t.Errorf("RSS = %d bytes, less than an interpreter needs", got.RSS)
		}
	}
}

// slow has a command that runs until a file exists.
func slow(t *testing.T) (code, release string) {
	release = filepath.Join(t.TempDir(), "release")
	return fmt.Sprintf(`
import os, time
from fsmpool import worker

@worker.command
def slow(args):
    while not os.path.exists(%q):
        time.sleep(0.001)
    return "done"

@worker.shutdown
def bye():
    print("cleaned up", file=__import__("sys").stderr)

worker.run()
`, release), release
}

// answer is what an exchange in the background returned.
type answer struct {
	payload string
	err     error
}

func (p *process) askInBackground(t *testing.T, r wire.Request) <-chan answer {
	ctx, got := soon(t), make(chan answer, 1)
	go func() {
		res, err := p.link.Exchange(ctx, r)
		got <- answer{string(res.Payload), err}
	}()
	return got
}

// untilBusy pings until the worker says that it works on something.
func (p *process) untilBusy(t *testing.T) {
	t.Helper()
	for {
		pong, err := p.link.Ping(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		if pong.InFlight == 1 {
			return
		}
	}
}

func TestPing_DuringARequest(t *testing.T) {
	code, release := slow(t)
	p := start(t, code)
	got := p.askInBackground(t, wire.Request{Command: "slow"})
	p.untilBusy(t)
	touch(t, release)
	if a := <-got; a.payload != `"done"` || a.err != nil {
		t.Errorf("slow = %s, %v", a.payload, a.err)
	}
}

func TestShutdown_RequestInFlight(t *testing.T) {
	code, release := slow(t)
	p := start(t, code)
	got := p.askInBackground(t, wire.Request{Command: "slow"})
	p.untilBusy(t)
	stopped := make(chan error, 1)
	go func() { stopped <- p.link.Shutdown(soon(t), "drained") }()
	touch(t, release)
	if a := <-got; a.payload != `"done"` || a.err != nil {
		t.Errorf("slow = %s, %v", a.payload, a.err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	if code := p.exitCode(t); code != 0 {
		t.Errorf("the process exits with %d; want 0", code)
	}
	shows(t, p.stderr.String(), "cleaned up")
}

func TestShutdown_Idle(t *testing.T) {
	p := start(t, handlers)
	if err := p.link.Shutdown(soon(t), "recycled"); err != nil {
		t.Fatal(err)
	}
	p.link.Close()
	if code := p.exitCode(t); code != 0 {
		t.Errorf("the process exits with %d; want 0", code)
	}
}

func TestShutdown_HookRaises(t *testing.T) {
	p := start(t, `
from fsmpool import worker

@worker.shutdown
def fails():
    raise OSError("disk full")

worker.run()
`)
	if err := p.link.Shutdown(soon(t), "recycled"); err != nil {
		t.Fatal(err)
	}
	if code := p.exitCode(t); code != 1 {
		t.Errorf("the process exits with %d; want 1", code)
	}
	shows(t, p.stderr.String(), "disk full")
}

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}
