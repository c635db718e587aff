package interp

import (
	"time"

	"github.com/fsmgen/fsmgen/spec"
)

// Possible returns what can happen to the machine now that it has a use for, guards aside: events to send, in the order of
// the spec, then timers that run, then invokes that are on.
func (m *Machine) Possible() []spec.Trigger {
	if m.Err() != nil {
		return nil
	}
	var possible []spec.Trigger
	for _, ev := range m.spec.Events {
		if c := m.spec.Cell(m.State(), ev); len(c.Arms) > 0 || c.End == spec.Postponed {
			possible = append(possible, spec.Trigger{Kind: spec.OnEvent, Event: ev})
		}
	}
	for _, t := range m.Timers() {
		possible = append(possible, t.Trigger)
	}
	for _, v := range m.invokes {
		s := m.owner(v)
		possible = append(possible, spec.Trigger{Kind: spec.OnInvokeDone, State: s, Invoke: v})
		possible = append(possible, spec.Trigger{Kind: spec.OnInvokeError, State: s, Invoke: v})
	}
	return possible
}

// Until lets time pass until a timer has expired, and reports whether it ran. Timers that expire earlier do.
func (m *Machine) Until(timer string) (passed time.Duration, ok bool) {
	for _, t := range m.Timers() {
		if t.Name == timer {
			m.Advance(t.Left)
			return t.Left, true
		}
	}
	return 0, false
}
