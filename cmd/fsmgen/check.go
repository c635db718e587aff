package main

import "github.com/spf13/cobra"

func (t *tool) check() *cobra.Command {
	return &cobra.Command{
		Use:               "check [SPEC|DIR|DIR/...]...",
		Aliases:           []string{"vet"},
		Short:             "Report what is wrong with specs",
		GroupID:           everyday,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			machines, err := t.load(args)
			if err != nil {
				return err
			}
			products, err := t.produce(machines)
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
