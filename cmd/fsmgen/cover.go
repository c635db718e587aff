package main

import (
	"bytes"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/cover"
	"github.com/fsmgen/fsmgen/spec"
)

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
