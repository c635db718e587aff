package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/gen/mermaid"
	"github.com/fsmgen/fsmgen/spec"
)

func (t *tool) diagram() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:               "diagram [SPEC|DIR|DIR/...]...",
		Short:             "Print Mermaid diagrams",
		Long:              "Diagram prints Mermaid state diagrams, with an empty line between two of them.",
		GroupID:           understanding,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			machines, err := t.load(args)
			if err != nil {
				return err
			}
			text := t.diagrams(machines)
			if to == "" {
				return t.print(text)
			}
			return t.write([]output{{gen.File{Path: to, Content: []byte(text)}, paths(machines)}})
		},
	}
	cmd.Flags().StringVarP(&to, "output", "o", "", "write to `FILE` instead of standard output")
	return cmd
}

func (t *tool) diagrams(machines []*spec.Machine) string {
	var texts []string
	for _, m := range machines {
		t.subject = m.Path
		texts = append(texts, mermaid.Text(m))
	}
	return strings.Join(texts, "\n")
}

func paths(machines []*spec.Machine) string {
	var all []string
	for _, m := range machines {
		all = append(all, m.Path)
	}
	return strings.Join(all, ", ")
}
