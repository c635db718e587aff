package echo

import (
	"context"
	"embed"
	"errors"
	"os"
	"path/filepath"

	"github.com/fsmgen/fsmgen/pool/proc"
	"github.com/fsmgen/fsmgen/pool/python"
)

//go:embed *.py
var sources embed.FS

// Python is an interpreter, and a directory with the scripts that it is to run.
type Python struct {
	path string
	dir  string
}

// FindPython finds the interpreter that a pool takes too. What it returns is to be closed. The error is a
// [proc.InterpreterError] if there is none.
func FindPython(ctx context.Context) (*Python, error) {
	found, err := proc.FindPython(ctx, "python3", "", proc.BaseEnv(os.Environ()))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "echo-")
	if err != nil {
		return nil, err
	}
	p := &Python{found.Path, dir}
	if err := p.install(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Python) install() error {
	return errors.Join(os.CopyFS(p.dir, sources), python.Install(p.dir))
}

// Path is the interpreter itself, not what a version manager put in front of it.
func (p *Python) Path() string { return p.path }

// Close removes the scripts.
func (p *Python) Close() error { return os.RemoveAll(p.dir) }

func (p *Python) script(name string) string { return filepath.Join(p.dir, name) }

// environment is what the pool gives its workers.
func (p *Python) environment() []string {
	return append(proc.BaseEnv(os.Environ()), "PYTHONPATH="+p.dir)
}
