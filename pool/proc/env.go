package proc

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// baseNames are the variables without which ordinary programs do not find their files, their language or their
// libraries, and which carry no secrets. Proxies are not among them: their URLs hold passwords.
var baseNames = map[string]bool{
	"PATH": true, "HOME": true, "USER": true, "LOGNAME": true, "TMPDIR": true, "TZ": true, "TZDIR": true,
	"LANG": true, "LANGUAGE": true, "VIRTUAL_ENV": true, "CONDA_PREFIX": true, "LD_LIBRARY_PATH": true,
	"SSL_CERT_FILE": true, "SSL_CERT_DIR": true,
}

// BaseEnv returns the part of environ (as of os.Environ) that every worker may have: PATH, HOME, USER, locale, time
// zone, temporary directory, virtual environment, library path and certificates. The result is the caller's to append
// to.
func BaseEnv(environ []string) []string {
	base := make([]string, 0, len(baseNames))
	for _, kv := range environ {
		name, _, ok := strings.Cut(kv, "=")
		if ok && (baseNames[name] || strings.HasPrefix(name, "LC_")) {
			base = append(base, kv)
		}
	}
	return base
}

// LookPath returns the absolute path of the program name, looked up in the PATH of env, the environment the program is
// to run in. A name with a slash is made absolute and not looked up. The error is an *exec.Error.
func LookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		if !executable(name) {
			return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
		}
		return filepath.Abs(name)
	}
	for _, dir := range filepath.SplitList(lookup(env, "PATH")) {
		// An empty or relative entry would let the working directory decide what is run.
		if path := filepath.Join(dir, name); filepath.IsAbs(path) && executable(path) {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

func lookup(env []string, name string) string {
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
