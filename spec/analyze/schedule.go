package analyze

import (
	"slices"
	"time"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// margin is how long before a timer expires something else happens that is to happen before.
const margin = time.Millisecond

// bound says that one step of a way happens at least so long after another, which may be negative.
type bound struct {
	from, to int
	least    time.Duration
}

// schedule returns when each step of a way happens, as early as possible, so that timers expire where the way says so: params
// have their defaults. Where no times fit, which is possible only where timers run that the order of their starts says
// nothing about, it returns the earliest that respect the order alone.
func schedule(way []*edge) []time.Duration {
	times := make([]time.Duration, len(way))
	bounds := bounds(way)
	for range way {
		if !settle(times, bounds) {
			return times
		}
	}
	if settle(times, bounds) { // each round fixes one step at least
		clear(times)
	}
	return times
}

// settle moves the steps that are too early. It reports whether there were any.
func settle(times []time.Duration, bounds []bound) bool {
	moved := false
	for _, b := range bounds {
		if at := times[b.from] + b.least; times[b.to] < at {
			times[b.to], moved = at, true
		}
	}
	return moved
}

// bounds are what the timers that run on a way say about its times.
func bounds(way []*edge) []bound {
	var all []bound
	for i, e := range way {
		switch {
		case i == 0:
		case e.fires(): // and not together with what comes before
			all = append(all, bound{i - 1, i, margin})
		default:
			all = append(all, bound{i - 1, i, 0})
		}
		for _, t := range e.to.at.Timers {
			if slices.Contains(e.started, t.Name) {
				all = append(all, lasting(way, i, t)...)
			}
		}
	}
	return all
}

// lasting says when the timer that step i starts ends: it expires, is stopped before, or outlasts the way.
func lasting(way []*edge, i int, t interp.Timer) []bound {
	d := usual(t.Trigger)
	for k := i + 1; k < len(way); k++ {
		switch e := way[k]; {
		case e.fires() && e.trigger == t.Trigger:
			return []bound{{i, k, d}, {k, i, -d}}
		case slices.Contains(e.timers, t.Name):
			return []bound{{k, i, margin - d}}
		}
	}
	if i == len(way)-1 {
		return nil
	}
	return []bound{{len(way) - 1, i, margin - d}}
}

// fires reports whether what happens is that a timer expires.
func (e *edge) fires() bool {
	switch e.trigger.Kind {
	case spec.OnAfter, spec.OnEventTimeout:
		return true
	default:
		return e.trigger.Event != nil && e.trigger.Event.Timer != nil
	}
}

// usual is how long the timer of a trigger runs if params have their defaults.
func usual(t spec.Trigger) time.Duration {
	l := length(t)
	if l.Param == nil {
		return l.Duration
	}
	d, _ := time.ParseDuration(l.Param.Default.Value) // empty is no time, and everything else was checked
	return d
}
