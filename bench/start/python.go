package start

import (
	"context"
	"embed"
	"errors"
	"os"
	"path/filepath"

	"github.com/fsmgen/fsmgen/pool/proc"
	"github.com/fsmgen/fsmgen/pool/python"
)

//go:embed heavy.py bare.py worker.py
var scripts embed.FS

// interpreter is a Python and a directory with the scripts that it is to run.
type interpreter struct {
	path string
	dir  string
}

func findPython(ctx context.Context) (*interpreter, error) {
	found, err := proc.FindPython(ctx, "python3", "", proc.BaseEnv(os.Environ()))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "start-")
	if err != nil {
		return nil, err
	}
	p := &interpreter{found.Path, dir}
	if err := errors.Join(os.CopyFS(dir, scripts), python.Install(dir)); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *interpreter) close() error { return os.RemoveAll(p.dir) }

func (p *interpreter) script(name string) string { return filepath.Join(p.dir, name) }

// environment is what a pool gives its workers.
func (p *interpreter) environment() []string {
	return append(proc.BaseEnv(os.Environ()), "PYTHONPATH="+p.dir)
}

func (p *interpreter) worker() proc.Spec {
	return proc.Spec{Path: p.path, Args: []string{p.script("worker.py")}, Env: p.environment()}
}
