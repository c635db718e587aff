// Fsmgen checks the specs of state machines and turns them into Go and diagrams. See docs/fsmgen.md.
//
// This package is the command line: arguments, files, streams and exit codes. What a spec means is in package spec, what
// becomes of it in package gen.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

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

const about = `fsmgen turns state machine specs into type-safe Go and diagrams.

A SPEC is a file NAME.fsm.yaml. A DIR stands for the specs in it, DIR/... also for those in directories below. Without
an argument it is ./..., or the directory of the go:generate line that runs fsmgen.

Exit codes: 0 fine, 1 findings in specs, 2 wrong command line, 3 stale output (--check), 4 could not read or write,
70 bug in fsmgen.`

const (
	everyday      = "everyday"
	understanding = "understanding"
	plumbing      = "plumbing"
)

func (t *tool) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "fsmgen",
		Long:              about,
		Version:           readBuild().Version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return t.enter() },
	}
	root.SetVersionTemplate(readBuild().String() + "\n")
	root.AddGroup(
		&cobra.Group{ID: everyday, Title: "Everyday:"},
		&cobra.Group{ID: understanding, Title: "Understanding:"},
		&cobra.Group{ID: plumbing, Title: "Plumbing:"},
	)
	root.AddCommand(
		t.generate(), t.check(), t.format(), t.watch(), t.newMachine(), t.hooks(),
		t.diagram(), t.table(), t.explain(), t.simulate(), t.diff(), t.graph(), t.cover(),
		t.importMachine(), t.schema(), t.completion(), t.version(),
	)
	root.SetHelpCommandGroupID(plumbing)
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = isCommand
	}
	t.flags.register(root)
	return root
}

// isCommand keeps help about nothing from being a success.
func isCommand(cmd *cobra.Command, args []string) error {
	_, _, err := cmd.Root().Find(args)
	return err
}

// enter goes to the directory of -C. Every command calls it first, before it looks at a path.
func (t *tool) enter() error {
	if t.flags.quiet && t.flags.verbose {
		return errors.New("-q and -v exclude each other")
	}
	if t.flags.dir == "" {
		return nil
	}
	if err := os.Chdir(t.flags.dir); err != nil {
		return unusable(err)
	}
	return nil
}

// The exit codes, so that a script can tell "your spec is wrong" from "I broke".
const (
	exitFindings = 1  // a spec has errors, or is not what was asked for
	exitUsage    = 2  // the command line is wrong
	exitStale    = 3  // a generated file is not what its spec says
	exitUnusable = 4  // something could not be read or written
	exitBug      = 70 // fsmgen is wrong
)

const issues = "https://github.com/fsmgen/fsmgen/issues"

// failure is an error and the exit code that it leads to. Errors that are no failure come from cobra and are about the
// command line.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func wrong(err error) error    { return &failure{exitFindings, err} }
func stale(err error) error    { return &failure{exitStale, err} }
func unusable(err error) error { return &failure{exitUnusable, err} }

// usageError is about the command line; any error that is no failure is.
func usageError(what string) error { return errors.New(what) }

// errSaid stands for messages that are printed already.
var errSaid = errors.New("printed above")

// exit says what err has to say and returns the exit code. Command is what its user tried to run.
func (t *tool) exit(command string, err error) int {
	if err == nil {
		return 0
	}
	f, ok := errors.AsType[*failure](err)
	switch {
	case !ok:
		t.say("fsmgen: %v\nRun '%s --help' for usage.", err, command)
		return exitUsage
	case f.code == exitBug:
		t.say("fsmgen: %v\n\nThis is a bug in fsmgen %s. Please report it, with the spec: %s", err, readBuild().Version, issues)
	case !errors.Is(err, errSaid):
		t.say("fsmgen: %v", err)
	}
	return f.code
}

// bug is an error that is not the user's. It names the spec in work.
func (t *tool) bug(err error) error {
	if t.subject != "" {
		err = fmt.Errorf("%s: %w", t.subject, err)
	}
	return &failure{exitBug, err}
}

// print writes a result to standard output.
func (t *tool) print(s string) error {
	if _, err := io.WriteString(t.stdout, s); err != nil {
		return unusable(err)
	}
	return nil
}

// progress is print for what -q leaves out.
func (t *tool) progress(s string) error {
	if t.flags.quiet {
		return nil
	}
	return t.print(s)
}

func (t *tool) progressf(format string, args ...any) error {
	return t.progress(fmt.Sprintf(format, args...))
}

// note writes a line to standard error that only -v asks for.
func (t *tool) note(format string, args ...any) {
	if t.flags.verbose {
		t.say(format, args...)
	}
}

// say writes a line to standard error.
func (t *tool) say(format string, args ...any) {
	fmt.Fprintf(t.stderr, format+"\n", args...)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
