package echo

import (
	"context"
	"embed"

	"github.com/fsmgen/fsmgen/bench/script"
)

//go:embed *.py
var sources embed.FS

// Python is an interpreter, and a directory with the scripts that it is to run.
type Python struct{ *script.Python }

// FindPython finds the interpreter that a pool takes too. What it returns is to be closed. The error is a
// [proc.InterpreterError] if there is none.
func FindPython(ctx context.Context) (*Python, error) {
	p, err := script.FindPython(ctx, sources)
	if err != nil {
		return nil, err
	}
	return &Python{p}, nil
}
