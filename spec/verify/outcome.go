package verify

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// errInvoke is the error of an invoke that fails.
var errInvoke = errors.New("failed")

// soon is when the timer expires that is to; all others do much later.
const (
	soon = time.Nanosecond
	late = 1000 * time.Hour
)

// poised returns the timers such that that of the trigger expires soon and no other.
func poised(timers []simulate.Timer, trigger spec.Trigger) []simulate.Timer {
	out := slices.Clone(timers)
	for i := range out {
		out[i].Left = late
		if out[i].Trigger == trigger {
			out[i].Left = soon
		}
	}
	return out
}

// outcome is the configuration that one stimulus with one set of answers leads to.
type outcome struct {
	at      simulate.Configuration
	before  order
	ended   bool
	failed  error
	answers []simulate.Stimulus
	entries []simulate.Entry
	key     string
}

// outcome looks at a machine that has done something since it was in the configuration of n, which is nil at the start.
func (s *space) outcome(m *simulate.Machine, err error, n *node, c *chooser) *outcome {
	if err != nil { // the spec has errors, and nothing can be said of it
		s.complete = false
		return nil
	}
	o := &outcome{ended: m.Err() != nil, failed: m.Cause(), answers: c.stimuli(), entries: m.Transcript()}
	if o.ended {
		o.at = simulate.Configuration{Leaf: m.State()}
		o.key = "ended " + m.State().Name
		if o.failed != nil {
			o.key += " " + o.failed.Error()
		}
		return o
	}
	o.at = m.Configuration()
	slices.SortFunc(o.at.Timers, func(a, b simulate.Timer) int { return strings.Compare(timerKey(a), timerKey(b)) })
	o.before = s.order(n, o)
	o.key = o.text()
	return o
}

// postponesOnly reports whether all that becomes of an event is that it waits.
func (o *outcome) postponesOnly() bool {
	last := len(o.entries) - 1
	return last >= 0 && o.entries[last].Kind == simulate.Postponed
}

// timers returns the names in entries of some kinds, each once, sorted.
func (o *outcome) timers(kinds ...simulate.EntryKind) []string {
	var names []string
	for _, e := range o.entries {
		if slices.Contains(kinds, e.Kind) {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// timerKey names a timer, also one of several event time-outs.
func timerKey(t simulate.Timer) string { return simulate.Name(t.Trigger) }

// text is the configuration as a text that no other has.
func (o *outcome) text() string {
	var b strings.Builder
	b.WriteString(o.at.Leaf.Name)
	var memories []string
	for parent, leaf := range o.at.History {
		memories = append(memories, parent.Name+"="+leaf.Name)
	}
	slices.Sort(memories)
	b.WriteString("|" + strings.Join(memories, ","))
	for _, t := range o.at.Timers {
		b.WriteString("|" + timerKey(t))
	}
	fmt.Fprintf(&b, "|%v", o.before)
	for _, w := range o.at.Postponed {
		b.WriteString("|" + w.Event.Name)
	}
	for _, v := range o.at.Invokes {
		fmt.Fprintf(&b, "|%d:%d", v.Pos.Line, v.Pos.Column)
	}
	if len(o.at.Data) > 0 {
		b.WriteString("|known")
	}
	return b.String()
}

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

// order returns what is known of the timers of an outcome. One that was started later, and does not run shorter,
// expires later; of two that were started together the shorter expires first.
func (s *space) order(n *node, o *outcome) order {
	started := map[string]bool{}
	for _, e := range o.entries {
		if e.Kind == simulate.TimerSet {
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

func (s *space) precedes(n *node, a, b simulate.Timer, freshA, freshB bool) bool {
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

func (n *node) index(t simulate.Timer) int {
	return slices.IndexFunc(n.at.Timers, func(other simulate.Timer) bool { return other.Trigger == t.Trigger })
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
