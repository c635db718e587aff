package proc

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// InterpreterError reports a Python that could not be found or did not say where it is.
type InterpreterError struct {
	Name string
	What string
	Err  error // may be nil
}

func (e *InterpreterError) Error() string {
	return fmt.Sprintf("proc: interpreter %q: %s; install it or name another one", e.Name, e.What)
}

func (e *InterpreterError) Unwrap() error { return e.Err }

// ResolvePython returns the absolute path of the interpreter behind name, which is looked up in the PATH of env and
// asked in dir, as version managers look at both. The shim of such a manager can cost ten times the interpreter's own
// start, so ask once and start workers with the answer. A virtual environment stays one. The error is an
// *InterpreterError, or the cause of the ctx's end.
func ResolvePython(ctx context.Context, name, dir string, env []string) (string, error) {
	path, err := LookPath(name, env)
	if err != nil {
		return "", &InterpreterError{Name: name, What: "not found in PATH", Err: err}
	}
	var s Spawner
	defer s.Close()
	p, err := s.Start(Spec{
		Path: path, Dir: dir, Env: env,
		Args: []string{"-I", "-S", "-c", "import sys; print(sys.executable)"},
	})
	if err != nil {
		return "", &InterpreterError{Name: name, What: err.Error(), Err: err}
	}
	select {
	case <-p.Done():
		return interpreter(name, p)
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// interpreter is the last line on stdout, because a shim may talk before.
func interpreter(name string, p *Process) (string, error) {
	if exit := p.Exit(); !exit.OK() {
		return "", &InterpreterError{Name: name, What: fmt.Sprintf("%s: %s", exit, lastLine(p.Tail()))}
	}
	var path string
	for _, l := range p.Output() {
		if l.Stream == Stdout {
			path = l.Text
		}
	}
	if !filepath.IsAbs(path) || !executable(path) {
		return "", &InterpreterError{Name: name, What: fmt.Sprintf("answered %q, which is no program", path)}
	}
	return path, nil
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }
