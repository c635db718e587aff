package pool

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The tests of this file run on real Python processes.

func startPython(t *testing.T, c Config) *Pool {
	t.Helper()
	needPython(t)
	if c.Source == nil {
		c.Source = Python("testdata/worker.py")
	}
	p, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func needPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not on the PATH")
	}
}

type counted struct {
	Count int `json:"count"`
	PID   int `json:"pid"`
}

// Rows: A2, I1.
func TestSession_StaysOnItsWorker(t *testing.T) {
	p := startPython(t, Config{Size: Size{Min: 3}})
	var pid int
	for i := 1; i <= 10; i++ {
		got, err := Call[any, counted](t.Context(), p, "count", nil, Session("s"))
		if err != nil {
			t.Fatal(err)
		}
		if pid == 0 {
			pid = got.PID
		}
		if got.Count != i || got.PID != pid {
			t.Fatalf("request %d: count %d on process %d; want %d on %d", i, got.Count, got.PID, i, pid)
		}
	}
}

// Rows: W3.
func TestErrors_EachFailureHasItsType(t *testing.T) {
	p := startPython(t, Config{MaxPayload: 1 << 20})
	for _, tt := range []struct {
		name, command, payload string
		is                     func(error) bool
		outcome                Outcome
	}{
		{"unknown command", "nonsense", `{}`, is[*UnknownCommandError], OutcomeNotRun},
		{"handler raises", "fail", `{"message": "no"}`, is[*HandlerError], OutcomeFailed},
		{"payload over the limit", "echo", `"` + strings.Repeat("x", 2<<20) + `"`, is[*TooLargeError], OutcomeNotRun},
		{"payload that is not JSON", "echo", `{`, is[*HandlerError], OutcomeNotRun},
		{"worker dies", "die", `{}`, is[*LostError], OutcomeUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := p.Execute(t.Context(), tt.command, []byte(tt.payload))
			if !tt.is(err) || OutcomeOf(err) != tt.outcome {
				t.Errorf("Execute(%q) = %T %v, %v; want another type or %v", tt.command, err, err, OutcomeOf(err), tt.outcome)
			}
		})
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// Rows: W4.
func TestWorker_KilledWhileIdle(t *testing.T) {
	p := startPython(t, Config{Size: Size{Min: 2}})
	first, err := Call[any, counted](t.Context(), p, "count", nil, Session("s"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(first.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r, err := p.Execute(t.Context(), "count", nil, Session("s"))
	if is[*LostError](err) { // the request was faster than the kill
		r, err = p.Execute(t.Context(), "count", nil, Session("s"))
	}
	if err != nil || !r.Rebound {
		t.Fatalf("Execute = %+v, %v; want a rebound session", r, err)
	}
	if r, err = p.Execute(t.Context(), "count", nil, Session("s")); err != nil || r.Rebound {
		t.Fatalf("Execute = %+v, %v; want a session that stays", r, err)
	}
}

// Rows: W5.
func TestExecute_ContextEnds(t *testing.T) {
	p := startPython(t, Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := p.Execute(ctx, "sleep", []byte(`{"seconds": 100}`))
	if !is[*AbandonedError](err) || !errors.Is(err, context.DeadlineExceeded) || OutcomeOf(err) != OutcomeUnknown {
		t.Errorf("Execute = %v; want an abandoned request", err)
	}
	if _, err := p.Execute(t.Context(), "echo", []byte(`1`)); err != nil {
		t.Errorf("the next request gets %v; want a new worker", err)
	}
}

// Rows: W1.
func TestStart_WorkerThatCannotStart(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		say          string
		timeout      time.Duration // 0 for the default, which no machine is too slow for
	}{
		{"syntax error", "def (:\n", "worker.py:1", 0},
		{"exits at once", "import sys; print('no licence', file=sys.stderr); sys.exit(3)\n", "no licence", 0},
		{"never runs", "from fsmpool import worker\n", "worker.run()", 0},
		{"start hook raises", "from fsmpool import worker\n@worker.start\ndef load():\n    raise RuntimeError('no model')\nworker.run()\n", "no model", 0},
		{"hangs in start", "import time\nprint('loading', flush=True)\ntime.sleep(100)\n", "loading", 3 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			needPython(t)
			script := filepath.Join(t.TempDir(), "worker.py")
			if err := os.WriteFile(script, []byte(tt.script), 0o666); err != nil {
				t.Fatal(err)
			}
			_, err := Start(t.Context(), Config{Source: Python(script), Size: Size{Min: 2}, StartupTimeout: tt.timeout, StartAttempts: 1})
			if left := children(t); len(left) > 0 {
				t.Errorf("processes %v are left", left)
			}
			start, ok := errors.AsType[*StartError](err)
			if !ok || !strings.Contains(err.Error()+strings.Join(start.Output, "\n"), tt.say) {
				t.Errorf("Start = %v; want a *StartError that says %q", err, tt.say)
			}
		})
	}
}

// Rows: W4.
func TestWorker_KilledDuringARequest(t *testing.T) {
	printed := make(chan struct{})
	p := startPython(t, Config{Logger: slog.New(whenPrinted{"sleeping", printed})})
	var client sync.WaitGroup
	client.Go(func() {
		_, err := p.Execute(t.Context(), "sleep", []byte(`{"seconds": 100}`))
		lost, ok := errors.AsType[*LostError](err)
		if !ok || lost.Work != OutcomeUnknown || lost.Err.Error() != "process ended: killed by SIGKILL" {
			t.Errorf("Execute = %v; want a worker lost to SIGKILL", err)
		} else if !slices.Contains(lost.Output, "sleeping") {
			t.Errorf("the output is %q; want what the worker printed", lost.Output)
		}
	})
	<-printed
	if err := syscall.Kill(p.Workers()[0].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	client.Wait()
}

// whenPrinted is a log that says when a worker has printed a line.
type whenPrinted struct {
	line string
	done chan struct{}
}

func (h whenPrinted) Enabled(context.Context, slog.Level) bool { return true }
func (h whenPrinted) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h whenPrinted) WithGroup(string) slog.Handler            { return h }

func (h whenPrinted) Handle(_ context.Context, r slog.Record) error {
	if r.Message == h.line {
		close(h.done)
	}
	return nil
}

func TestStart_ProgramWithoutTheProtocol(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		timeout      time.Duration
	}{
		{"garbage", "printf 'GET / HTTP/1.1' >&3; sleep 100", time.Second},
		{"half a frame", `printf '\000\000\000\040\001' >&3; exec 3>&-`, time.Second},
		{"4 GiB", `printf '\377\377\377\377\001' >&3; sleep 100`, time.Second},
		{"silence", "sleep 100", 50 * time.Millisecond}, // of every attempt
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Start(t.Context(), Config{Source: Command("sh", "-c", tt.script), StartupTimeout: tt.timeout})
			if !is[*StartError](err) {
				t.Errorf("Start = %v; want a *StartError", err)
			}
			if left := children(t); len(left) > 0 {
				t.Errorf("processes %v are left", left)
			}
		})
	}
}

// children returns the processes that this one has started and that are still there.
func children(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var pids []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		pids = append(pids, strings.Fields(string(text))...)
	}
	return pids
}

func TestStart_MissingScript(t *testing.T) {
	needPython(t)
	_, err := Start(t.Context(), Config{Source: Python("testdata/missing.py")})
	if !is[*StartError](err) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Start = %v; want a *StartError for a missing file", err)
	}
}

func TestClose_RefusesRequests(t *testing.T) {
	p := startPython(t, Config{})
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Execute(t.Context(), "echo", nil); !errors.Is(err, ErrClosed) || OutcomeOf(err) != OutcomeNotRun {
		t.Errorf("Execute = %v; want ErrClosed", err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Errorf("second Close = %v; want nil", err)
	}
}
