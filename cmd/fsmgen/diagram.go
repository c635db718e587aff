package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/cover"
	"github.com/fsmgen/fsmgen/gen"
	"github.com/fsmgen/fsmgen/spec"
)

// drawings are the kinds of output that show a machine.
var drawings = kinds{gen.Mermaid, gen.DOT, gen.PlantUML, gen.SVG, gen.XState}

const aboutDiagram = `Diagram prints a diagram of each machine, with an empty line between two of them.

With --inject the arguments are Markdown files instead. The diagram of a spec is written between two lines of such a file,
and is kept up to date there; the path of the spec is relative to the file:

  <!-- fsmgen: door.fsm.yaml -->
  <!-- /fsmgen -->

Options come behind the spec: as=mermaid, as=dot or as=plantuml, and highlight=STATES with commas between. All else in the
file stays as it is. If a marker or a spec has a mistake, no file is written.`

func (t *tool) diagram() *cobra.Command {
	as := choice{value: "mermaid", allowed: drawings.names()}
	var to string
	var marked []string
	var markdown, check bool
	cmd := &cobra.Command{
		Use:               "diagram [SPEC|DIR|DIR/...]... | --inject FILE...",
		Short:             "Print or write a diagram",
		Long:              aboutDiagram,
		GroupID:           understanding,
		ValidArgsFunction: completeDrawn,
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case markdown && len(args) == 0:
				return usageError("diagram --inject: want the Markdown files to write to")
			case markdown:
				return t.inject(args, check)
			case check:
				return usageError("diagram --check: is only for --inject")
			}
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
	cmd.Flags().BoolVar(&markdown, "inject", false, "write diagrams between the markers of Markdown files")
	cmd.Flags().BoolVar(&check, "check", false, "with --inject, write nothing; print what would change as a diff, and exit 3 if that is anything")
	for _, printing := range []string{"as", "highlight", "output"} { // a marker says this for itself
		cmd.MarkFlagsMutuallyExclusive("inject", printing)
	}
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

const aboutCover = `Cover says which transitions of machines were taken in a test run. The tests that generate --tests writes, and every
observer of fsm.NewCoverage, append what they take to the file that FSM_COVER names:

  FSM_COVER=$PWD/fsm.cover go test ./...
  fsmgen cover fsm.cover`

func (t *tool) cover() *cobra.Command {
	var asJSON bool
	var least float64
	cmd := &cobra.Command{
		Use:               "cover FILE [SPEC|DIR|DIR/...]...",
		Short:             "Say which transitions a test run has taken",
		Long:              aboutCover,
		GroupID:           understanding,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeSpecsBehindOne,
		RunE: func(_ *cobra.Command, args []string) error {
			records, err := readRecords(args[0])
			if err != nil {
				return err
			}
			machines, err := t.load(args[1:])
			if err != nil {
				return err
			}
			return t.covered(machines, records, asJSON, least)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object for each machine")
	cmd.Flags().Float64Var(&least, "min", 0, "exit 1 if a machine has less than this `PERCENT`")
	return cmd
}

func readRecords(path string) ([]cover.Record, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unusable(err)
	}
	defer file.Close()
	records, err := cover.Read(file)
	if err != nil {
		return nil, unusable(err)
	}
	return records, nil
}

func (t *tool) covered(machines []*spec.Machine, records []cover.Record, asJSON bool, least float64) error {
	enough := true
	for _, m := range machines {
		t.subject = m.Path
		report, err := cover.Of(m, records)
		if _, ok := errors.AsType[*cover.StaleError](err); ok {
			return stale(err)
		}
		if err != nil {
			return t.bug(err)
		}
		enough = enough && report.Percent() >= least
		var text bytes.Buffer
		write := report.WriteText
		if asJSON {
			write = report.WriteJSON
		}
		if err := write(&text); err != nil {
			return t.bug(err)
		}
		if err := t.print(text.String()); err != nil {
			return err
		}
	}
	if !enough {
		return wrong(errors.New("fewer transitions than wanted were taken"))
	}
	return nil
}
