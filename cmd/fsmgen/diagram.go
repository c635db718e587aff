package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

// drawings are the kinds of output that show a machine.
var drawings = kinds{gen.Mermaid, gen.DOT, gen.PlantUML, gen.SVG, gen.XState}

func (t *tool) diagram() *cobra.Command {
	as := choice{value: "mermaid", allowed: drawings.names()}
	var to string
	var marked []string
	cmd := &cobra.Command{
		Use:               "diagram [SPEC|DIR|DIR/...]...",
		Short:             "Print or write a diagram",
		Long:              "Diagram prints a diagram of each machine, with an empty line between two of them.",
		GroupID:           understanding,
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			machines, err := t.load(args)
			if err != nil {
				return err
			}
			text, err := t.drawn(machines, gen.Kind(as.value), marked)
			if err != nil {
				return err
			}
			return t.deliver(to, text, paths(machines))
		},
	}
	cmd.Flags().Var(&as, "as", "what to draw it for: the JSON of XState is a machine to look at in its editor")
	cmd.Flags().StringSliceVar(&marked, "highlight", nil, "mark these `STATES`, with commas between")
	cmd.Flags().StringVarP(&to, "output", "o", "", "write to `FILE` instead of standard output")
	complete(cmd, "as", as.allowed)
	if err := cmd.RegisterFlagCompletionFunc("highlight", completeStates); err != nil {
		panic(err)
	}
	return cmd
}

func (t *tool) drawn(machines []*spec.Machine, kind gen.Kind, marked []string) (string, error) {
	var texts []string
	for _, m := range machines {
		t.subject = m.Path
		states, err := statesOf(m, marked)
		if err != nil {
			return "", err
		}
		text, err := gen.Text(m, kind, states...)
		if errors.Is(err, gen.ErrNoHighlight) {
			return "", usageError(string(kind) + " has no way to highlight states")
		}
		if err != nil {
			return "", err
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "\n"), nil
}

// statesOf finds states by their names.
func statesOf(m *spec.Machine, names []string) ([]*spec.State, error) {
	all := slices.Collect(m.All())
	var states []*spec.State
	for _, name := range names {
		i := slices.IndexFunc(all, func(s *spec.State) bool { return s.Name == name || s.Path() == name })
		if i < 0 {
			return nil, usageError(fmt.Sprintf("%s: there is no state %s", m.Path, name))
		}
		states = append(states, all[i])
	}
	return states, nil
}

func paths(machines []*spec.Machine) string {
	var all []string
	for _, m := range machines {
		all = append(all, m.Path)
	}
	return strings.Join(all, ", ")
}
