package echo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
)

// The figures of [service.measure], in their order. The time counts for one client, the throughput for several.
const (
	timeFigure = iota
	_
	throughputFigure
	allocationsFigure
)

func figures() []compare.Figure {
	return []compare.Figure{
		{Name: "p50 µs"}, {Name: "p99 µs"}, {Name: "requests/s", MoreIsBetter: true}, {Name: "allocs"},
	}
}

// measure lets every client do round trips for d.
func (s *service) measure(ctx context.Context, d time.Duration) ([]float64, error) {
	times := make([][]time.Duration, len(s.clients))
	errs := make([]error, len(s.clients))
	var wg sync.WaitGroup
	before := compare.ReadAllocated()
	start := time.Now()
	for i, c := range s.clients {
		wg.Go(func() { times[i], errs[i] = roundTrips(ctx, c, start.Add(d)) })
	}
	wg.Wait()
	took := time.Since(start)
	after := compare.ReadAllocated()
	all := slices.Concat(times...)
	slices.Sort(all)
	return []float64{
		microseconds(percentile(all, 50)),
		microseconds(percentile(all, 99)),
		float64(len(all)) / took.Seconds(),
		float64(after.Objects-before.Objects) / float64(len(all)),
	}, errors.Join(errs...)
}

// roundTrips returns how long each took: at least one, and no further one after end.
func roundTrips(ctx context.Context, c client, end time.Time) ([]time.Duration, error) {
	var times []time.Duration
	for {
		start := time.Now()
		if err := c.echo(ctx); err != nil {
			return times, err
		}
		now := time.Now()
		times = append(times, now.Sub(start))
		if now.After(end) {
			return times, nil
		}
	}
}

// percentile returns the smallest of the sorted values that p percent do not exceed, and 0 of none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*p+99)/100-1]
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// Awaken keeps every processor awake, with a process each at the lowest priority, until end is called. A virtual processor
// that has gone to sleep takes longer to wake than a round trip takes.
func (p *Python) Awaken() (end func() error, err error) {
	var spinners []*spinner
	end = func() error {
		var errs []error
		for _, s := range spinners {
			errs = append(errs, s.close())
		}
		return errors.Join(errs...)
	}
	for range runtime.NumCPU() {
		s, err := p.spinner()
		if err != nil {
			return nil, errors.Join(err, end())
		}
		spinners = append(spinners, s)
	}
	return end, nil
}

// spinner is a process that ends when its standard input does, and so never outlives this one.
type spinner struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

func (p *Python) spinner() (*spinner, error) {
	cmd := exec.Command(p.Path(), p.Script("awake.py"))
	cmd.Env, cmd.Stderr = p.Environment(), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &spinner{cmd, stdin}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		return nil, errors.Join(fmt.Errorf("echo: keeping a processor awake: %w", err), s.close())
	}
	return s, nil
}

func (s *spinner) close() error { return errors.Join(s.stdin.Close(), s.cmd.Wait()) }
