package start

import (
	"context"
	"embed"

	"github.com/fsmgen/fsmgen/bench/script"
	"github.com/fsmgen/fsmgen/internal/proc"
)

//go:embed heavy.py bare.py worker.py
var scripts embed.FS

// interpreter is a Python and a directory with the scripts that it is to run.
type interpreter struct{ *script.Python }

func findPython(ctx context.Context) (*interpreter, error) {
	p, err := script.FindPython(ctx, scripts)
	if err != nil {
		return nil, err
	}
	return &interpreter{p}, nil
}

func (p *interpreter) worker() proc.Spec {
	return proc.Spec{Path: p.Path(), Args: []string{p.Script("worker.py")}, Env: p.Environment()}
}
