// Command comparison measures the full pool against a basic one, and writes docs/comparison.md. It needs Python 3 and takes
// less than three minutes.
//
//	comparison [-write FILE] [-rounds N] [-faults N] [-echo DURATION]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/fsmgen/fsmgen/bench/comparison"
	"github.com/fsmgen/fsmgen/bench/conditions"
	"github.com/fsmgen/fsmgen/bench/script"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "comparison:", err)
		os.Exit(1)
	}
}

func parse(args []string, stderr io.Writer) (o comparison.Options, write string, err error) {
	flags := flag.NewFlagSet("comparison", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.Rounds, "rounds", 9, "how often the costs are measured")
	flags.IntVar(&o.Faults, "faults", 3, "how often each fault is brought about")
	flags.DurationVar(&o.Echo, "echo", 200*time.Millisecond, "for how long each load is measured per round")
	flags.IntVar(&o.Workers, "workers", 4, "how many workers each pool has")
	flags.StringVar(&write, "write", "", "write the page into this `file` instead of standard output")
	if err := flags.Parse(args); err != nil {
		return o, "", err
	}
	if flags.NArg() > 0 || o.Rounds < 1 || o.Faults < 1 || o.Workers < 1 {
		return o, "", errors.New("want flags only, and at least one round, one fault and one worker; -help lists them")
	}
	o.Clients = []int{1, 4, 16, 64}
	return o, write, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, write, err := parse(args, stderr)
	if err != nil {
		return err
	}
	page, err := measure(ctx, o, stderr)
	if err != nil {
		return err
	}
	if write != "" {
		return os.WriteFile(write, []byte(page), 0o644)
	}
	_, err = io.WriteString(stdout, page)
	return err
}

// measure returns the page.
func measure(ctx context.Context, o comparison.Options, stderr io.Writer) (page string, err error) {
	python, err := script.FindPython(ctx, comparison.Scripts)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, python.Close()) }()
	c, err := conditions.Describe(ctx, python.Path())
	if err != nil {
		return "", err
	}
	before, err := conditions.ReadUsage()
	if err != nil {
		return "", err
	}
	m, err := comparison.Run(ctx, comparison.NewKinds(python), o, func(what string) { fmt.Fprintln(stderr, "comparison:", what) })
	if err != nil {
		return "", err
	}
	after, err := conditions.ReadUsage() // when every process has ended, and so counts as ours
	if err != nil {
		return "", err
	}
	return m.Page(c.Measured(before, after).Markdown(o.Rounds))
}
