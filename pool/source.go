package pool

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// Source makes the workers of a pool. [Python], [Command] and [Func] are the sources there are.
type Source interface {
	// check returns what is wrong with the source, empty if nothing is.
	check() string
	// same reports whether the workers of both are alike, as far as that can be told.
	same(Source) bool
	// owned returns what the pool keeps of the source: one that its caller does not change.
	owned() Source
	// open prepares what all workers of one pool share. Nothing of it is left when it fails.
	open(ctx context.Context, c *Config) (launcher, error)
}

// launcher starts the workers of one pool.
type launcher interface {
	// launch starts a worker, which from then on has to be closed. It does not wait for the worker to say anything.
	launch(worker uint64, version string) (instance, error)
	// version is what tells workers of this source from those of others, where the configuration does not.
	version() string
	// close releases what the workers shared. Every worker has been closed before.
	close()
}

// instance is one running worker, whatever it runs in.
type instance interface {
	wire.Link
	// terminate tells the worker to leave; kill does not ask. Neither waits.
	terminate()
	kill()

	// done is closed when the worker is gone and reaped; then exit says how it ended.
	done() <-chan struct{}
	exit() string
	// output returns the last lines that the worker printed.
	output() []string
	// pid is 0 for a worker that is no process.
	pid() int
	// rss is the resident memory of the worker and its children in bytes, 0 where that is unknown.
	rss() int64
	// release frees everything, the link too, killing first if need be.
	release()
}

// ProcessSource makes workers that are processes.
type ProcessSource struct {
	// Path is the program, or for a Script or a Module the Python interpreter, "python3" if it is empty. One without a slash is
	// looked up in the PATH of Env; a relative one with a slash in Dir.
	Path string
	// Args are the arguments, without the program.
	Args []string
	// Script is the Python file that the interpreter runs; empty for other programs. A relative one is looked up in Dir.
	Script string
	// Module is the Python module that the interpreter runs in place of a Script, as `python -m app.work` does: it is found from
	// Dir and may import relative to its package.
	Module string
	// Wrapper is a program with its arguments that runs the interpreter or the program, which follow as further arguments, such
	// as numactl or taskset. It has to leave open descriptors open, as a program does that ends in an exec.
	Wrapper []string
	// Env is the environment of the workers, without what AddEnv adds. Nil means the part of the service's own that says where
	// things are and how much a process may use, and never what may hold a secret: variables that are not known to be harmless,
	// names with a word such as TOKEN, and addresses of proxies with a user in them are left out. The log names what is.
	Env []string
	// AddEnv is added to that, each as NAME=value. Of several variables of one name the last one counts.
	AddEnv []string
	// Dir is the working directory. Empty means the service's own.
	Dir string
	// SDK is a directory that holds this version of the Python package fsmpool, as `pip install --target` fills it, for a
	// service that has no directory to write to. Empty means that the pool installs the SDK itself.
	SDK string

	// Protocol is what the workers speak. The zero value is fsm1, that of the SDK.
	Protocol Protocol
	// Config is what the workers' code gets as the configuration, any JSON value. Only of fsm1.
	Config json.RawMessage
	// Fork has a Python script or module do its imports once, and starts workers by forking that process. Where that is not
	// safe, a line in the log says why, and workers are started as without it.
	Fork bool

	// Service names this service on this machine: what a killed service has left behind is found by it at the next start.
	// Empty means the program's name and that of the pool.
	Service string
	// Credential is the user that the workers run as; nil means that of the service.
	Credential *syscall.Credential
	// Limits, Nice and Cgroup bound what a worker may use.
	Limits Limits
	Nice   int
	Cgroup *Cgroup
}

// Python returns a source of workers that run a Python script, which imports the SDK with `from fsmpool import worker`. The
// SDK is part of this package and is put on the worker's path. A source that says more is a [ProcessSource] with a Script.
func Python(script string) *ProcessSource { return &ProcessSource{Script: script} }

// Module returns a source of workers that run a Python module, as `python -m name` does. The SDK is put on their path as for
// [Python]. A source that says more is a [ProcessSource] with a Module.
func Module(name string) *ProcessSource { return &ProcessSource{Module: name} }

// Command returns a source of workers that run a program of any language. A source that says more is a [ProcessSource] with a
// Path.
func Command(path string, args ...string) *ProcessSource {
	return &ProcessSource{Path: path, Args: args}
}

// check says what is wrong with the fields, as far as that can be said without a look at the file system: a file that is
// not there is an error of the start.
func (s *ProcessSource) check() string {
	switch {
	case s == nil:
		return "is a nil *ProcessSource; use pool.Python, pool.Module or pool.Command"
	case s.Script != "" && s.Module != "":
		return "has both a Script and a Module; set one of them"
	case s.Path == "" && !s.isPython():
		return "names neither a Path nor a Script nor a Module"
	case s.Fork && (!s.isPython() || s.Protocol.spec != nil):
		return "can Fork only a Script or Module that speaks fsm1"
	case strings.ContainsRune(s.Module, '/') || strings.HasPrefix(s.Module, "."):
		return fmt.Sprintf("has the Module %s; want a name such as app.work, and pool.Python for a file", short(s.Module))
	case len(s.Wrapper) > 0 && s.Wrapper[0] == "":
		return "has a Wrapper without a program"
	}
	for _, variable := range slices.Concat(s.Env, s.AddEnv) {
		if wrong := wrongVariable(variable); wrong != "" {
			return wrong
		}
	}
	return ""
}

// wrongVariable says what is wrong with a variable, without its value.
func wrongVariable(variable string) string {
	name, _, ok := strings.Cut(variable, "=")
	switch {
	case !ok:
		return fmt.Sprintf("has the variable %s without a value; want NAME=value", short(name))
	case name == "":
		return "has a variable without a name; want NAME=value"
	case strings.ContainsRune(variable, 0):
		return fmt.Sprintf("has the variable %s with a NUL byte, which no variable can hold", short(name))
	default:
		return ""
	}
}

func (s *ProcessSource) isPython() bool { return s.Script != "" || s.Module != "" }

// same compares what the sources say, not what it leads to: a file may have changed.
func (s *ProcessSource) same(other Source) bool {
	o, ok := other.(*ProcessSource)
	if !ok || s == nil || o == nil {
		return false
	}
	a, b := s.comparable(), o.comparable()
	return s.Protocol.same(o.Protocol) && reflect.DeepEqual(a, b)
}

// comparable is the source without what has to be compared in another way. Of lists other than Env, none is like empty.
func (s *ProcessSource) comparable() ProcessSource {
	c := *s
	c.Protocol = Protocol{}
	for _, list := range []*[]string{&c.Args, &c.Wrapper, &c.AddEnv} {
		*list = append([]string{}, *list...)
	}
	c.Config = append(json.RawMessage{}, c.Config...)
	return c
}

// owned returns a copy, so that what the caller does with the source later changes nothing.
func (s *ProcessSource) owned() Source {
	if s == nil {
		return s
	}
	c := *s
	for _, list := range []*[]string{&c.Args, &c.Wrapper, &c.Env, &c.AddEnv} {
		*list = slices.Clone(*list)
	}
	c.Config = slices.Clone(c.Config)
	if s.Credential != nil {
		credential := *s.Credential
		credential.Groups = slices.Clone(credential.Groups)
		c.Credential = &credential
	}
	if s.Cgroup != nil {
		group := *s.Cgroup
		c.Cgroup = &group
	}
	return &c
}

// environment is that of the workers without what the pool adds, and the sorted names of the service's variables that are not
// in it because they were not asked for.
func (s *ProcessSource) environment(service []string) (env, leftOut []string) {
	base := s.Env
	if base == nil {
		base = proc.BaseEnv(service)
		leftOut = proc.LeftOut(service, slices.Concat(base, s.AddEnv))
	}
	return proc.MergeEnv(base, s.AddEnv), leftOut
}

// entry is how the interpreter is told what to run: an absolute path, since the service may change its directory before a
// worker is replaced, or a module.
func (s *ProcessSource) entry() ([]string, error) {
	if s.Module != "" {
		return []string{"-m", s.Module}, nil
	}
	path, err := s.within(s.Script)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path) // a worker that cannot read it says so much later
	if err != nil {
		return nil, err
	}
	return []string{path}, f.Close()
}

// denied returns why the user of the workers cannot read the script, or the directory in which a module is looked up; nil if
// nothing is known against it.
func (s *ProcessSource) denied() *proc.AccessError {
	path, err := s.within(s.Script) // which is Dir for a module
	if err != nil || s.Credential == nil {
		return nil
	}
	return proc.Unreadable(s.Credential, path)
}

// within makes a path absolute, from Dir if it is relative.
func (s *ProcessSource) within(path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.Dir, path)
	}
	return filepath.Abs(path)
}

// Limits bound what one worker may use (setrlimit). The zero value of a field leaves the service's own limit. A limit
// above the service's own takes privileges. Linux only.
type Limits struct {
	// AddressSpace is how many bytes the worker may map. Programs that reserve much more than they use, as those with CUDA
	// do, need Data instead.
	AddressSpace uint64
	// Data is how many bytes of private writable memory the worker may map.
	Data uint64
	// Files is how many descriptors the worker may have open.
	Files uint64
	// FileSize is the largest size in bytes of a file that the worker writes.
	FileSize uint64
	// Processes is how many processes and threads the user of the worker may have on the whole machine, not only below
	// the worker. The kernel does not count those of root. [Cgroup] bounds those below the worker.
	Processes uint64
	// CPU is processor time, rounded up to seconds. At its end the worker gets SIGXCPU, and SIGKILL a second later.
	CPU time.Duration
	// NoCore keeps the worker from leaving core files.
	NoCore bool
}

// Cgroup asks for a control group (version 2) for one worker and what it starts. The group bounds them together. When
// the worker has ended, the pool kills what is left in the group, daemons included, and removes the group. Groups that a
// killed service left, and what still runs in them, are removed when a process is started below the same Parent.
type Cgroup struct {
	// Parent is the directory of a control group below which the service may make others. With limits it must have no
	// processes of its own, by a rule of the kernel. systemd gives a service such a group by Delegate=yes together with
	// DelegateSubgroup=.
	Parent string
	// Memory is how many bytes may be in use; the kernel kills the whole group that asks for more. Zero is no limit.
	Memory uint64
	// Processes is how many processes and threads there may be. Zero is no limit.
	Processes uint64
	// CPU is how many processors may be busy at a time, such as 1.5. Zero is no limit.
	CPU float64
	// Optional starts the worker without a control group where there can be none. Without it that is an error.
	Optional bool
}

// isDone reports whether the worker is gone, now or within d.
func isDone(i instance, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-i.done():
		return true
	case <-timer.C:
		return false
	}
}
