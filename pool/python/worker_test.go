package python_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/python"
	"github.com/fsmgen/fsmgen/pool/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hang is how long a test waits for an event that has to come.
const hang = 30 * time.Second

// realPython is the interpreter itself, not what a version manager put in front of it, which takes longer to start.
var realPython = sync.OnceValues(func() (string, error) {
	path, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	return strings.TrimSpace(string(path)), err
})

func interpreter(t testing.TB) string {
	t.Helper()
	path, err := realPython()
	if err != nil {
		t.Skipf("the Python SDK is not tested: python3: %v", err)
	}
	return path
}

// process is a real worker, seen from the pool's side.
type process struct {
	link       *fsm1.Link
	rawData    io.WriteCloser
	rawControl io.Closer
	cmd        *exec.Cmd
	stderr     *bytes.Buffer
	exited     chan struct{}
}

// launch starts code as a worker; the handshake is still to come.
func launch(t testing.TB, code string, limit int) *process {
	t.Helper()
	p, data, control := spawn(t, code)
	p.link = fsm1.New(data, control, fsm1.Config{Limit: limit})
	p.rawData, p.rawControl = data, control
	return p
}

// spawn starts code as a worker, and returns the pool's ends of data and control.
func spawn(t testing.TB, code string) (*process, wire.Stream, wire.Stream) {
	t.Helper()
	dir := t.TempDir()
	if err := python.Install(dir); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "script.py")
	if err := os.WriteFile(script, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	data, workerData := pair(t)
	control, workerControl := pair(t)
	lifeline, _ := pipe(t)
	p := &process{
		cmd: exec.Command(interpreter(t), script), stderr: &bytes.Buffer{}, exited: make(chan struct{}),
	}
	p.cmd.Env = append(os.Environ(), proc.EnvFDs+"=3,4,5", proc.EnvProtocol+"=1", "PYTHONPATH="+dir)
	p.cmd.ExtraFiles = []*os.File{workerData, workerControl, lifeline}
	p.cmd.Stderr = p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, f := range p.cmd.ExtraFiles {
		f.Close()
	}
	go p.wait()
	t.Cleanup(p.kill)
	return p, data, control
}

func pair(t testing.TB) (wire.Stream, *os.File) {
	t.Helper()
	ours, theirs, err := fsm1.Pair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close() })
	return ours, theirs
}

func pipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return r, w
}

func (p *process) wait() {
	_ = p.cmd.Wait() // the tests read the status from cmd.ProcessState
	close(p.exited)
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails when it has exited, which is as good
	<-p.exited
}

// exitCode waits for the process to end by itself.
func (p *process) exitCode(t testing.TB) int {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(hang):
		t.Fatalf("the worker has not exited after %v", hang)
	}
	return p.cmd.ProcessState.ExitCode()
}

func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	t.Cleanup(cancel)
	return ctx
}

// start returns a worker that is ready.
func start(t testing.TB, code string) *process {
	t.Helper()
	p := launch(t, code, 0)
	if _, err := p.link.Handshake(soon(t), wire.Welcome{Worker: "w-1"}); err != nil {
		t.Fatalf("Handshake: %v\n%s", err, p.stderr)
	}
	return p
}

func (p *process) ask(t testing.TB, r wire.Request) string {
	t.Helper()
	res, err := p.link.Exchange(soon(t), r)
	if err != nil {
		t.Fatalf("Exchange(%s) = %v", r.Command, err)
	}
	return string(res.Payload)
}

func (p *process) fails(t testing.TB, r wire.Request) *wire.RemoteError {
	t.Helper()
	res, err := p.link.Exchange(soon(t), r)
	remote, ok := errors.AsType[*wire.RemoteError](err)
	if !ok {
		t.Fatalf("Exchange(%s) = %q, %v; want a *wire.RemoteError", r.Command, res.Payload, err)
	}
	return remote
}

func shows(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not contain %q", text, part)
		}
	}
}

// BenchmarkExchange is one request to a real worker and its answer, without a pool.
func BenchmarkExchange(b *testing.B) {
	p := start(b, "from fsmpool import worker\nworker.command('echo')(lambda args: args)\nworker.run()")
	for _, size := range []int{100, 10 << 10, 1 << 20} {
		for name, contentType := range map[string]string{"json": "", "bytes": wire.ContentBytes} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				payload := bytes.Repeat([]byte("x"), size)
				payload[0], payload[size-1] = '"', '"'
				r := wire.Request{Command: "echo", Payload: payload, Meta: wire.Metadata{ContentType: contentType}}
				ctx := soon(b)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := p.link.Exchange(ctx, r); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
