package verify

import (
	"slices"
	"strings"
	"time"

	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// path returns the script that leads to a configuration from the start.
func (n *node) path() []simulate.Stimulus { return script(n.parent.edges()) }

// path returns the script that leads to where the edge does, by it.
func (e *edge) path() []simulate.Stimulus { return script(e.edges()) }

// edges returns the path from the start over the edge to its end.
func (e *edge) edges() []*edge {
	path := []*edge{e}
	for e.from != nil {
		e = e.from.parent
		path = append(path, e)
	}
	slices.Reverse(path)
	return path
}

// script returns the lines of a path, with the time that has to pass so that timers expire when they are to and not
// before.
func script(path []*edge) []simulate.Stimulus {
	times := schedule(path)
	lines := []simulate.Stimulus{}
	for k, e := range path {
		if k > 0 && times[k] > times[k-1] && !e.fires() {
			lines = append(lines, simulate.Stimulus{Kind: simulate.Wait, After: times[k] - times[k-1]})
		}
		lines = append(lines, e.stimuli()...)
	}
	return lines
}

// stimuli are the lines of the edge: the answers, then what happens.
func (e *edge) stimuli() []simulate.Stimulus {
	script := slices.Clone(e.answers)
	switch e.trigger.Kind {
	case 0:
		if len(script) > 0 {
			script = append(script, simulate.Stimulus{Kind: simulate.Begin})
		}
	case spec.OnInvokeDone:
		script = append(script, simulate.Stimulus{Kind: simulate.Return, Name: e.invoke()})
	case spec.OnInvokeError:
		script = append(script, simulate.Stimulus{Kind: simulate.Fail, Name: e.invoke(), Text: errInvoke.Error()})
	case spec.OnEvent:
		kind := simulate.Send
		if e.trigger.Event.Timer != nil {
			kind = simulate.Fire
		}
		script = append(script, simulate.Stimulus{Kind: kind, Name: e.trigger.Event.Name})
	case spec.OnEventTimeout:
		script = append(script, simulate.Stimulus{Kind: simulate.Fire, Name: "event_timeout"})
	default:
		script = append(script, simulate.Stimulus{Kind: simulate.Fire, Name: simulate.Name(e.trigger)})
	}
	return script
}

// invoke names the invoke that ends, with its state where another of the name is on.
func (e *edge) invoke() string {
	name := e.trigger.Invoke.Src.Value
	for _, v := range e.from.at.Invokes {
		if v == e.trigger.Invoke || v.Src.Value != name {
			continue
		}
		for s := range e.from.at.Leaf.Ancestors() {
			if slices.Contains(s.Invokes, e.trigger.Invoke) {
				return name + "@" + s.Name
			}
		}
	}
	return name
}

// inWords is a script on one line, for a message. It leaves out what is long.
func inWords(script []simulate.Stimulus) string {
	var lines []string
	for _, s := range script {
		lines = append(lines, s.String())
	}
	if len(lines) == 0 {
		return "at once"
	}
	const most = 12
	if len(lines) > most {
		lines = append(lines[:most], "...")
	}
	return strings.Join(lines, "; ")
}

// margin is the time between a stimulus and the timer that must expire after it.
const margin = time.Millisecond

// bound says that one step of a path happens at least so long after another, which may be negative.
type bound struct {
	from, to int
	least    time.Duration
}

// schedule returns when each step of a path happens, as early as possible, so that timers expire where the path says
// so: params have their defaults. Where no times fit, which is possible only where timers run that the order of their
// starts says nothing about, it returns the earliest that respect the order alone.
func schedule(path []*edge) []time.Duration {
	times := make([]time.Duration, len(path))
	bounds := bounds(path)
	for range path {
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

// bounds returns the limits that running timers set to the times of a path.
func bounds(path []*edge) []bound {
	var all []bound
	for i, e := range path {
		switch {
		case i == 0:
		case e.fires(): // and not together with what comes before
			all = append(all, bound{i - 1, i, margin})
		default:
			all = append(all, bound{i - 1, i, 0})
		}
		for _, t := range e.to.at.Timers {
			if slices.Contains(e.started, t.Name) {
				all = append(all, lasting(path, i, t)...)
			}
		}
	}
	return all
}

// lasting says when the timer that step i starts ends: it expires, is stopped before, or outlasts the path.
func lasting(path []*edge, i int, t simulate.Timer) []bound {
	d := usual(t.Trigger)
	for k := i + 1; k < len(path); k++ {
		switch e := path[k]; {
		case e.fires() && e.trigger == t.Trigger:
			return []bound{{i, k, d}, {k, i, -d}}
		case slices.Contains(e.timers, t.Name):
			return []bound{{k, i, margin - d}}
		}
	}
	if i == len(path)-1 {
		return nil
	}
	return []bound{{len(path) - 1, i, margin - d}}
}

// fires reports whether what happens is that a timer expires.
func (e *edge) fires() bool {
	switch e.trigger.Kind {
	case spec.OnAfter, spec.OnEvery, spec.OnEventTimeout:
		return true
	default:
		return e.trigger.Event != nil && e.trigger.Event.Timer != nil
	}
}

// usual returns the duration of the timer of a trigger with the defaults of params.
func usual(t spec.Trigger) time.Duration {
	l := length(t)
	if l.Param == nil {
		return l.Duration
	}
	d, _ := time.ParseDuration(l.Param.Default.Value) // empty is no time, and everything else was checked
	return d
}
