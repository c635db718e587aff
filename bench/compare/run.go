// Package compare holds ways to do the same work against each other, on a machine that is never quiet.
//
// Everything is measured in rounds: each measures every candidate once, in another order, so that what disturbs the
// machine disturbs all of them. A candidate is judged by the median, over the rounds, of its ratio to the limit in the
// same round. The limit is measured twice per round: its ratio to itself is the noise that all other ratios have.
package compare

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"
)

// Report is the result of measuring a group.
type Report struct {
	Group *Group
	Rows  []Row // of the limit, the others, and the limit again
}

// Row is the result of measuring a candidate.
type Row struct {
	Candidate Candidate
	Values    [][]float64 // by figure, then by round
}

// Run measures all groups in as many rounds, and calls progress before each, which counts from 1. The first error ends it,
// and so does the end of ctx when a round is over.
func Run(ctx context.Context, groups []Group, rounds int, progress func(round int)) ([]Report, error) {
	reports := make([]Report, len(groups))
	for i := range groups {
		reports[i] = newReport(&groups[i])
	}
	for round := range rounds {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		progress(round + 1)
		for _, r := range reports {
			if err := r.round(uint64(round)); err != nil {
				return nil, fmt.Errorf("compare: %s: %w", r.Group.Title, err)
			}
		}
	}
	return reports, nil
}

func newReport(g *Group) Report {
	r := Report{Group: g}
	for _, c := range g.candidates() {
		r.Rows = append(r.Rows, Row{Candidate: c, Values: make([][]float64, len(g.Figures))})
	}
	return r
}

// round measures each candidate once.
func (r Report) round(number uint64) error {
	if r.Group.Around == nil {
		return r.measure(number)
	}
	end, err := r.Group.Around()
	if err != nil {
		return err
	}
	return errors.Join(r.measure(number), end())
}

// measure takes the candidates in an order that is another one in each round, and the same in each run.
func (r Report) measure(round uint64) error {
	for _, i := range rand.New(rand.NewPCG(round, 0)).Perm(len(r.Rows)) {
		if err := r.Rows[i].measure(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Row) measure() error {
	values, err := r.Candidate.Measure()
	if err != nil {
		return fmt.Errorf("%s: %w", r.Candidate.Name, err)
	}
	for figure, v := range values {
		r.Values[figure] = append(r.Values[figure], v)
	}
	return nil
}

// Loops is work whose single piece is too short for a clock.
type Loops struct {
	Title  string
	Limit  Loop
	Others []Loop
}

// Loop is one way to do such work.
type Loop struct {
	Name string
	Goal float64 // as in [Candidate]
	// Run does the work n times.
	Run func(n int) error
}

// Group measures each loop for about d per round: time, bytes and allocations for one piece of work. The time is judged.
func (l Loops) Group(d time.Duration) Group {
	g := Group{
		Title:   l.Title,
		Figures: []Figure{{Name: "ns"}, {Name: "bytes"}, {Name: "allocs"}},
		Limit:   l.Limit.candidate(d),
	}
	for _, other := range l.Others {
		g.Others = append(g.Others, other.candidate(d))
	}
	return g
}

func (l Loop) candidate(d time.Duration) Candidate {
	n := 0
	return Candidate{Name: l.Name, Goal: l.Goal, Measure: func() ([]float64, error) {
		if n == 0 {
			var err error
			if n, err = l.calibrate(d); err != nil {
				return nil, err
			}
		}
		return l.measure(n)
	}}
}

// calibrate returns how often the work is done in about d.
func (l Loop) calibrate(d time.Duration) (int, error) {
	for n := 1; ; n *= 2 {
		start := time.Now()
		if err := l.Run(n); err != nil {
			return 0, err
		}
		if took := time.Since(start); took >= d/4 {
			return max(1, int(float64(n)*float64(d)/float64(took))), nil
		}
	}
}

func (l Loop) measure(n int) ([]float64, error) {
	runtime.GC() // what others left is not cleared away on this one's time
	before := ReadAllocated()
	start := time.Now()
	err := l.Run(n)
	took := time.Since(start)
	after := ReadAllocated()
	each := func(total uint64) float64 { return float64(total) / float64(n) }
	return []float64{each(uint64(took)), each(after.Bytes - before.Bytes), each(after.Objects - before.Objects)}, err
}

// Group is work that several candidates do.
type Group struct {
	Title   string
	Figures []Figure
	// Judged is the index of the figure whose ratio to the limit counts.
	Judged int
	// Limit is what the others are held against: as little as the work can cost.
	Limit  Candidate
	Others []Candidate
	// Around is called before the group's part of each round, and what it returns after it. Nil does nothing.
	Around func() (end func() error, err error)
}

// Figure is a number that measuring a candidate yields.
type Figure struct {
	Name         string // with its unit
	MoreIsBetter bool
}

// Candidate is one way to do the work.
type Candidate struct {
	Name string
	// Goal bounds the ratio to the limit, from above, or from below where more is better. 0 is no goal.
	Goal float64
	// Measure does the work for a while and returns a value for each figure of the group.
	Measure func() ([]float64, error)
}

// again is the name of the limit's second measurement.
const again = "the same again"

// candidates are all that a round measures: the limit, the others, and the limit again.
func (g *Group) candidates() []Candidate {
	all := append([]Candidate{g.Limit}, g.Others...)
	return append(all, Candidate{Name: again, Measure: g.Limit.Measure})
}
