package compare

import (
	"math"
	"slices"
)

// Spread is what remains of a value per round: the ends, the quarters and the middle.
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

// Verdict says how a ratio stands to a goal.
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
