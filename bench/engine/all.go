package engine

import (
	"time"

	"github.com/fsmgen/fsmgen/bench/compare"
)

// Loops are all work that a clock is too coarse for.
func Loops() []compare.Loops {
	return []compare.Loops{Bare(), Direct(1), Direct(2), Call(), Cast(1), Cast(2), Timeout(), Watched()}
}

// Groups are all comparisons. Each candidate of Loops is measured for about d per round.
func Groups(d time.Duration) []compare.Group {
	var groups []compare.Group
	for _, l := range Loops() {
		groups = append(groups, l.Group(d))
	}
	return append(groups, Memory(20_000))
}
