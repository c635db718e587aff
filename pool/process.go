package pool

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/fsmgen/fsmgen/pool/proc"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// frameRoom is what a frame may have beside its payload: its head, and command, session and metadata of 64 KiB each.
const frameRoom = 256 << 10

// maxPayload leaves room for the rest of a frame, whose length the protocol bounds.
const maxPayload = math.MaxInt32 - frameRoom

// ProcessSource makes workers that are processes.
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

	// Protocol is what the workers speak. The zero value is fsm1, that of the SDK.
	Protocol Protocol
	// Config is what the workers' code gets as the configuration, any JSON value. Only of fsm1.
	Config json.RawMessage
	// Fork has a Python script do its imports once, and starts workers by forking that process. Where that is not safe, a
	// line in the log says why, and workers are started as without it.
	Fork bool

	// Service names this service on this machine: what a killed service has left behind is found by it at the next start.
	// Empty means the program's name and that of the pool.
	Service string
	// Credential is the user that the workers run as; nil means that of the service.
	Credential *syscall.Credential
	// Limits, Nice and Cgroup bound what a worker may use.
	Limits proc.Limits
	Nice   int
	Cgroup *proc.Cgroup
}

// ProcessOption changes a source that [Python] or [Command] makes.
type ProcessOption func(*ProcessSource)

// Args are the arguments of the program or script.
func Args(args ...string) ProcessOption { return func(s *ProcessSource) { s.Args = args } }

// ForkServer has a Python script do its imports once; see [ProcessSource.Fork].
func ForkServer() ProcessOption { return func(s *ProcessSource) { s.Fork = true } }

// Speaks says what protocol the workers speak.
func Speaks(p Protocol) ProcessOption { return func(s *ProcessSource) { s.Protocol = p } }

// Python returns a source of workers that run a Python script, which imports the SDK with `from fsmpool import worker`. The
// SDK is part of this package and is put on the worker's path.
func Python(script string, list ...ProcessOption) *ProcessSource {
	return (&ProcessSource{Script: script}).with(list)
}

// Command returns a source of workers that run a program of any language.
func Command(path string, list ...ProcessOption) *ProcessSource {
	return (&ProcessSource{Path: path}).with(list)
}

func (s *ProcessSource) with(list []ProcessOption) *ProcessSource {
	for _, option := range list {
		option(s)
	}
	return s
}

func (s *ProcessSource) check() string {
	switch {
	case s == nil:
		return "is a nil *ProcessSource; use pool.Python or pool.Command"
	case s.Path == "" && s.Script == "":
		return "names neither a Path nor a Script"
	case s.Fork && (s.Script == "" || s.Protocol.link != nil):
		return "can Fork only a Script that speaks fsm1"
	default:
		return ""
	}
}

func (s *ProcessSource) same(other Source) bool { return other == Source(s) }

func (s *ProcessSource) open(ctx context.Context, c *Config) (launcher, error) {
	env := s.Env
	if env == nil {
		env = proc.BaseEnv(os.Environ())
	}
	logger := c.Logger.With("pool", c.Name)
	l := &processLauncher{
		spawner: proc.Spawner{Service: or(s.Service, filepath.Base(os.Args[0])+"/"+c.Name)},
		logger:  logger,
		link:    s.Protocol.opener(c),
		config:  s.Config,
		spec: proc.Spec{
			Args: s.Args, Env: env, Dir: s.Dir, OutputLines: c.OutputLines, Stdio: s.Protocol.link != nil,
			Credential: s.Credential, Limits: s.Limits, Nice: s.Nice, Cgroup: s.Cgroup,
		},
	}
	if s.Script == "" {
		return l, l.program(s.Path)
	}
	if err := l.python(ctx, s); err != nil {
		l.close()
		return nil, err
	}
	if s.Fork {
		l.fork = &proc.ForkServer{Spawner: &l.spawner, Ready: c.StartupTimeout, Output: logLines(logger)}
	}
	return l, nil
}

// processLauncher starts worker processes and owns the thread that they depend on.
type processLauncher struct {
	spawner proc.Spawner
	fork    *proc.ForkServer // nil without one
	refused sync.Once        // the fork server, in the log
	spec    proc.Spec
	sdk     string // directory of the Python SDK that only this pool uses; empty without one
	config  json.RawMessage
	link    func(p *proc.Process, logger *slog.Logger) wire.Link
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
	logger := l.logger.With("worker", worker)
	spec := l.spec
	spec.Output = logLines(logger)
	p, err := l.start(spec)
	if err != nil {
		return nil, err
	}
	return &process{Process: p, Link: l.link(p, logger), config: l.config}, nil
}

// start forks a process where that can be done.
func (l *processLauncher) start(spec proc.Spec) (*proc.Process, error) {
	if l.fork == nil {
		return l.spawner.Start(spec)
	}
	p, err := l.fork.Start(spec)
	if refused, ok := errors.AsType[*proc.RefusedError](err); ok {
		l.refused.Do(func() { l.logger.Warn("workers are started without a fork server", "why", refused.Reason) })
		return l.spawner.Start(spec)
	}
	return p, err
}

// logLines puts what a process prints into the log.
func logLines(logger *slog.Logger) func(proc.Line) {
	return func(line proc.Line) {
		if line.Missed > 0 {
			logger.Warn("lines were dropped: they came too fast", "stream", line.Stream.String(), "lines", line.Missed)
		}
		logger.Info(line.Text, "stream", line.Stream.String())
	}
}

func (l *processLauncher) close() {
	if l.fork != nil {
		l.fork.Close()
	}
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
	wire.Link
	config json.RawMessage
}

// Handshake hands over what the worker's code is to know.
func (p *process) Handshake(ctx context.Context, w wire.Welcome) (wire.Peer, error) {
	w.Config = p.config
	return p.Link.Handshake(ctx, w)
}

// terminate and kill fail only when the process is gone, which done says too.
func (p *process) terminate() { _ = p.Signal(syscall.SIGTERM) }
func (p *process) kill()      { _ = p.Kill() }

func (p *process) done() <-chan struct{} { return p.Done() }
func (p *process) exit() string          { return p.Exit().String() }
func (p *process) pid() int              { return p.PID() }

// close ends the process first: its link has nobody to talk to then.
func (p *process) close() {
	p.Process.Close()
	_ = p.Link.Close()
}

// Close is close: both the process and the link have one.
func (p *process) Close() error {
	p.close()
	return nil
}

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
