package analyze

import (
	"math"
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// order says of the timers of a configuration, by their indexes, which certainly expires before which.
type order [][2]int

// mayFire reports whether a timer may be the next that expires.
func (o order) mayFire(timer, timers int) bool {
	for other := range timers {
		if slices.Contains(o, [2]int{other, timer}) {
			return false
		}
	}
	return true
}

// order returns what is known of the timers of an outcome. One that was started later, and does not run shorter, expires
// later; of two that were started together the shorter expires first.
func (s *space) order(n *node, o *outcome) order {
	started := map[string]bool{}
	for _, e := range o.entries {
		if e.Kind == interp.TimerSet {
			started[e.Name] = true
		}
	}
	var before order
	for i, a := range o.at.Timers {
		for j, b := range o.at.Timers {
			if i != j && s.precedes(n, a, b, started[a.Name], started[b.Name]) {
				before = append(before, [2]int{i, j})
			}
		}
	}
	return before
}

func (s *space) precedes(n *node, a, b interp.Timer, freshA, freshB bool) bool {
	_, longest := span(a.Trigger)
	shortest, _ := span(b.Trigger)
	switch {
	case freshA && freshB:
		return longest < shortest
	case freshB:
		return longest <= shortest || sameParam(a.Trigger, b.Trigger)
	case freshA || n == nil:
		return false
	default:
		return slices.Contains(n.before, [2]int{n.index(a), n.index(b)})
	}
}

func (n *node) index(t interp.Timer) int {
	return slices.IndexFunc(n.at.Timers, func(other interp.Timer) bool { return other.Trigger == t.Trigger })
}

// length returns how long the timer of a trigger runs.
func length(t spec.Trigger) spec.Length {
	if t.Timer != nil {
		return t.Timer.Length
	}
	return t.Event.Timer.Length
}

// span returns how short and how long the timer of a trigger can run.
func span(t spec.Trigger) (shortest, longest time.Duration) {
	l := length(t)
	if l.Param == nil {
		return l.Duration, l.Duration
	}
	shortest, longest = 0, math.MaxInt64
	if min, err := time.ParseDuration(l.Param.Min.Value); err == nil {
		shortest = min
	}
	if max, err := time.ParseDuration(l.Param.Max.Value); err == nil {
		longest = max
	}
	return shortest, longest
}

func sameParam(a, b spec.Trigger) bool {
	return length(a).Param != nil && length(a).Param == length(b).Param
}
