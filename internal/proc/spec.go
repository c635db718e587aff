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

// Spec is the description of a process to start. Path is required, everything else has a usable zero value.
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

// baseNames are variables without which ordinary programs do not find their files, their language, their libraries or their
// devices, and which carry no secrets.
var baseNames = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "HOSTNAME", "TERM", "NO_COLOR",
	"TMPDIR", "TMP", "TEMP", "TEMPDIR",
	"LANG", "LANGUAGE", "TZ", "TZDIR",
	"LD_LIBRARY_PATH", "LD_PRELOAD", "GLIBC_TUNABLES", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
	"VIRTUAL_ENV", "UV_PYTHON", "UV_CACHE_DIR", "UV_PROJECT_ENVIRONMENT", "UV_OFFLINE",
	"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "NO_PROXY", "no_proxy",
	"TOKENIZERS_PARALLELISM", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS",
	"HUGGINGFACE_HUB_CACHE", "SENTENCE_TRANSFORMERS_HOME", "NLTK_DATA",
}

// basePrefixes are the beginnings of further names of that kind.
var basePrefixes = []string{
	"LC_", "XDG_", "PYTHON", "CONDA_", "MAMBA_", "PYENV_", "ASDF_", "MISE_", "SSL_CERT_",
	"OMP_", "MKL_", "OPENBLAS_", "GOTO_", "NUMEXPR_", "GOMP_", "KMP_", "NUMBA_", "MALLOC_", "MIMALLOC_", "TCMALLOC_", "ARROW_",
	"CUDA_", "NVIDIA_", "CUBLAS_", "CUDNN_", "NCCL_", "HIP_", "ROCR_", "ROCM_", "HSA_", "ONEAPI_", "SYCL_", "ZE_",
	"TORCH_", "PYTORCH_", "TF_", "XLA_", "JAX_", "TRITON_", "HF_", "TRANSFORMERS_",
}

// proxyNames hold addresses, in which there may be a password.
var proxyNames = []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"}

// secretWords are parts of names, between underscores, whose values are secrets.
var secretWords = []string{
	"TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASS", "KEY", "KEYS", "APIKEY", "CREDENTIAL", "CREDENTIALS", "AUTH", "JWT",
}

// BaseEnv returns the part of environ (as of os.Environ) that every worker may have: what says where programs, libraries,
// models, certificates and devices are, the locale and the time zone, and how many threads, how much memory and which devices
// a process may use. What may be a secret is left out: names that are not listed, listed ones with a word such as TOKEN in
// them, and addresses of proxies with a user in them. The result is the caller's to append to.
func BaseEnv(environ []string) []string {
	base := make([]string, 0, len(environ))
	for _, kv := range environ {
		if harmless(kv) {
			base = append(base, kv)
		}
	}
	return base
}

// LeftOut returns the sorted names of the variables of environ that are not in env.
func LeftOut(environ, env []string) []string {
	kept := make(map[string]bool, len(env))
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		kept[name] = true
	}
	var names []string
	for _, kv := range environ {
		if name, _, ok := strings.Cut(kv, "="); ok && !kept[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func harmless(kv string) bool {
	name, value, ok := strings.Cut(kv, "=")
	switch {
	case !ok || name == "":
		return false
	case slices.Contains(baseNames, name):
		return true
	case slices.Contains(proxyNames, name):
		return !strings.Contains(value, "@")
	default:
		return slices.ContainsFunc(basePrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) && !mayBeSecret(name)
	}
}

func mayBeSecret(name string) bool {
	return slices.ContainsFunc(strings.Split(strings.ToUpper(name), "_"), func(word string) bool { return slices.Contains(secretWords, word) })
}

// MergeEnv returns env with the variables of more: of several of one name the last one stays, at its own place.
func MergeEnv(env, more []string) []string {
	last := map[string]int{}
	all := slices.Concat(env, more)
	for i, kv := range all {
		name, _, _ := strings.Cut(kv, "=")
		last[name] = i
	}
	merged := make([]string, 0, len(all))
	for i, kv := range all {
		if name, _, _ := strings.Cut(kv, "="); last[name] == i {
			merged = append(merged, kv)
		}
	}
	return merged
}

// lookup returns the value that a program finds, that of the first of several.
func lookup(env []string, name string) string {
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}
