package main

import (
	"errors"
	"fmt"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/hooks"
	"github.com/fsmgen/fsmgen/gen"
)

const aboutHooks = `Hooks writes a type with the methods that the generated Hooks of a machine want, to hooks.go beside the generated code.
A method panics until it is written by hand; Terminated does nothing.

If the package has the type, only the methods that it lacks are added, behind all else in its file. What is there already
is never changed. Each method that is added is printed. Two groups with a method of one name need two types: the second has
the name of its group behind, such as hooksDoor.`

func (t *tool) hooks() *cobra.Command {
	var to, typ string
	var check bool
	cmd := &cobra.Command{
		Use:               "hooks SPEC",
		Short:             "Write the hooks that are missing",
		Long:              aboutHooks,
		GroupID:           everyday,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			if !token.IsIdentifier(typ) || typ == "_" {
				return usageError(fmt.Sprintf("hooks --type %.40q: want the name of a Go type, such as hooks", typ))
			}
			products, err := t.plan(args, gen.Options{Only: []gen.Kind{gen.Go}})
			if err != nil {
				return err
			}
			if len(products) != 1 {
				return usageError(args[0] + ": there is more than one spec: name one")
			}
			return t.addHooks(products[0], to, typ, check)
		},
	}
	cmd.Flags().StringVarP(&to, "output", "o", "", "write to `FILE` instead of the one with the type, or hooks.go")
	cmd.Flags().StringVar(&typ, "type", "hooks", "the `NAME` of the type with the methods")
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; print the methods that are missing, and exit 1 if there are any")
	cmd.Flags().StringVar(&to, "out", "", "the word of the spec for --output")
	if err := cmd.Flags().MarkHidden("out"); err != nil {
		panic(err)
	}
	return cmd
}

// addHooks adds the hooks that a machine lacks to the package of its code, and prints each of them; with check it only prints.
func (t *tool) addHooks(p gen.Product, to, typ string, check bool) error {
	dir := filepath.Dir(p.Files[0].Path)
	if to != "" {
		if !strings.HasSuffix(to, ".go") || absolute(filepath.Dir(to)) != absolute(dir) {
			return usageError(fmt.Sprintf("hooks --output %.200s: want a Go file in %s, the directory of the generated code", to, dir))
		}
		to = filepath.Join(dir, filepath.Base(to))
	}
	missing, files, err := hooks.Plan(p.Files, to, typ)
	if _, ok := errors.AsType[*hooks.Error](err); ok {
		return wrong(err)
	}
	if err != nil {
		return unusable(err)
	}
	for i, f := range files { // so that a link is not replaced by a file
		if real, err := filepath.EvalSymlinks(f.Path); err == nil {
			files[i].Path = real
		}
	}
	if !check {
		if _, err := gen.Write(files); err != nil {
			return unusable(err)
		}
	}
	var lines strings.Builder
	for _, m := range missing {
		fmt.Fprintf(&lines, "%s: %s.%s\n", m.Path, m.Type, m.Method)
	}
	if err := t.progress(lines.String()); err != nil || !check || len(missing) == 0 {
		return err
	}
	return wrong(fmt.Errorf("%s missing: run fsmgen hooks %s", plural(len(missing), "hook is", "hooks are"), p.Machine.Path))
}
