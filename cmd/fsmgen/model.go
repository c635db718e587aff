package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
)

const aboutTable = `Table prints what each machine does with each event in each state: guards in brackets, tried from the top, then where it
leads. An empty cell is not decided by the spec: the event is rejected there.`

func (t *tool) table() *cobra.Command {
	return t.text("table", "Print the matrix of states and events", aboutTable, gen.Table)
}

const aboutGraph = `Graph prints each machine as one JSON object: its states, its transitions and everything that is declared, each with where
it stands in the spec. "graph": 1 is the version of this form.`

func (t *tool) graph() *cobra.Command {
	return t.text("graph", "Print the model as JSON, for tools", aboutGraph, gen.Graph)
}

// text is a command that prints a text about each machine, with an empty line between two of them.
func (t *tool) text(name, short, long string, kind gen.Kind) *cobra.Command {
	return &cobra.Command{
		Use:               name + " [SPEC|DIR|DIR/...]...",
		Short:             short,
		Long:              long,
		GroupID:           understanding,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			machines, err := t.load(args)
			if err != nil {
				return err
			}
			var texts []string
			for _, m := range machines {
				t.subject = m.Path
				text, err := gen.Text(m, kind)
				if err != nil {
					return err
				}
				texts = append(texts, text)
			}
			return t.print(strings.Join(texts, "\n"))
		},
	}
}
