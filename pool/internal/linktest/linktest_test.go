package linktest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/fsm1"
	"github.com/fsmgen/fsmgen/pool/internal/jsonrpc"
	"github.com/fsmgen/fsmgen/pool/internal/linktest"
	"github.com/fsmgen/fsmgen/pool/internal/packet4"
	"github.com/fsmgen/fsmgen/pool/internal/stdio"
	"github.com/fsmgen/fsmgen/pool/python"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// The interpreter itself, not the script of a version manager that starts it.
var realPython = sync.OnceValues(func() (string, error) {
	path, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	return strings.TrimSpace(string(path)), err
})

// launch starts a script of testdata, and returns what kills it. It ends with the test.
func launch(t *testing.T, script string, prepare func(c *exec.Cmd)) (kill func()) {
	t.Helper()
	interpreter, err := realPython()
	if err != nil {
		t.Skipf("python3: %v", err)
	}
	c := exec.Command(interpreter, filepath.Join("testdata", script))
	c.Stderr = os.Stderr
	prepare(c)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill = func() {
		once.Do(func() {
			_ = c.Process.Kill() // it may have ended
			_ = c.Wait()
		})
	}
	t.Cleanup(kill)
	return kill
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

// label is the version that all workers are told, as far as their protocol can.
const label = "v2"

func ready(t *testing.T, l wire.Link, slots int, kill func()) linktest.Worker {
	t.Helper()
	t.Cleanup(func() { l.Close() })
	if _, err := l.Handshake(t.Context(), wire.Welcome{Worker: "w-1", Version: label, Slots: slots}); err != nil {
		t.Fatal(err)
	}
	return linktest.Worker{Link: l, Kill: kill}
}

// Rows: U2, U5.
func TestFSM1_RealProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := python.Install(dir); err != nil {
		t.Fatal(err)
	}
	linktest.Run(t, linktest.Subject{Slots: []int{1, 4}, Cancels: true, CancelsImport: true, Hooks: true, Version: label, Start: func(t *testing.T, slots int) linktest.Worker {
		data, workerData, err := fsm1.Pair()
		if err != nil {
			t.Fatal(err)
		}
		control, workerControl, err := fsm1.Pair()
		if err != nil {
			t.Fatal(err)
		}
		lifeline, _ := pipe(t)
		kill := launch(t, "fsm1.py", func(c *exec.Cmd) {
			c.Env = append(os.Environ(), append([]string{proc.EnvFDs + "=3,4,5", proc.EnvProtocol + "=1"}, "PYTHONPATH="+dir, fmt.Sprint("SLOTS=", slots))...)
			c.ExtraFiles = []*os.File{workerData, workerControl, lifeline}
		})
		workerData.Close()
		workerControl.Close()
		return ready(t, fsm1.New(data, control, fsm1.Config{Grace: 10 * time.Second}), slots, kill)
	}})
}

// program starts a program that speaks over its standard streams.
func program(t *testing.T, script string) (stdio.Pipes, func()) {
	theirs, stdin := pipe(t)
	stdout, ours := pipe(t)
	kill := launch(t, script, func(c *exec.Cmd) { c.Stdin, c.Stdout = theirs, ours })
	theirs.Close()
	ours.Close()
	return stdio.Pipes{Stdin: stdin, Stdout: stdout}, kill
}

func TestPacket4_RealProcess(t *testing.T) {
	t.Parallel()
	linktest.Run(t, linktest.Subject{Slots: []int{1}, Start: func(t *testing.T, slots int) linktest.Worker {
		s, kill := program(t, "packet4.py")
		return ready(t, packet4.New(s, packet4.Config{}), slots, kill)
	}})
}

func TestJSONRPC_RealProcess(t *testing.T) {
	t.Parallel()
	linktest.Run(t, linktest.Subject{Slots: []int{1}, Cancels: true, Start: func(t *testing.T, slots int) linktest.Worker {
		s, kill := program(t, "jsonrpc.py")
		return ready(t, jsonrpc.New(s, jsonrpc.Config{
			PingMethod: "ping", Grace: time.Second / 10,
			Cancel: func(id uint64) (string, any) { return "cancel", map[string]any{"id": id} },
		}), slots, kill)
	}})
}
