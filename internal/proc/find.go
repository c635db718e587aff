package proc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// InterpreterError reports a Python that could not be found, could not be run, or is too old.
type InterpreterError struct {
	Name string // as it was given
	What string // what is wrong, with the path of the interpreter once it is known
	Err  error  // may be nil
}

func (e *InterpreterError) Error() string {
	return fmt.Sprintf("proc: interpreter %q: %s; install it or name another one", e.Name, e.What)
}

func (e *InterpreterError) Unwrap() error { return e.Err }

// Interpreter is a Python interpreter that was found.
type Interpreter struct {
	// Path is what to start, absolute: the program that was named, or the interpreter behind the shim of a version manager.
	Path string
	// Major and Minor are its version. Both are 0 if it did not say, as a wrapper that changes the arguments may not.
	Major, Minor int
	name         string
}

// FindPython finds the interpreter name as [LookPath] does and asks it for its version, in dir and with env, since version
// managers look at both. Only the shim of a version manager (pyenv, asdf, mise) is replaced by the interpreter behind it, as
// it can cost ten times the interpreter's own start. Everything else, such as a script that prepares the environment, is to be
// run as it is. The error is an *InterpreterError, or the cause of the ctx's end.
func FindPython(ctx context.Context, name, dir string, env []string) (Interpreter, error) {
	path, err := LookPath(name, dir, env)
	if look, ok := err.(*LookError); ok {
		return Interpreter{}, &InterpreterError{Name: name, What: look.What, Err: err}
	}
	return askPython(ctx, Spec{Path: path, Dir: dir, Env: env}, name)
}

// Require returns an *InterpreterError if the version is known and below the given one.
func (i Interpreter) Require(major, minor int) error {
	if i.Major == 0 || i.Major > major || i.Major == major && i.Minor >= minor {
		return nil
	}
	return &InterpreterError{Name: i.name, What: fmt.Sprintf("%s is Python %d.%d; want %d.%d or newer", i.Path, i.Major, i.Minor, major, minor)}
}

// question makes any Python since 2.6 say its version and its path, after a word of ours, as a wrapper may print lines, too.
const question = `import sys; print("fsmpool-python %d %d %s" % (sys.version_info[0], sys.version_info[1], sys.executable))`

func askPython(ctx context.Context, spec Spec, name string) (Interpreter, error) {
	i := Interpreter{Path: spec.Path, name: name}
	p, err := i.run(ctx, spec, "-S", "-c", question)
	if err != nil {
		return Interpreter{}, err
	}
	i.read(p.Output())
	return i, nil
}

// Ask runs code, which prints one line, and returns that line. The error is an *InterpreterError, or the cause of the ctx's end.
func (i Interpreter) Ask(ctx context.Context, dir string, env []string, code string) (string, error) {
	p, err := i.run(ctx, Spec{Path: i.Path, Dir: dir, Env: env}, "-c", code)
	if err != nil {
		return "", err
	}
	answer := ""
	for _, l := range p.Output() {
		if l.Stream == Stdout {
			answer = l.Text
		}
	}
	return answer, nil
}

// run starts the interpreter and waits for its end with success.
func (i Interpreter) run(ctx context.Context, spec Spec, args ...string) (*Process, error) {
	var s Spawner
	defer s.Close()
	spec.Args = args
	p, err := s.Start(spec)
	if err != nil {
		return nil, &InterpreterError{Name: i.name, What: err.Error(), Err: err}
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if exit := p.Exit(); !exit.OK() {
		return nil, &InterpreterError{Name: i.name, What: fmt.Sprintf("%s: %s: %s", i.Path, exit, shorten(i.complaint(p.Tail())))}
	}
	return p, nil
}

// complaint is the line that says why the interpreter failed: the first of a version manager, which adds advice, and the last of
// Python, where a traceback comes before it.
func (i Interpreter) complaint(tail string) string {
	if isShim(i.Path) {
		first, _, _ := strings.Cut(tail, "\n")
		return first
	}
	return lastLine(tail)
}

// read takes the version from what the interpreter has printed, and the path of the interpreter behind a shim.
func (i *Interpreter) read(lines []Line) {
	executable := ""
	for _, l := range lines {
		answer, ok := strings.CutPrefix(l.Text, "fsmpool-python ")
		if words := strings.SplitN(answer, " ", 3); ok && l.Stream == Stdout && len(words) == 3 {
			i.Major, _ = strconv.Atoi(words[0])
			i.Minor, _ = strconv.Atoi(words[1])
			executable = words[2]
		}
	}
	if filepath.IsAbs(executable) && unfit(executable) == nil && isShim(i.Path) {
		i.Path = executable
	}
}

// isShim reports whether the program at path is the shim of a version manager: a script in a directory of the name shims that
// has a version manager run the program, or a link to a version manager.
func isShim(path string) bool {
	if filepath.Base(filepath.Dir(path)) != "shims" {
		return false
	}
	if target, err := filepath.EvalSymlinks(path); err == nil && (filepath.Base(target) == "mise" || filepath.Base(target) == "rtx") {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 4<<10)) // shims are shorter
	if err != nil || !strings.HasPrefix(string(head), "#!") {
		return false
	}
	for line := range strings.Lines(string(head)) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "exec" || words[2] != "exec" {
			continue
		}
		switch filepath.Base(strings.Trim(words[1], `"'`)) {
		case "pyenv", "asdf":
			return true
		}
	}
	return false
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

// LookError reports a program that is not there, or that is no program. Err is fs.ErrNotExist for the first.
type LookError struct {
	Name string
	What string // for people: where it was looked for, and what is wrong
	Err  error  // may be nil
}

func (e *LookError) Error() string {
	return fmt.Sprintf("proc: program %q: %s", e.Name, e.What)
}

func (e *LookError) Unwrap() error { return e.Err }

// LookPath returns the absolute path of the program name. A name with a slash is looked up in dir, the directory in which the
// program is to run, or in the service's own if dir is empty; any other in the PATH of env, the environment in which the
// program is to run. The error is a *LookError.
func LookPath(name, dir string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return lookAt(name, dir)
	}
	path := lookup(env, "PATH")
	for _, dir := range filepath.SplitList(path) {
		// An empty or relative entry would let the working directory decide what is run.
		if path := filepath.Join(dir, name); name != "" && filepath.IsAbs(path) && unfit(path) == nil {
			return path, nil
		}
	}
	return "", &LookError{Name: name, What: "not found in PATH " + shorten(path), Err: fs.ErrNotExist}
}

func lookAt(name, dir string) (string, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	path, err := filepath.Abs(path)
	if err == nil {
		err = unfit(path)
	}
	if err == nil {
		return path, nil
	}
	return "", &LookError{Name: name, What: fmt.Sprintf("%s: %v", shorten(path), cause(err)), Err: err}
}

// unfit is why the file at path cannot be run.
func unfit(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("is a directory")
	case !info.Mode().IsRegular():
		return errors.New("is not a regular file")
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("is not executable (mode %s)", info.Mode())
	default:
		return nil
	}
}

// cause leaves out the path and the operation, which the message names already.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// shorten bounds what others put into a message, and keeps it on one line.
func shorten(s string) string {
	const enough = 300
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > enough {
		return strings.ToValidUTF8(s[:enough], "") + "..."
	}
	return s
}
