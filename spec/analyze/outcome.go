package analyze

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/interp"
)

// errInvoke is what an invoke fails with.
var errInvoke = errors.New("failed")

// soon is when the timer expires that is to; all others do much later.
const (
	soon = time.Nanosecond
	late = 1000 * time.Hour
)

// poised returns the timers such that that of the trigger expires soon and no other.
func poised(timers []interp.Timer, trigger spec.Trigger) []interp.Timer {
	out := slices.Clone(timers)
	for i := range out {
		out[i].Left = late
		if out[i].Trigger == trigger {
			out[i].Left = soon
		}
	}
	return out
}

// outcome is where one thing with one set of answers leads.
type outcome struct {
	at      interp.Configuration
	before  order
	ended   bool
	failed  error
	answers []interp.Stimulus
	entries []interp.Entry
	key     string
}

// outcome looks at a machine that has done something since it was in the configuration of n, which is nil at the start.
func (s *space) outcome(m *interp.Machine, err error, n *node, c *chooser) *outcome {
	if err != nil { // the spec has errors, and nothing can be said of it
		s.complete = false
		return nil
	}
	o := &outcome{ended: m.Err() != nil, failed: m.Cause(), answers: c.stimuli(), entries: m.Transcript()}
	if o.ended {
		o.at = interp.Configuration{Leaf: m.State()}
		o.key = "ended " + m.State().Name
		if o.failed != nil {
			o.key += " " + o.failed.Error()
		}
		return o
	}
	o.at = m.Configuration()
	slices.SortFunc(o.at.Timers, func(a, b interp.Timer) int { return strings.Compare(timerKey(a), timerKey(b)) })
	o.before = s.order(n, o)
	o.key = o.text()
	return o
}

// parks reports whether all that becomes of an event is that it waits.
func (o *outcome) parks() bool {
	last := len(o.entries) - 1
	return last >= 0 && o.entries[last].Kind == interp.Postponed
}

// timers returns the names in entries of some kinds, each once, sorted.
func (o *outcome) timers(kinds ...interp.EntryKind) []string {
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
func timerKey(t interp.Timer) string { return interp.Name(t.Trigger) }

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
