// Package script finds the Python interpreter that a pool takes too, and puts scripts and the SDK into a directory that
// the interpreter imports from.
package script

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fsmgen/fsmgen/internal/proc"
	"github.com/fsmgen/fsmgen/pool/python"
)

// Python is an interpreter, and a directory with the scripts that it is to run. It is to be closed.
type Python struct {
	path string
	dir  string
}

// FindPython installs the scripts and the SDK. The error is a [proc.InterpreterError] if there is no Python.
func FindPython(ctx context.Context, scripts fs.FS) (*Python, error) {
	found, err := proc.FindPython(ctx, "python3", "", proc.BaseEnv(os.Environ()))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	p := &Python{found.Path, dir}
	if err := errors.Join(os.CopyFS(dir, scripts), python.Install(dir)); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Close removes the directory.
func (p *Python) Close() error { return os.RemoveAll(p.dir) }

// Path is the interpreter itself, not what a version manager put in front of it.
func (p *Python) Path() string { return p.path }

// Script is the path of a script.
func (p *Python) Script(name string) string { return filepath.Join(p.dir, name) }

// Environment is what a pool gives its workers.
func (p *Python) Environment() []string {
	return append(proc.BaseEnv(os.Environ()), "PYTHONPATH="+p.dir)
}
