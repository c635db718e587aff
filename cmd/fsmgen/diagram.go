package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/gen/dot"
	"github.com/fsmgen/fsmgen/gen/highlight"
	"github.com/fsmgen/fsmgen/gen/mermaid"
	"github.com/fsmgen/fsmgen/gen/plantuml"
	"github.com/fsmgen/fsmgen/gen/svg"
	"github.com/fsmgen/fsmgen/gen/xstate"
	"github.com/fsmgen/fsmgen/spec"
)

// drawing is a kind of diagram.
type drawing struct {
	name string
	text func(*spec.Machine) string
	mark func(text string, states []*spec.State) string // nil: it has no way to mark states
}

var drawings = []drawing{
	{"mermaid", mermaid.Text, highlight.Mermaid},
	{"dot", dot.Text, highlight.DOT},
	{"plantuml", plantuml.Text, highlight.PlantUML},
	{"svg", svg.Text, highlight.SVG},
	{"xstate", xstate.JSON, nil},
}

func drawingNames() []string {
	var names []string
	for _, d := range drawings {
		names = append(names, d.name)
	}
	return names
}

func (t *tool) diagram() *cobra.Command {
	as := choice{value: "mermaid", allowed: drawingNames()}
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
			i := slices.IndexFunc(drawings, func(d drawing) bool { return d.name == as.value })
			text, err := t.drawn(machines, drawings[i], marked)
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

func (t *tool) drawn(machines []*spec.Machine, d drawing, marked []string) (string, error) {
	if len(marked) > 0 && d.mark == nil {
		return "", usageError(d.name + " has no way to highlight states")
	}
	var texts []string
	for _, m := range machines {
		t.subject = m.Path
		states, err := statesOf(m, marked)
		if err != nil {
			return "", err
		}
		text := d.text(m)
		if len(states) > 0 {
			text = d.mark(text, states)
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
