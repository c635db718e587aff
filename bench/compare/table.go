package compare

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
)

// Markdown returns the report as a heading and a table: the median of each figure, then the ratio of the judged one to the
// limit, as the median and the range of the rounds.
func (r Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", r.Group.Title)
	head := []string{""}
	for _, f := range r.Group.Figures {
		head = append(head, f.Name)
	}
	head = append(head, r.Group.Figures[r.Group.Judged].Name+" / limit", "min..max", "goal")
	line(&b, head)
	line(&b, slices.Concat([]string{"---"}, slices.Repeat([]string{"---:"}, len(head)-2), []string{"---"}))
	for i := range r.Rows {
		line(&b, r.cells(i))
	}
	return b.String()
}

func line(b *strings.Builder, cells []string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

func (r Report) cells(i int) []string {
	c := r.Rows[i].Candidate
	cells := []string{c.Name}
	if i == 0 {
		cells[0] += " (limit)"
	}
	for _, values := range r.Rows[i].Values {
		cells = append(cells, Number(NewSpread(values).Median))
	}
	if i == 0 {
		return append(cells, "1", "", "")
	}
	ratio := r.Ratio(i)
	return append(cells, Number(ratio.Median), Number(ratio.Low)+".."+Number(ratio.High), r.goal(i))
}

// Ratio returns the ratio of a row's judged figure to the limit's.
func (r Report) Ratio(row int) Spread {
	return r.FigureRatio(row, r.Group.Judged)
}

// FigureRatio returns the ratio of any figure of a row to the limit's.
func (r Report) FigureRatio(row, figure int) Spread {
	return NewSpread(ratios(r.Rows[row].Values[figure], r.Rows[0].Values[figure]))
}

// Verdict says whether a row meets its goal.
func (r Report) Verdict(row int) Verdict {
	noise := r.Ratio(len(r.Rows) - 1)
	more := r.Group.Figures[r.Group.Judged].MoreIsBetter
	return judge(r.Ratio(row), noise, r.Rows[row].Candidate.Goal, more)
}

func (r Report) goal(row int) string {
	verdict := r.Verdict(row)
	if verdict == NoGoal {
		return ""
	}
	sign := "≤"
	if r.Group.Figures[r.Group.Judged].MoreIsBetter {
		sign = "≥"
	}
	return fmt.Sprintf("%s %v: %s", sign, r.Rows[row].Candidate.Goal, verdict)
}

// Number rounds v to what its size deserves.
func Number(v float64) string {
	switch {
	case v < 0.005:
		return "0"
	case v < 100:
		return fmt.Sprintf("%.3g", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// Spread is the summary of a value per round: the ends, the quarters and the middle.
type Spread struct{ Low, Lower, Median, Upper, High float64 }

// NewSpread returns the spread of at least one value.
func NewSpread(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	return Spread{at(sorted, 0), at(sorted, 0.25), at(sorted, 0.5), at(sorted, 0.75), at(sorted, 1)}
}

// at returns the value that stands at this part of the way through, between two values in proportion.
func at(sorted []float64, part float64) float64 {
	whole, rest := math.Modf(part * float64(len(sorted)-1))
	i := int(whole)
	if rest == 0 {
		return sorted[i]
	}
	return sorted[i]*(1-rest) + sorted[i+1]*rest
}

// ratios divides round by round.
func ratios(values, limits []float64) []float64 {
	all := make([]float64, len(values))
	for i := range values {
		all[i] = values[i] / limits[i]
	}
	return all
}

// Verdict is the relation of a ratio to a goal.
type Verdict string

// The verdicts. A goal is met or missed by the median alone. InNoise is a goal that is missed by less than what half of the
// ratios of the limit to itself are away from 1; only a quieter machine can tell.
const (
	NoGoal  Verdict = ""
	Met     Verdict = "met"
	Missed  Verdict = "missed"
	InNoise Verdict = "missed, within the noise"
)

// judge holds a ratio against a goal; noise is the ratio of the limit to itself.
func judge(ratio, noise Spread, goal float64, moreIsBetter bool) Verdict {
	value, lenient := ratio.Median, ratio.Median/noise.Upper
	if moreIsBetter {
		value, lenient, goal = -ratio.Median, -ratio.Median/noise.Lower, -goal
	}
	switch {
	case goal == 0:
		return NoGoal
	case value <= goal:
		return Met
	case lenient <= goal:
		return InNoise
	default:
		return Missed
	}
}

// Allocated is the memory that a process has allocated in its life.
type Allocated struct{ Bytes, Objects uint64 }

// ReadAllocated stops the world for a moment, so it is not for use within a measurement.
func ReadAllocated() Allocated {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Allocated{Bytes: m.TotalAlloc, Objects: m.Mallocs}
}
