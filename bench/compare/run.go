package compare

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
)

// Report is what measuring a group has yielded.
type Report struct {
	Group *Group
	Rows  []Row // of the limit, the others, and the limit again
}

// Row is what measuring a candidate has yielded.
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
