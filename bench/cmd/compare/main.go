// Compare measures what fsmgen costs against the limits and the peers, and prints tables in Markdown. See
// docs/benchmarks.md, whose tables it can also write.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/conditions"
	"github.com/fsmgen/fsmgen/bench/echo"
	"github.com/fsmgen/fsmgen/bench/engine"
	"github.com/fsmgen/fsmgen/bench/lease"
	"github.com/fsmgen/fsmgen/bench/scale"
	"github.com/fsmgen/fsmgen/bench/start"
	"github.com/fsmgen/fsmgen/bench/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	rounds int
	loop   time.Duration
	echo   time.Duration
	write  string
	only   *regexp.Regexp // nil for everything

	machines int
	sessions int
	states   int
	burst    string
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rounds, "rounds", 15, "how often everything is measured")
	flags.DurationVar(&o.loop, "loop", 50*time.Millisecond, "for how long each machine is measured per round")
	flags.DurationVar(&o.echo, "echo", 300*time.Millisecond, "for how long each kind of round trip is measured per round")
	flags.StringVar(&o.write, "write", "", "write the tables into this `file` instead of standard output, between its two markers")
	flags.Func("only", "measure only the tables whose title matches this `regexp`", func(s string) (err error) {
		o.only, err = regexp.Compile(s)
		return err
	})
	flags.IntVar(&o.machines, "machines", 1_000_000, "how many machines are started at once, when everything else is measured")
	flags.IntVar(&o.sessions, "sessions", 1_000_000, "how many sessions the large pool has")
	flags.IntVar(&o.states, "states", 10_000, "how many states the largest spec has at most")
	flags.StringVar(&o.burst, "burst", "", "only start these `machines`, as compare has itself do, and write what became of them as JSON")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.rounds < 1 || o.machines < 1 || o.sessions < 10 {
		return o, errors.New("want flags only, and at least one round, one machine and ten sessions; -help lists them")
	}
	if o.write != "" && o.only != nil {
		return o, errors.New("-write replaces all tables: want it without -only")
	}
	return o, nil
}

// wants reports whether the table of that title is to be measured.
func (o options) wants(title string) bool { return o.only == nil || o.only.MatchString(title) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if o.burst != "" {
		return burst(o.burst, o.machines, stdout)
	}
	if o.write != "" {
		if err := checkMarkers(o.write); err != nil {
			return err
		}
	}
	text, err := o.measure(ctx, stderr)
	if err != nil {
		return err
	}
	if o.write != "" {
		return insert(o.write, text)
	}
	_, err = io.WriteString(stdout, text)
	return err
}

// measure returns the tables, and under which conditions they came about.
func (o options) measure(ctx context.Context, stderr io.Writer) (text string, err error) {
	python, err := echo.FindPython(ctx)
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
	reports, err := o.compare(ctx, python, stderr)
	if err != nil {
		return "", err
	}
	rest, err := o.once(ctx)
	if err != nil {
		return "", err
	}
	after, err := conditions.ReadUsage() // when every process has ended, and so counts as ours
	if err != nil {
		return "", err
	}
	return c.Measured(before, after).Markdown(o.rounds) + tables(reports) + rest, nil
}

// once returns the tables of what is not measured in rounds.
func (o options) once(ctx context.Context) (text string, err error) {
	if o.wants(burstTitle(o.machines)) {
		if text, err = bursts(ctx, o.machines); err != nil {
			return "", err
		}
	}
	if o.wants(scale.Title) {
		curve, err := scale.Curve(slices.DeleteFunc([]int{10, 100, 1000, 10_000}, func(n int) bool { return n > o.states })...)
		if err != nil {
			return "", err
		}
		text += scale.Markdown(curve)
	}
	return text, nil
}

// compare measures everything. No process is left when it returns.
func (o options) compare(ctx context.Context, python *echo.Python, stderr io.Writer) (reports []compare.Report, err error) {
	processes, err := echo.NewBench(ctx, python, 1, 8)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, processes.Close()) }()
	var groups []compare.Group
	for _, work := range worker.All() {
		groups = append(groups, work.Group(o.loop))
	}
	groups = append(groups, engine.Groups(o.loop)...)
	groups = append(groups, processes.Groups(ctx, o.echo)...)
	leases, err := lease.NewBench(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, leases.Close()) }()
	for _, loops := range leases.Loops() {
		groups = append(groups, loops.Group(o.loop))
	}
	groups = append(groups, leases.Groups(o.sessions)...)
	dir, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	recovery, err := lease.Recovery(ctx, dir)
	if err != nil {
		return nil, err
	}
	groups = append(groups, recovery)
	starts, err := start.NewBench(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, starts.Close()) }()
	groups = append(groups, starts.Groups(ctx, 8)...)
	groups = slices.DeleteFunc(groups, func(g compare.Group) bool { return !o.wants(g.Title) })
	return compare.Run(ctx, groups, o.rounds, func(round int) {
		fmt.Fprintf(stderr, "round %d of %d\n", round, o.rounds)
	})
}

func tables(reports []compare.Report) string {
	var text strings.Builder
	for _, r := range reports {
		text.WriteString("\n" + r.Markdown())
	}
	return text.String()
}

// The markers stand on lines of their own. What is between them belongs to this command.
const (
	begin = "<!-- compare -->\n"
	end   = "<!-- /compare -->\n"
)

// MarkerError reports a file that does not say where the tables go.
type MarkerError struct{ Path string }

func (e *MarkerError) Error() string {
	return fmt.Sprintf("%s: want a line %q and below it a line %q", e.Path, strings.TrimSpace(begin), strings.TrimSpace(end))
}

// checkMarkers finds out before a long measurement whether its result has a place.
func checkMarkers(path string) error {
	return edit(path, func(between string) string { return between })
}

// insert puts text between the markers of a file.
func insert(path, text string) error {
	return edit(path, func(string) string { return "\n" + text + "\n" })
}

func edit(path string, replace func(between string) string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(content), begin)
	between, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return &MarkerError{path}
	}
	return os.WriteFile(path, []byte(before+begin+replace(between)+end+after), 0o644)
}
