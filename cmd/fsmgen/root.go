package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"
)

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
		t.generate(), t.check(), t.format(), t.watch(), t.newMachine(),
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
