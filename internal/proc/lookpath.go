package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

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
