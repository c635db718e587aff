package golang

import (
	"fmt"
	"slices"

	"github.com/fsmgen/fsmgen/spec"
)

// trigger is what makes a machine step: an event that somebody sends, or a time-out.
type trigger struct {
	event   *spec.Event // nil for a time-out
	timer   *spec.Timer // nil for an event
	state   *state      // whose time-out it is
	label   string      // "button", "after open_time"
	name    string      // Button; empty for a time-out
	id      string      // eventButton; time-outs of one label share theirs
	content string      // ButtonEvent, the type of what the runtime passes on
	number  string      // timerUnlockedOpenTime; empty for an event
	on      string      // onButton, the method with the switch over the states; empty for a time-out of a leaf
	fields  []field     // of the payload
	reply   string      // the Go type of the reply; empty if there is none
	cells   []*cell     // of the leaves that have a use for it, in the order of the spec
}

// field is a field of a payload.
type field struct {
	*spec.Field
	name  string // Digit
	local string // digit
}

func newField(f *spec.Field) field { return field{f, spec.GoName(f.Name), local(f.Name)} }

func (p *plan) planTriggers(taken *claims) {
	for _, ev := range p.spec.Events {
		p.triggers = append(p.triggers, newEvent(taken, ev))
	}
	numbered := map[string]bool{}
	for _, s := range p.states {
		for _, timer := range s.After {
			t := newTimeout(taken, s, timer)
			if p.triggers = append(p.triggers, t); !numbered[t.id] {
				numbered[t.id] = true
				taken.claim("", t.id, t.what(), timer.Pos)
			}
		}
	}
}

func newEvent(taken *claims, ev *spec.Event) *trigger {
	name, what := spec.GoName(ev.Name), "event "+ev.Name
	for _, scope := range []string{"Machine", "Server"} {
		taken.claim(scope, name, what, ev.Pos)
		taken.claim(scope, "Can"+name, what, ev.Pos)
	}
	taken.claim("Server", spec.GoLocal(ev.Name)+"Direct", what, ev.Pos)
	if ev.Call.Value == "" {
		taken.claim("Server", "Cast"+name, what, ev.Pos)
	}
	t := &trigger{
		event: ev, label: ev.Name, name: name, reply: ev.Call.Value,
		id:      taken.claim("", "event"+name, what, ev.Pos),
		content: taken.claim("", name+"Event", what, ev.Pos),
		on:      taken.claim("Machine", "on"+name, what, ev.Pos),
	}
	for _, f := range ev.Payload {
		t.fields = append(t.fields, newField(f))
	}
	return t
}

func newTimeout(taken *claims, s *state, timer *spec.Timer) *trigger {
	t := &trigger{timer: timer, state: s, label: "after " + timer.Value, id: "eventAfter" + timerName(timer)}
	t.content = taken.claim("", "after"+spec.GoName(s.Name)+timerName(timer), t.what(), timer.Pos)
	t.number = taken.claim("", "timer"+spec.GoName(s.Name)+timerName(timer), t.what(), timer.Pos)
	if len(s.States) > 0 {
		t.on = taken.claim("Machine", "on"+spec.GoName(s.Name)+"After"+timerName(timer), t.what(), timer.Pos)
	}
	return t
}

// what is a time-out in the words of a finding.
func (t *trigger) what() string {
	return fmt.Sprintf("time-out %s of state %s", t.timer.Value, t.state.Name)
}

// timerName is what a timer is called in Go names: OpenTime, 2s, 1500ms.
func timerName(t *spec.Timer) string {
	if t.Param != nil {
		return spec.GoName(t.Param.Name)
	}
	count, unit := wholeUnits(t.Duration)
	return fmt.Sprintf("%d%s", count, unit.short)
}

// key is what a timer is called where people look: "unlocked after open_time".
func (t *trigger) key() string { return t.state.Name + " " + t.label }

// pick returns the payload fields with these names, as far as the event has them.
func (t *trigger) pick(wanted []spec.Text) []field {
	var picked []field
	for _, w := range wanted {
		for _, f := range t.fields {
			if f.Name == w.Value {
				picked = append(picked, f)
			}
		}
	}
	return picked
}

// used returns the payload fields that some cell takes, and those that are recorded.
func (t *trigger) used() []field {
	return t.filter(func(f field) bool {
		return lists(t.event.Record, f) || slices.ContainsFunc(t.cells, func(c *cell) bool { return c.takes(f) })
	})
}

func (t *trigger) filter(keep func(field) bool) []field {
	var kept []field
	for _, f := range t.fields {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

// direct is the method of the server that handles the event at once.
func (t *trigger) direct() string { return spec.GoLocal(t.event.Name) + "Direct" }
