//go:build unix

package pool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/fsmgen/fsmgen/internal/proc"
)

// opened returns the launcher of a source, and the log of what it and its workers say.
func opened(t *testing.T, s *ProcessSource) (*processLauncher, *attributes) {
	t.Helper()
	h := newAttributes()
	c := Config{Name: "p", Source: s, Logger: slog.New(h)}.withDefaults()
	l, err := s.open(t.Context(), &c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l.(*processLauncher), h
}

// attributes is a log handler that keeps each record as one line of text, with the attributes of its logger.
type attributes struct {
	said  *said
	attrs []slog.Attr
}

type said struct {
	mu    sync.Mutex
	lines []string
}

func newAttributes() *attributes { return &attributes{said: &said{}} }

func (*attributes) Enabled(context.Context, slog.Level) bool { return true }
func (h *attributes) WithGroup(string) slog.Handler          { return h }

func (h *attributes) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &attributes{h.said, append(slices.Clip(h.attrs), attrs...)}
}

func (h *attributes) Handle(_ context.Context, r slog.Record) error {
	attrs := slices.Clone(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	h.said.mu.Lock()
	defer h.said.mu.Unlock()
	h.said.lines = append(h.said.lines, fmt.Sprint(r.Level, " ", r.Message, " ", attrs))
	return nil
}

// sorted returns the lines so far.
func (h *attributes) sorted() []string {
	h.said.mu.Lock()
	defer h.said.mu.Unlock()
	return slices.Sorted(slices.Values(h.said.lines))
}

func TestProcessSource_WhatItLaunches(t *testing.T) {
	user := &syscall.Credential{Uid: 7}
	l, _ := opened(t, &ProcessSource{
		Path: "/bin/sh", Args: []string{"-c", "true"}, Dir: "testdata", Env: []string{"A=1"}, Service: "mine",
		Credential: user, Limits: Limits{Files: 9}, Nice: 3, Config: json.RawMessage(`7`),
	})
	there, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	got := l.spec
	if !slices.Equal(got.Args, []string{"-c", "true"}) || got.Dir != there || got.Credential != user || got.Limits.Files != 9 || got.Nice != 3 ||
		!slices.Equal(got.Env, []string{"A=1"}) || got.OutputLines != 64 || got.Stdio {
		t.Errorf("the process is %+v; want what the source says, in %s", got, there)
	}
	if l.spawner.Service != "mine" || string(l.config) != "7" {
		t.Errorf("the service is %q, the configuration %s; want those of the source", l.spawner.Service, l.config)
	}
	if l, _ := opened(t, Command("/bin/sh")); l.spawner.Service != filepath.Base(os.Args[0])+"/p" || l.spec.Dir != "" {
		t.Errorf("without a name the service is %q, in %q; want the program and the pool", l.spawner.Service, l.spec.Dir)
	}
	if l, _ := opened(t, &ProcessSource{Path: "/bin/sh", Args: []string{"a"}, Wrapper: []string{"/bin/sh", "b"}}); !slices.Equal(l.spec.Args, []string{"b", "/bin/sh", "a"}) {
		t.Errorf("the arguments of a wrapper are %q; want its own, then the program with its own", l.spec.Args)
	}
}

// TestProcessLauncher_LinesOfAWorker are kept, and go to the log with the worker and the stream.
func TestProcessLauncher_LinesOfAWorker(t *testing.T) {
	l, h := opened(t, &ProcessSource{Path: "/bin/sh", Args: []string{"-c", "echo out; echo err >&2"}, Env: []string{}})
	i, err := l.launch(7, "")
	if err != nil {
		t.Fatal(err)
	}
	if i.pid() <= 1 || i.(*process).PID() != i.pid() {
		t.Errorf("the process has the number %d", i.pid())
	}
	<-i.done()
	output := i.output()
	slices.Sort(output)
	if !slices.Equal(output, []string{"err", "out"}) || i.exit() != "exit status 0" {
		t.Errorf("the process printed %q and ended with %s; want both lines", output, i.exit())
	}
	i.release()
	want := []string{"INFO err [pool=p worker=7 version= stream=stderr]", "INFO out [pool=p worker=7 version= stream=stdout]"}
	if got := h.sorted(); !slices.Equal(got, want) {
		t.Errorf("the log has %q; want %q", got, want)
	}
	logLines(slog.New(h))(proc.Line{Text: "next", Missed: 3})
	want = append(want, "INFO next [stream=stdout]", "WARN lines were dropped: they came too fast [stream=stdout lines=3]")
	slices.Sort(want)
	if got := h.sorted(); !slices.Equal(got, want) {
		t.Errorf("the log has %q; want a warning of the lines that were dropped", got)
	}
}

// TestProcessLauncher_ThatIsClosed starts nothing, and leaves no descriptor of its workers.
func TestProcessLauncher_ThatIsClosed(t *testing.T) {
	before := 0
	for n := range 5 {
		l, _ := opened(t, Command("/bin/sh", "-c", "sleep 60"))
		for worker := range uint64(2) {
			i, err := l.launch(worker, "")
			if err != nil {
				t.Fatal(err)
			}
			i.release()
			if _, err := i.Ping(t.Context()); err == nil {
				t.Error("the link of a worker that is closed answers")
			}
		}
		l.close()
		if _, err := l.launch(9, ""); !errors.Is(err, proc.ErrClosed) {
			t.Errorf("launch after close = %v; want ErrClosed", err)
		}
		if n == 0 { // what this process opens once is open now; some of the worker may be, too
			before = descriptors(t)
		}
	}
	eventually(t, "the descriptors are closed", func() bool { return descriptors(t) <= before })
}

// TestProcessSource_NamesThatAreLeftOutAreLogged without their values.
func TestProcessSource_NamesThatAreLeftOutAreLogged(t *testing.T) {
	t.Setenv("MY_PASSWORD", "hunter2")
	_, h := opened(t, Command("/bin/sh"))
	if got := fmt.Sprint(h.sorted()); !strings.Contains(got, "DEBUG variables are left out") || !strings.Contains(got, "MY_PASSWORD") || strings.Contains(got, "hunter2") {
		t.Errorf("the log has %s; want the name of what is left out", got)
	}
	_, h = opened(t, &ProcessSource{Path: "/bin/sh", Env: []string{}})
	if len(h.sorted()) != 0 {
		t.Errorf("the log has %q; want nothing of an environment that the source names", h.sorted())
	}
}

func TestIsPermanent_StartsThatWouldFailAgain(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{&TimeoutError{What: "StartupTimeout"}, true},
		{fmt.Errorf("start: %w", &TimeoutError{}), true},
		{&proc.InterpreterError{}, true},
		{&proc.StartError{Err: os.ErrNotExist}, true},
		{&proc.StartError{Err: syscall.EAGAIN}, false},
		{&proc.StartError{Err: syscall.EMFILE}, false},
		{&ExitError{How: "exit status 1"}, false},
		{io.EOF, false},
	} {
		if got := isPermanent(tt.err); got != tt.want {
			t.Errorf("isPermanent(%T %v) = %v; want %v", tt.err, tt.err, got, tt.want)
		}
	}
}

func TestProcessSource_OptionsThatAreRepeatedAndCompared(t *testing.T) {
	s := &ProcessSource{Path: "/bin/sh", Args: []string{"x"}, AddEnv: []string{"A=1", "B=2", "C=3"}}
	if want := []string{"A=1", "B=2", "C=3"}; !slices.Equal(s.AddEnv, want) {
		t.Errorf("the variables are %q; want %q", s.AddEnv, want)
	}
	if !s.same(s) || s.same(Command("/bin/sh")) || s.same(Func(echo)) {
		t.Error("a source is the same as another one, or not as itself")
	}
	if !Func(echo).same(Func(echo)) || Func(echo).same(s) {
		t.Error("two sources of functions differ, or one is the same as a program")
	}
	forks := &ProcessSource{Script: "w.py", Fork: true, Protocol: Packet4(Packet4Config{})}
	if got := forks.check(); !strings.Contains(got, "can Fork only") {
		t.Errorf("check() = %q; want that only fsm1 can fork", got)
	}
}

// TestProcessSource_WhatCannotBeOpened leaves nothing in the directory for temporary files.
func TestProcessSource_WhatCannotBeOpened(t *testing.T) {
	needPython(t)
	place := room(t)
	t.Setenv("XDG_CACHE_HOME", "relative")
	t.Setenv("TMPDIR", place)
	script := filepath.Join(t.TempDir(), "w.py")
	if err := os.WriteFile(script, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := Start(t.Context(), Config{Source: &ProcessSource{Script: script, Wrapper: []string{"/no/such/wrapper"}}}); !is[*StartError](err) {
			t.Errorf("Start = %v; want a *StartError", err)
		}
		if left, err := os.ReadDir(place); err != nil || len(left) > 0 {
			t.Errorf("%v is left, %v; want nothing", left, err)
		}
	}
}

// TestProcess_WhatAWorkerInPythonIsTold and says.
func TestProcess_WhatAWorkerInPythonIsTold(t *testing.T) {
	needPython(t)
	dir := placed(t, map[string]string{"w.py": `
import logging, os, sys
from fsmpool import worker

@worker.command
def told(args):
    logging.getLogger("app").warning("said by the worker")
    return [worker.config, sys.argv[1:], os.getpid()]

worker.run()
`})
	h := &records{}
	s := &ProcessSource{Script: "w.py", Dir: dir, Args: []string{"-v", "x"}}
	s.Config = json.RawMessage(`{"model": "small"}`)
	p := startPython(t, Config{Source: s, Logger: slog.New(h)})
	want := fmt.Sprintf(`[{"model":"small"},["-v","x"],%d]`, p.Workers()[0].PID)
	if got := strings.ReplaceAll(asked(t, p, "told", "null"), " ", ""); got != want {
		t.Errorf("the worker is told %s; want %s", got, want)
	}
	eventually(t, "the record of the worker is in the log", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return slices.ContainsFunc(h.all, func(r slog.Record) bool { return r.Message == "said by the worker" && r.Level == slog.LevelWarn })
	})
}

// TestForkServer_ProgramThatMustNotBeForked is started without one, and the log says so once.
func TestForkServer_ProgramThatMustNotBeForked(t *testing.T) {
	needPython(t)
	dir := placed(t, map[string]string{"w.py": `
import threading, time
from fsmpool import worker
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()

@worker.command
def echo(args):
    return args

worker.run()
`})
	h := &records{}
	p := startPython(t, Config{Source: &ProcessSource{Script: dir + "/w.py", Fork: true}, Size: Size{Min: 2}, Logger: slog.New(h)})
	if got := asked(t, p, "echo", "7"); got != "7" {
		t.Errorf("the answer is %s; want 7", got)
	}
	if level, attrs := h.of(t, "workers are started without a fork server"); level != slog.LevelWarn || attrs["why"].String() == "" {
		t.Errorf("the record is %v with %v; want a warning that says why", level, attrs)
	}
}

// TestForkServer_EndsWithItsPool has the launcher closed, which owns both.
func TestForkServer_EndsWithItsPool(t *testing.T) {
	needPython(t)
	before := 0
	for n := range 5 {
		l, _ := opened(t, &ProcessSource{Script: "testdata/worker.py", Fork: true})
		i, err := l.launch(1, "")
		if err != nil {
			t.Fatal(err)
		}
		i.release()
		l.close()
		if _, err := l.launch(2, ""); !errors.Is(err, proc.ErrClosed) {
			t.Errorf("launch after close = %v; want ErrClosed", err)
		}
		eventually(t, "no process is left", func() bool { return len(children(t)) == 0 })
		if n == 0 {
			before = descriptors(t)
		}
	}
	eventually(t, "the descriptors are closed", func() bool { return descriptors(t) <= before })
}

// TestPacket4_PayloadAtTheLimit has room for what the protocol adds.
func TestPacket4_PayloadAtTheLimit(t *testing.T) {
	const limit = 1000
	p := startPython(t, Config{Source: &ProcessSource{Path: "python3", Args: []string{"testdata/packet4.py"}, Protocol: Packet4(Packet4Config{})}, MaxPayload: limit})
	for range 2 {
		payload := `{"padding": "` + strings.Repeat("x", limit-len(`{"padding": ""}`)) + `"}`
		if r, err := p.Execute(t.Context(), "count", []byte(payload)); err != nil || len(payload) != limit {
			t.Errorf("Execute with %d bytes = %+v, %v; want an answer", len(payload), r, err)
		}
	}
}

func TestIsMissing_LinesOfAnInterpreter(t *testing.T) {
	for _, tt := range []struct {
		module, line string
		want         bool
	}{
		{"app", "/usr/bin/python3: No module named app", true},
		{"app.work", "/usr/bin/python3: No module named app.work", true},
		{"app", "/usr/bin/python3: No module named app.__main__; 'app' is a package and cannot be directly executed", true},
		{"app.work", "python3: Error while finding module specification for 'app.work' (ModuleNotFoundError: No module named 'app')", true},
		{"app.work", "python3: Error while finding module specification for 'app.work' (OSError: [Errno 24] Too many open files)", false},
		{"app", "ModuleNotFoundError: No module named 'app'", false},
		{"app", "ModuleNotFoundError: No module named 'numpy'", false},
		{"app", "/usr/bin/python3: No module named app2", false},
		{"app", "/usr/bin/python3: No module named app.work", false},
		{"app", "", false},
	} {
		if got := isMissing(tt.module, tt.line); got != tt.want {
			t.Errorf("isMissing(%q, %q) = %v; want %v", tt.module, tt.line, got, tt.want)
		}
	}
}
