package proc

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Names of the variables that tell a worker how it was started.
const (
	EnvFDs      = "FSMPOOL_FDS"      // descriptors: data, control, lifeline
	EnvProtocol = "FSMPOOL_PROTOCOL" // version of the frames
	EnvRun      = "FSMPOOL_RUN"      // Spec.Run
)

const (
	workerFDs       = "3,4,5"
	protocolVersion = "1"
)

// Bounds of the kept output when the Spec does not say.
const (
	defaultOutputLines = 64
	defaultOutputBytes = 64 << 10
	defaultLineBytes   = 4 << 10
)

// Spec says what to start. Path is required, everything else has a usable zero value.
type Spec struct {
	// Path is the absolute path of the program; [LookPath] finds it from a name and [ResolvePython] looks behind the
	// shims of version managers.
	Path string
	// Args are the arguments after the program's own name.
	Args []string
	// Env is the complete environment. Nothing is inherited, so that a worker sees the same on every machine and no secret
	// by accident; [BaseEnv] picks the harmless part of an environment.
	Env []string
	// Dir is the working directory; empty means the service's.
	Dir string
	// Run is passed on as FSMPOOL_RUN. It marks all descendants of a service's run, also those that leave the group.
	Run string
	// OutputLines is how many of the last lines of each stream are kept. Zero means 64, negative none.
	OutputLines int
	// OutputBytes bounds the kept lines of each stream together, so that a worker that prints documents does not fill the
	// service. Zero means 64 KiB, negative none.
	OutputBytes int
	// LineBytes is where a line is cut; the rest up to its end is counted and dropped. Zero or less means 4 KiB.
	LineBytes int
	// Output, if set, gets every line. The two streams call it from a goroutine each, at the same time; while it runs its
	// stream is not read, and a worker that fills the pipe waits. It must not call Close.
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
	if !filepath.IsAbs(s.Path) {
		return &StartError{Path: s.Path, What: "path is not absolute; use LookPath or ResolvePython", Err: syscall.EINVAL}
	}
	return nil
}

// environment is Env with ours at its end. Ours are taken out of Env first: of two equal names most C libraries find
// the first.
func (s Spec) environment() []string {
	env := slices.DeleteFunc(slices.Clone(s.Env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return name == EnvFDs || name == EnvProtocol || name == EnvRun
	})
	env = append(env, EnvFDs+"="+workerFDs, EnvProtocol+"="+protocolVersion)
	if s.Run != "" {
		env = append(env, EnvRun+"="+s.Run)
	}
	return env
}
