package pool

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/fsmgen/fsmgen/pool/proc"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// frameRoom is what a frame may have beside its payload: its head, and command, session and metadata of 64 KiB each.
const frameRoom = 256 << 10

// maxPayload leaves room for the rest of a frame, whose length the protocol bounds.
const maxPayload = math.MaxInt32 - frameRoom

// ProcessSource makes workers that are processes speaking the protocol fsm1.
type ProcessSource struct {
	// Path is the program. One without a slash is looked up in the PATH of Env. Empty means the Python interpreter.
	Path string
	// Args are the arguments, without the program.
	Args []string
	// Script is the Python file that the interpreter runs; empty for other programs.
	Script string
	// Env is the whole environment of the workers. Nil means the harmless part of the service's own: PATH, HOME, LANG and
	// the like, never what may hold a secret.
	Env []string
	// Dir is the working directory. Empty means the service's own.
	Dir string
}

// Python returns a source of workers that run a Python script, which imports the SDK with `from fsmpool import worker`. The
// SDK is part of this package and is put on the worker's path. args are the arguments of the script.
func Python(script string, args ...string) *ProcessSource {
	return &ProcessSource{Script: script, Args: args}
}

// Command returns a source of workers that run a program of any language that speaks fsm1.
func Command(path string, args ...string) *ProcessSource {
	return &ProcessSource{Path: path, Args: args}
}

func (s *ProcessSource) check() string {
	switch {
	case s == nil:
		return "is a nil *ProcessSource; use pool.Python or pool.Command"
	case s.Path == "" && s.Script == "":
		return "names neither a Path nor a Script"
	default:
		return ""
	}
}

func (s *ProcessSource) open(ctx context.Context, c *Config) (launcher, error) {
	env := s.Env
	if env == nil {
		env = proc.BaseEnv(os.Environ())
	}
	l := &processLauncher{
		logger: c.Logger.With("pool", c.Name),
		limit:  c.MaxPayload + frameRoom,
		spec:   proc.Spec{Args: s.Args, Env: env, Dir: s.Dir, Run: strconv.Itoa(os.Getpid()), OutputLines: c.OutputLines},
	}
	if s.Script == "" {
		return l, l.program(s.Path)
	}
	if err := l.python(ctx, s); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// processLauncher starts worker processes and owns the thread that they depend on.
type processLauncher struct {
	spawner proc.Spawner
	spec    proc.Spec
	sdk     string // directory of the Python SDK that only this pool uses; empty without one
	limit   int
	logger  *slog.Logger
}

func (l *processLauncher) program(path string) error {
	resolved, err := proc.LookPath(path, l.spec.Env)
	l.spec.Path = resolved
	return err
}

// python finds the interpreter once, since a version manager in front of it makes every start ten times as long.
func (l *processLauncher) python(ctx context.Context, s *ProcessSource) error {
	script, err := s.script()
	if err != nil {
		return err
	}
	path, err := proc.ResolvePython(ctx, or(s.Path, "python3"), s.Dir, l.spec.Env)
	if err != nil {
		return err
	}
	sdk, own, err := installSDK()
	if own {
		l.sdk = sdk
	}
	if err != nil {
		return err
	}
	l.spec.Path = path
	l.spec.Args = append([]string{script}, s.Args...)
	l.spec.Env = withPythonPath(l.spec.Env, sdk)
	return nil
}

// script returns the absolute path of the script: the service may change its directory before a worker is replaced.
func (s *ProcessSource) script() (string, error) {
	script := s.Script
	if !filepath.IsAbs(script) {
		script = filepath.Join(s.Dir, script)
	}
	path, err := filepath.Abs(script)
	if err != nil {
		return "", err
	}
	f, err := os.Open(path) // a worker that cannot read it says so much later
	if err != nil {
		return "", err
	}
	return path, f.Close()
}

// withPythonPath puts dir in front of the PYTHONPATH of env.
func withPythonPath(env []string, dir string) []string {
	const name = "PYTHONPATH="
	out := make([]string, 0, len(env)+1)
	paths := []string{dir}
	for _, v := range env {
		path, ok := strings.CutPrefix(v, name)
		switch {
		case !ok:
			out = append(out, v)
		case path != "": // an empty one would mean the working directory
			paths = append(paths, path)
		}
	}
	return append(out, name+strings.Join(paths, string(filepath.ListSeparator)))
}

func (l *processLauncher) launch(worker uint64) (instance, error) {
	spec := l.spec
	logger := l.logger.With("worker", worker)
	spec.Output = func(line proc.Line) {
		logger.Info(line.Text, "stream", line.Stream.String())
	}
	p, err := l.spawner.Start(spec)
	if err != nil {
		return nil, err
	}
	return &process{
		Process: p,
		data:    wire.NewData(p.Data(), l.limit),
		control: wire.NewControl(p.Control()),
	}, nil
}

func (l *processLauncher) close() {
	l.spawner.Close()
	if l.sdk != "" {
		if err := os.RemoveAll(l.sdk); err != nil {
			l.logger.Warn("the directory of the SDK could not be removed", "err", err)
		}
	}
}

// process is a worker in a process of its own.
type process struct {
	*proc.Process
	data    *wire.Data
	control *wire.Control
}

// handshake lets the worker keep every session: one that it forgot by itself would be lost without a word.
func (p *process) handshake(ctx context.Context, worker uint64) error {
	_, err := p.data.Handshake(ctx, wire.Welcome{Worker: strconv.FormatUint(worker, 10), MaxSessions: math.MaxInt32})
	if remote, ok := errors.AsType[*wire.RemoteError](err); ok {
		return remote // what the worker says itself needs no introduction
	}
	return err
}

func (p *process) exchange(ctx context.Context, r wire.Request) (wire.Response, error) {
	return p.data.Exchange(ctx, r)
}

func (p *process) ping(ctx context.Context) (wire.Pong, error) { return p.control.Ping(ctx) }

func (p *process) shutdown(ctx context.Context, reason string) error {
	return p.control.Shutdown(ctx, reason)
}

// terminate and kill fail only when the process is gone, which done says too.
func (p *process) terminate() { _ = p.Signal(syscall.SIGTERM) }
func (p *process) kill()      { _ = p.Kill() }

func (p *process) done() <-chan struct{} { return p.Done() }
func (p *process) exit() string          { return p.Exit().String() }
func (p *process) pid() int              { return p.PID() }
func (p *process) close()                { p.Close() }

func (p *process) output() []string {
	lines := p.Output()
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.Text
	}
	return texts
}

// isPermanent reports whether a start that failed with err would fail again, or has had all the time there is.
func isPermanent(err error) bool {
	if _, late := errors.AsType[*TimeoutError](err); late {
		return true
	}
	start, ok := errors.AsType[*proc.StartError](err)
	return ok && !start.Temporary()
}
