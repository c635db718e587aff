package proc_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/python"
)

// sdkWorker is a script that imports the SDK.
func sdkWorker(t *testing.T, code string) proc.Spec {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join(dir, "worker.py")
	if err := errors.Join(python.Install(dir), os.WriteFile(script, []byte(code), 0o600)); err != nil {
		t.Fatal(err)
	}
	env := append(proc.BaseEnv(os.Environ()), "PYTHONPATH="+dir, "PYTHONDONTWRITEBYTECODE=1")
	return proc.Spec{Path: python3(t), Args: []string{script}, Env: env}
}

// hello is the first frame of a worker.
func hello(t *testing.T, p *proc.Process) (content struct{ PID int }) {
	t.Helper()
	if err := p.Data().SetDeadline(time.Now().Add(guard)); err != nil {
		t.Fatal(err)
	}
	var head [16]byte
	if _, err := io.ReadFull(p.Data(), head[:]); err != nil || head[4] != 1 {
		t.Fatalf("%v; first bytes %q; %s", err, head, p.Tail())
	}
	payload := make([]byte, binary.BigEndian.Uint32(head[:])-12)
	if _, err := io.ReadFull(p.Data(), payload); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &content); err != nil {
		t.Fatal(err)
	}
	return content
}

const pausing = `
from fsmpool import worker
print("imported", flush=True)
if __name__ == "__main__":
    worker.run()
`

func TestForkServer_WorkersOfTheSDKImportOnce(t *testing.T) {
	f := forkServer(t)
	var imports <-chan string
	f.Output, imports = heard()
	s := sdkWorker(t, pausing)
	for range 4 {
		p, err := f.Start(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := hello(t, p).PID; got != p.PID() {
			t.Errorf("HELLO of process %d; want %d", got, p.PID())
		}
	}
	await(t, "import", imports)
	select {
	case line := <-imports:
		t.Errorf("the server says %q again; want one import", line)
	default:
	}
}

func TestForkServer_RefusesAProgramWithThreads(t *testing.T) {
	f := forkServer(t)
	s := sdkWorker(t, "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True, name='pinger').start()\n"+pausing)
	_, err := f.Start(s)
	refused, ok := errors.AsType[*proc.RefusedError](err)
	if !ok || !strings.Contains(refused.Reason, "pinger") {
		t.Fatalf("Start = %v; want it refused because of the thread", err)
	}
	p, err := f.Spawner.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := hello(t, p).PID; got != p.PID() {
		t.Errorf("HELLO of process %d; want %d", got, p.PID())
	}
}

func TestForkServer_RefusesCUDA(t *testing.T) {
	s := sdkWorker(t, "import sys, types\nsys.modules['torch'] = types.SimpleNamespace(cuda=types.SimpleNamespace(is_initialized=lambda: True))\n"+pausing)
	_, err := forkServer(t).Start(s)
	if refused, ok := errors.AsType[*proc.RefusedError](err); !ok || !strings.Contains(refused.Reason, "CUDA") {
		t.Errorf("Start = %v; want it refused because of CUDA", err)
	}
}
