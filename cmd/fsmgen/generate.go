package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
)

const aboutGenerate = `Generate writes a Go package and a Markdown page for each spec: beside it, or where its go: {out: DIR} says.

It prints a line for each file that changes; what is as it should be is not touched. If any spec has an error, nothing
is written. A generated file in one of these directories whose spec is gone is removed.`

func (t *tool) generate() *cobra.Command {
	var check bool
	var opt gen.Options
	cmd := &cobra.Command{
		Use:               "generate [SPEC|DIR|DIR/...]...",
		Short:             "Write Go and Markdown for specs",
		Long:              aboutGenerate,
		GroupID:           everyday,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			products, err := t.plan(args, opt)
			if err != nil {
				return err
			}
			if check {
				return t.compare(products)
			}
			return t.carryOut(products)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; print what would change as a diff, and exit 3 if that is anything")
	whatToWrite(cmd, &opt)
	return cmd
}

// whatToWrite are the flags of commands that write outputs.
func whatToWrite(cmd *cobra.Command, opt *gen.Options) {
	cmd.Flags().Var((*kinds)(&opt.Only), "only", "what to write instead of go,md: "+kindNames())
	cmd.Flags().BoolVar(&opt.Tests, "tests", false, "also write a test that takes every transition")
	cmd.Flags().StringVarP(&opt.Dir, "output", "o", "", "write to `DIR` instead of where the specs say")
	complete(cmd, "only", kinds(gen.Kinds()).names())
}

// carryOut brings products to disk, and prints a line for each file that changes.
func (t *tool) carryOut(products []gen.Product) error {
	left, err := gen.Leftovers(products)
	if err != nil {
		return unusable(err)
	}
	if err := t.write(flatten(products)); err != nil {
		return err
	}
	return t.remove(left)
}

// compare prints what generate would change.
func (t *tool) compare(products []gen.Product) error {
	left, err := gen.Leftovers(products)
	if err != nil {
		return unusable(err)
	}
	diff, err := gen.Diff(contents(flatten(products)))
	if err != nil {
		return unusable(err)
	}
	for _, l := range left {
		diff += gen.Removal(l)
	}
	if diff == "" {
		return nil
	}
	if err := t.progress(diff); err != nil {
		return err
	}
	return stale(errors.New("generated files are not what the specs say: run fsmgen generate"))
}
