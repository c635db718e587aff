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
	cmd := &cobra.Command{
		Use:               "generate [SPEC|DIR|DIR/...]...",
		Short:             "Write Go and Markdown for specs",
		Long:              aboutGenerate,
		GroupID:           everyday,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			products, err := t.plan(args)
			if err != nil {
				return err
			}
			left, err := leftovers(products)
			if err != nil {
				return unusable(err)
			}
			if check {
				return t.compare(flatten(products), left)
			}
			if err := t.write(flatten(products)); err != nil {
				return err
			}
			return t.remove(left)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; print what would change as a diff, and exit 3 if that is anything")
	return cmd
}

// plan makes, in memory, what is to be on disk.
func (t *tool) plan(args []string) ([]product, error) {
	machines, err := t.load(args)
	if err != nil {
		return nil, err
	}
	products, err := t.produce(machines)
	if err != nil {
		return nil, err
	}
	found := append(overlaps(products), strangers(products)...)
	found.Sort()
	return products, t.report(machines, found)
}

// compare prints what generate would change.
func (t *tool) compare(outputs []output, left []leftover) error {
	diff, err := gen.Diff(contents(outputs))
	if err != nil {
		return unusable(err)
	}
	for _, l := range left {
		diff += l.diff()
	}
	if diff == "" {
		return nil
	}
	if err := t.progress(diff); err != nil {
		return err
	}
	return stale(errors.New("generated files are not what the specs say: run fsmgen generate"))
}
