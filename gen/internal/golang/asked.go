package golang

import (
	"iter"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// asked lists the events in the order in which a leaf and then its ancestors mention them, then what these states wait for.
// Of their event time-outs only the innermost can run.
func (p *plan) asked(l *leaf) []*trigger {
	var triggers []*trigger
	seen := map[*trigger]bool{}
	for s := range l.Ancestors() {
		for _, t := range p.said(p.state(s)) {
			if t.Kind == spec.OnEvent && !seen[t] {
				seen[t] = true
				triggers = append(triggers, t)
			}
		}
	}
	timeout := false
	for s := range l.Ancestors() {
		for _, t := range p.state(s).waits {
			if t.Kind == spec.OnAlways || t.Kind == spec.OnEventTimeout && timeout {
				continue
			}
			triggers = append(triggers, t)
		}
		timeout = timeout || s.EventTimeout != nil
	}
	return triggers
}

// said lists what a state itself says something of, and notes where: events in the order in which it mentions them, what it
// waits for, then what it does without an event.
func (p *plan) said(s *state) []*trigger {
	if s.says != nil {
		return s.order
	}
	s.says = map[*trigger]int{}
	say := func(t *trigger, line int) {
		if s.says[t] == 0 {
			s.says[t] = line
			s.order = append(s.order, t)
		}
	}
	for ev, line := range p.mentions(s.State) {
		say(p.event(ev), line)
	}
	for _, last := range []bool{false, true} {
		for _, t := range s.waits {
			if (t.Kind == spec.OnAlways) == last {
				say(t, t.pos().Line)
			}
		}
	}
	return s.order
}

// event returns the plan of an event.
func (p *plan) event(ev *spec.Event) *trigger {
	return p.byTrigger[spec.Trigger{Kind: spec.OnEvent, Event: ev}]
}

// mentions yields the events that a state decides, and the line where. Those that only its `*` stands for come last.
func (p *plan) mentions(s *spec.State) iter.Seq2[*spec.Event, int] {
	return func(yield func(*spec.Event, int) bool) {
		others := 0
		for _, h := range s.On {
			if h.Any() {
				others = h.Event.Pos.Line
			} else if !yield(h.Event.Event, h.Event.Pos.Line) {
				return
			}
		}
		for _, r := range slices.Concat(s.Postpone, s.Ignore) {
			if !yield(r.Event, r.Pos.Line) {
				return
			}
		}
		if others == 0 {
			return
		}
		for _, ev := range p.spec.Events {
			if !yield(ev, others) {
				return
			}
		}
	}
}
