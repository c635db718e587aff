package pool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/python"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// frameRoom is what a frame may have beside its payload: its head, and command, session and metadata of 64 KiB each.
const frameRoom = 256 << 10

// maxPayload leaves room for the rest of a frame. The protocol bounds the length of all of it.
const maxPayload = math.MaxInt32 - frameRoom

// open finds the program or interpreter, and the SDK, once for all workers. The launcher owns what it makes: it is closed
// if any of that fails.
func (s *ProcessSource) open(ctx context.Context, c *Config) (launcher, error) {
	env, leftOut := s.environment(os.Environ())
	logger := c.Logger.With("pool", c.Name)
	if len(leftOut) > 0 {
		logger.Debug("variables are left out of the environment of workers; ProcessSource.AddEnv adds some", "names", leftOut)
	}
	dir, err := s.dir()
	if err != nil {
		return nil, err
	}
	l := &processLauncher{
		spawner: proc.Spawner{Service: or(s.Service, filepath.Base(os.Args[0])+"/"+c.Name)},
		logger:  logger,
		link:    s.Protocol.opener(c),
		config:  s.Config,
		spec: proc.Spec{
			Args: s.Args, Env: env, Dir: dir, OutputLines: c.OutputLines, Stdio: s.Protocol.spec != nil,
			Credential: s.Credential, Limits: proc.Limits(s.Limits), Nice: s.Nice, Cgroup: (*proc.Cgroup)(s.Cgroup),
		},
	}
	if s.isPython() {
		err = l.python(ctx, s)
	} else {
		l.spec.Path, err = proc.LookPath(s.Path, s.Dir, env)
	}
	if err == nil {
		err = l.wrap(s)
	}
	if err == nil {
		l.label, err = s.hash(&l.spec)
	}
	if err != nil {
		l.close()
		return nil, err
	}
	if s.Fork {
		l.fork = &proc.ForkServer{Spawner: &l.spawner, Ready: c.StartupTimeout, Output: logLines(logger)}
	}
	return l, nil
}

// dir is the working directory as an absolute path: the service may change its own before a worker is replaced. An empty one
// stays so, which means the directory of the service at the time of a start.
func (s *ProcessSource) dir() (string, error) {
	if s.Dir == "" {
		return "", nil
	}
	return filepath.Abs(s.Dir)
}

// processLauncher starts worker processes and owns the thread that they depend on.
type processLauncher struct {
	spawner     proc.Spawner
	fork        *proc.ForkServer // nil without one
	refused     sync.Once        // the fork server, in the log
	spec        proc.Spec
	interpreter string            // what runs the script or module; empty for other programs
	module      string            // of ProcessSource
	denied      *proc.AccessError // why the user of the workers cannot read the script, or the directory of the module; nil if it can
	sdk         *sdkInstall       // nil where the pool installs none
	config      json.RawMessage
	link        func(p *proc.Process, logger *slog.Logger) wire.Link
	logger      *slog.Logger
	label       string // of what the workers run
}

func (l *processLauncher) version() string { return l.label }

// oldestMajor and oldestMinor are the oldest version that the SDK works with.
const oldestMajor, oldestMinor = 3, 9

// python finds the interpreter once, since the shim of a version manager makes every start ten times as long.
func (l *processLauncher) python(ctx context.Context, s *ProcessSource) error {
	entry, err := s.entry()
	if err != nil {
		return err
	}
	found, err := proc.FindPython(ctx, or(s.Path, "python3"), s.Dir, l.spec.Env)
	if err != nil {
		return err
	}
	l.interpreter, l.module = found.Path, s.Module
	l.denied = s.denied()
	l.spec.Path = found.Path
	l.spec.Args = append(entry, s.Args...)
	if s.Protocol.spec != nil {
		return nil // the SDK speaks fsm1
	}
	if err := found.Require(oldestMajor, oldestMinor); err != nil {
		return err
	}
	return l.findSDK(ctx, s, found)
}

// findSDK makes sure that workers can import the SDK: from the directory that the source names, from one of the pool, or from
// where the interpreter has it.
func (l *processLauncher) findSDK(ctx context.Context, s *ProcessSource, found proc.Interpreter) error {
	if s.SDK != "" {
		dir, err := s.within(s.SDK)
		if err == nil {
			err = python.Check(dir)
		}
		if err != nil {
			return &SDKError{Tried: []string{"ProcessSource.SDK: " + reasonFor(s.SDK, err)}}
		}
		l.spec.Env = withPythonPath(l.spec.Env, dir)
		return nil
	}
	return l.installSDK(ctx, newSDKInstall(s.Credential), s.Dir, found)
}

// installSDK installs the SDK, unless that cannot be done and the interpreter has it.
func (l *processLauncher) installSDK(ctx context.Context, install *sdkInstall, dir string, found proc.Interpreter) error {
	_, err := install.ensure()
	failed, ok := errors.AsType[*SDKError](err)
	if !ok {
		l.sdk = install
		return err
	}
	where, err := found.Ask(ctx, dir, l.spec.Env, whereSDK)
	if err == nil {
		err = python.Check(where)
	}
	if err != nil {
		failed.Tried = append(failed.Tried, reasonFor("the interpreter "+found.Path, err))
		return failed
	}
	return nil
}

// whereSDK prints the directory that the interpreter imports the SDK from.
const whereSDK = `import os, fsmpool; print(os.path.dirname(os.path.dirname(os.path.abspath(fsmpool.__file__))))`

// wrap puts the wrapper in front of the program.
func (l *processLauncher) wrap(s *ProcessSource) error {
	if len(s.Wrapper) == 0 {
		return nil
	}
	path, err := proc.LookPath(s.Wrapper[0], s.Dir, l.spec.Env)
	if err != nil {
		return err
	}
	l.spec.Args = slices.Concat(s.Wrapper[1:], []string{l.spec.Path}, l.spec.Args)
	l.spec.Path = path
	return nil
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

// launch starts a process. The SDK is looked at before each start, since the directory of a cache may have been removed
// meanwhile.
func (l *processLauncher) launch(worker uint64, version string) (instance, error) {
	logger := l.logger.With("worker", worker, "version", version)
	spec := l.spec
	spec.Output = logLines(logger)
	if l.sdk != nil {
		dir, err := l.sdk.ensure()
		if err != nil {
			return nil, err
		}
		spec.Env = withPythonPath(spec.Env, dir)
	}
	p, err := l.start(spec)
	if err != nil {
		return nil, l.explain(err)
	}
	return &process{Process: p, Link: l.link(p, logger), config: l.config, interpreter: l.interpreter, module: l.module, denied: l.denied}, nil
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

// explain adds what the user of the workers cannot read to the error of a fork server, which ends because of it.
func (l *processLauncher) explain(err error) error {
	if _, known := errors.AsType[*proc.AccessError](err); known || l.denied == nil {
		return err
	}
	return fmt.Errorf("%w: %w", err, l.denied)
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

// close ends the fork server before the spawner, on which it depends, and removes the SDK if the directory belongs to this
// pool alone.
func (l *processLauncher) close() {
	if l.fork != nil {
		l.fork.Close()
	}
	l.spawner.Close()
	if l.sdk != nil {
		if err := l.sdk.close(); err != nil {
			l.logger.Warn("the directory of the SDK could not be removed", "err", err)
		}
	}
}

// process is a worker in a process of its own.
type process struct {
	*proc.Process
	wire.Link
	config      json.RawMessage
	interpreter string            // empty for a program that is not run by one
	module      string            // that the interpreter was to run; empty for a script
	denied      *proc.AccessError // as of the launcher
	greeted     atomic.Bool       // the handshake has succeeded
}

// Handshake hands over what the worker's code is to know.
func (p *process) Handshake(ctx context.Context, w wire.Welcome) (wire.Peer, error) {
	w.Config = p.config
	peer, err := p.Link.Handshake(ctx, w)
	p.greeted.Store(err == nil)
	return peer, err
}

// terminate and kill fail only when the process is gone, which done says too.
func (p *process) terminate() { _ = p.Signal(syscall.SIGTERM) }
func (p *process) kill()      { _ = p.Kill() }

func (p *process) done() <-chan struct{} { return p.Done() }
func (p *process) pid() int              { return p.PID() }

// rss is 0 where the memory of the group cannot be read.
func (p *process) rss() int64 {
	rss, err := p.GroupRSS()
	if err != nil {
		return 0
	}
	return rss
}

// exit names the interpreter of a worker that failed before it was ready, since many such failures are those of the wrong one,
// and what its user cannot read.
func (p *process) exit() string {
	how := p.Exit()
	if p.interpreter == "" || how.OK() || p.greeted.Load() {
		return how.String()
	}
	text := how.String() + " of " + p.interpreter
	if p.denied != nil {
		text += ": " + p.denied.Error()
	}
	return text
}

// release ends the process first, so that its link does not wait for a last message.
func (p *process) release() {
	p.Process.Close()
	_ = p.Link.Close()
}

// Close is release: both the process and the link have one.
func (p *process) Close() error {
	p.release()
	return nil
}

// output is what the process has printed last, without the times of the lines.
func (p *process) output() []string {
	lines := p.Output()
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.Text
	}
	return texts
}

// startsNever reports whether the process has ended because its interpreter does not find the module. Output is what it has
// printed.
func (p *process) startsNever(output []string) bool {
	return p.module != "" && !p.greeted.Load() && len(output) > 0 && isMissing(p.module, output[len(output)-1])
}

// isMissing reports whether an interpreter has printed the line because it does not find the module, or no package around it. Lines
// of Python 3.9 to 3.13:
//
//	/usr/bin/python3: No module named app
//	/usr/bin/python3: No module named app.__main__; 'app' is a package and cannot be directly executed
//	/usr/bin/python3: Error while finding module specification for 'app.work' (ModuleNotFoundError: No module named 'app')
func isMissing(module, line string) bool {
	_, what, _ := strings.Cut(line, ": ")
	return what == "No module named "+module || strings.HasPrefix(what, "No module named "+module+".__main__; ") ||
		strings.HasPrefix(what, "Error while finding module specification for '"+module+"' (ModuleNotFoundError: ")
}

// isPermanent reports whether a start that failed with err would fail again, or has had all the time there is.
func isPermanent(err error) bool {
	if _, late := errors.AsType[*TimeoutError](err); late {
		return true
	}
	if _, old := errors.AsType[*proc.InterpreterError](err); old {
		return true
	}
	if _, incompatible := errors.AsType[*IncompatibleError](err); incompatible {
		return true
	}
	start, ok := errors.AsType[*proc.StartError](err)
	return ok && !start.Temporary()
}
