package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/fsmgen/fsmgen/cmd/fsmgen/internal/console"
	"github.com/fsmgen/fsmgen/internal/second"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

const aboutSimulate = `Simulate runs a machine without generating code, on the engine that runs generated code, with a clock that only moves when
it is told. Type events and see states, timers and actions; help lists what can be typed, and the tab key completes it.

A SCRIPT has the same lines, and prints its transcript. The script - is standard input.`

func (t *tool) simulate() *cobra.Command {
	var params []string
	engine := choice{value: "core", allowed: []string{"core", "stateless"}}
	cmd := &cobra.Command{
		Use:               "simulate SPEC [SCRIPT]",
		Short:             "Type events, see states, timers and actions",
		Long:              aboutSimulate,
		GroupID:           understanding,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: completeSpecs,
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := t.loadOne(args[0])
			if err != nil {
				return err
			}
			values, err := paramValues(m, params)
			if err != nil {
				return err
			}
			switch {
			case len(args) == 2:
				return t.replay(m, values, args[1], engine.value)
			case engine.value != "core":
				return usageError("simulate --engine stateless wants a script")
			}
			return t.converse(m, values)
		},
	}
	cmd.Flags().StringArrayVar(&params, "param", nil, "`NAME=VALUE` of a param, instead of its default; may be repeated")
	cmd.Flags().Var(&engine, "engine", "what runs the script: the engine of generated code, or a second opinion, of less")
	complete(cmd, "engine", engine.allowed)
	return cmd
}

// paramValues reads params by the types that the spec gives them.
func paramValues(m *spec.Machine, settings []string) (simulate.Values, error) {
	values := simulate.Values{}
	for _, setting := range settings {
		name, text, ok := strings.Cut(setting, "=")
		i := slices.IndexFunc(m.Params, func(p *spec.Param) bool { return p.Name == name })
		if !ok || i < 0 {
			return nil, usageError(fmt.Sprintf("--param %s: want NAME=VALUE of a param of %s", setting, m.Path))
		}
		value, ok := simulate.Parse(m.Params[i].Type.Value, text)
		if !ok {
			return nil, usageError(fmt.Sprintf("--param %s: want a value of type %s", setting, m.Params[i].Type.Value))
		}
		values[name] = value
	}
	return values, nil
}

// replay prints the transcript of a script.
func (t *tool) replay(m *spec.Machine, params simulate.Values, path, engine string) error {
	text, err := t.slurp(path)
	if err != nil {
		return unusable(err)
	}
	script, err := simulate.ParseScript(string(text))
	if err != nil {
		return wrong(err)
	}
	play := playCore
	if engine == "stateless" {
		play = second.Play
	}
	var transcript strings.Builder
	failed := play(&transcript, m, script, params)
	if err := t.print(transcript.String()); err != nil {
		return err
	}
	if failed != nil {
		return wrong(failed)
	}
	return nil
}

func playCore(w io.Writer, m *spec.Machine, script []simulate.Stimulus, params simulate.Values) error {
	machine, answers, rest, err := simulate.Start(m, script, params)
	if err != nil {
		return err
	}
	return simulate.Play(w, machine, answers, rest)
}

// converse runs the console on standard input.
func (t *tool) converse(m *spec.Machine, params simulate.Values) error {
	if in, ok := t.stdin.(*os.File); ok && isTerminal(in) && isTerminal(t.stdout) {
		return t.converseOn(in, m, params)
	}
	c, err := console.New(t.stdout, m, params)
	if err != nil {
		return unusable(err)
	}
	c.Echo = true
	lines := bufio.NewScanner(t.stdin)
	err = c.Run(func() (string, error) {
		if lines.Scan() {
			return lines.Text(), nil
		}
		if err := lines.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	})
	if err != nil {
		return unusable(err)
	}
	return nil
}

// converseOn talks on a terminal, with a history and completion.
func (t *tool) converseOn(in *os.File, m *spec.Machine, params simulate.Values) (err error) {
	was, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return unusable(err)
	}
	defer func() { err = errors.Join(err, term.Restore(int(in.Fd()), was)) }()
	screen := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, t.stdout}, "> ")
	c, err := console.New(screen, m, params)
	if err != nil {
		return unusable(err)
	}
	screen.AutoCompleteCallback = completer(screen, c)
	if err := c.Run(screen.ReadLine); err != nil {
		return unusable(err)
	}
	return nil
}

// completer completes at the end of a line, and lists what there is to choose from.
func completer(screen io.Writer, c *console.Console) func(string, int, rune) (string, int, bool) {
	return func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' || pos != len(line) {
			return "", 0, false
		}
		completed, candidates := c.Complete(line)
		if completed == line && len(candidates) > 1 {
			fmt.Fprintln(screen, strings.Join(candidates, "  "))
		}
		return completed, len(completed), true
	}
}
