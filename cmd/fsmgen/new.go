package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/scaffold"
	"github.com/fsmgen/fsmgen/gen"
)

const aboutNew = `New writes a spec to begin with, NAME.fsm.yaml, and gen.go with the go:generate line that turns it into code. They go to
a directory of their own, as a machine is a Go package. What is there already is never overwritten.`

func (t *tool) newMachine() *cobra.Command {
	var dir, packageName string
	cmd := &cobra.Command{
		Use:               "new NAME",
		Short:             "Write a commented spec and a gen.go with go:generate",
		Long:              aboutNew,
		GroupID:           everyday,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := scaffold.Files(dir, args[0], packageName)
			if _, ok := errors.AsType[*scaffold.NameError](err); ok {
				return err
			}
			if err != nil {
				return t.bug(err)
			}
			where := filepath.Dir(files[0].Path)
			if name, pkg := gen.OtherPackage(where, scaffold.Package(args[0], packageName)); pkg != "" {
				return unusable(fmt.Errorf("%s is package %s: say --package %s, or another directory with --output", filepath.Join(where, name), pkg, pkg))
			}
			return t.create(files)
		},
	}
	cmd.Flags().StringVarP(&dir, "output", "o", "", "write to `DIR` instead of one that is called like the package")
	cmd.Flags().StringVar(&packageName, "package", "", "the `NAME` of the Go package, instead of the machine's with fsm behind")
	return cmd
}
