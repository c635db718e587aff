package proc

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Names of the variables that tell a worker how it was started.
const (
	EnvFDs        = "FSMPOOL_FDS"        // descriptors: data, control, lifeline
	EnvProtocol   = "FSMPOOL_PROTOCOL"   // version of the frames
	EnvRun        = "FSMPOOL_RUN"        // the service and run that the process belongs to, see Spawner.Service
	EnvForkServer = "FSMPOOL_FORKSERVER" // descriptor of a fork server's socket, see ForkServer
)

// Bounds of the kept output when the Spec does not say.
const (
	defaultOutputLines = 64
	defaultOutputBytes = 64 << 10
	defaultLineBytes   = 4 << 10
)

// Spec says what to start. Path is required, everything else has a usable zero value.
type Spec struct {
	// Path is the absolute path of the program; [LookPath] finds it from a name and [FindPython] looks behind the
	// shims of version managers.
	Path string
	// Args are the arguments after the program's own name.
	Args []string
	// Env is the complete environment. Nothing is inherited, so that a worker sees the same on every machine and no secret
	// by accident; [BaseEnv] picks the harmless part of an environment.
	Env []string
	// Dir is the working directory; empty means the service's.
	Dir string
	// Run is passed on as FSMPOOL_RUN by a [Spawner] without a Service. One with a Service has a value of its own.
	Run string

	// Stdio gives the service the worker's standard input and output, as [Process.Stdin] and [Process.Stdout], for
	// programs that speak a protocol there. Such a worker has no data and no control connection, and of its output only
	// stderr is kept as lines.
	Stdio bool

	// Credential is the user and the groups the process runs as; nil means the service's. It takes privileges. The
	// environment does not change with it.
	Credential *syscall.Credential
	// Limits bound what the process may use. They are in force before its first instruction and pass on to its children.
	Limits Limits
	// Nice is added to the service's own niceness, from -20 to 19; less than 0 takes privileges.
	Nice int
	// Cgroup, if set, is a control group for this process and its descendants alone.
	Cgroup *Cgroup
	// PIDNamespace makes the process the first of a PID namespace, so that nothing it starts can outlive it, not even a
	// daemon. It takes privileges and Linux. The process has number 1 then: signals other than SIGKILL reach it only if it
	// handles them, and it has to reap.
	PIDNamespace bool

	// OutputLines is how many of the last lines of each stream are kept. Zero means 64, negative none.
	OutputLines int
	// OutputBytes bounds the kept lines of each stream together, so that a worker that prints documents does not fill the
	// service. Zero means 64 KiB, negative none.
	OutputBytes int
	// LineBytes is where a line is cut; the rest up to its end is counted and dropped. Zero or less means 4 KiB.
	LineBytes int
	// Output, if set, gets every line, one after the other, on a goroutine of its own. Neither the worker nor the service
	// waits for it: if it falls behind by more than 1,024 lines or 256 KiB, the oldest of these lines are left out, and
	// the next one says how many. [Process.Close] waits until it has returned, so it must not call Close.
	Output func(Line)
}

func (s Spec) withDefaults() Spec {
	if s.OutputLines == 0 {
		s.OutputLines = defaultOutputLines
	}
	if s.OutputBytes == 0 {
		s.OutputBytes = defaultOutputBytes
	}
	if s.LineBytes <= 0 {
		s.LineBytes = defaultLineBytes
	}
	return s
}

func (s Spec) validate() error {
	invalid := func(format string, args ...any) error {
		return &StartError{Path: s.Path, What: fmt.Sprintf(format, args...), Err: syscall.EINVAL}
	}
	switch {
	case !filepath.IsAbs(s.Path):
		return invalid("path is not absolute; use LookPath or FindPython")
	case s.Nice < -20 || s.Nice > 19:
		return invalid("nice is %d; want -20 to 19", s.Nice)
	case s.Limits.CPU < 0:
		return invalid("limit of processor time is %s; want 0 for none, or more", s.Limits.CPU)
	case s.Cgroup != nil:
		if wrong := s.Cgroup.check(); wrong != "" {
			return invalid("cgroup: %s", wrong)
		}
	}
	return nil
}

// environment is Env with what the process is to know about its descriptors and its run. Names of ours are taken out of
// Env first: of two equal names most C libraries find the first.
func (s Spec) environment(descriptors []string) []string {
	ours := []string{EnvFDs, EnvProtocol, EnvRun, EnvForkServer}
	env := slices.DeleteFunc(slices.Clone(s.Env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(ours, name)
	})
	env = append(env, descriptors...)
	if s.Run != "" {
		env = append(env, EnvRun+"="+s.Run)
	}
	return env
}

// Limits bound what one process may use (setrlimit), as the Limits of package pool say. The zero value of a field leaves the
// service's own limit.
type Limits struct {
	AddressSpace uint64 // bytes
	Data         uint64 // bytes
	Files        uint64
	FileSize     uint64 // bytes
	Processes    uint64 // and threads, of the user of the process
	CPU          time.Duration
	NoCore       bool
}

// seconds rounds CPU up, as a limit of 0 would end the process at once.
func (l Limits) seconds() uint64 { return uint64((l.CPU + time.Second - 1) / time.Second) }
