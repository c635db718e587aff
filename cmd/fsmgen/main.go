package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := tool{stdin: stdin, stdout: stdout, stderr: stderr, files: gen.Files}
	return t.run(ctx, args)
}

// tool is one run of the command.
type tool struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	flags          flags
	files          func(*spec.Machine, gen.Options) ([]gen.File, error) // gen.Files, but in tests of bugs
	subject        string                                               // the spec in work, which the report of a bug names
}

func (t *tool) run(ctx context.Context, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			code = t.exit("", t.bug(fmt.Errorf("panic: %v\n\n%s", p, debug.Stack())))
		}
	}()
	root := t.root()
	root.SetArgs(args)
	root.SetIn(t.stdin)
	root.SetOut(t.stdout)
	root.SetErr(t.stderr)
	if len(args) == 0 { // a wrong command line, and the help says best what is missing
		root.SetArgs([]string{"help"})
		root.SetOut(t.stderr)
	}
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil && len(args) == 0 {
		return exitUsage
	}
	return t.exit(cmd.CommandPath(), err)
}
