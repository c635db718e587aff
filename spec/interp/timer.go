package interp

import (
	"cmp"
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// eventTimeout is what the transcript calls the one event time-out of a machine.
const eventTimeout = "event_timeout"

// Timer is a timer that runs.
type Timer struct {
	Name    string       // as [Name] names its trigger; that of the event time-out is event_timeout
	Trigger spec.Trigger // what it delivers
	Left    time.Duration
}

func (t Timer) key() fsm.Timer {
	if t.Trigger.Kind == spec.OnEventTimeout {
		return fsm.EventTimer()
	}
	return fsm.NamedTimer(t.Name)
}

// Timers returns the timers that run, the one that expires first first.
func (m *Machine) Timers() []Timer {
	var timers []Timer
	for _, running := range m.core.Status().Timeouts {
		o := running.Content.(*expiry)
		t := Timer{Name: eventTimeout, Trigger: o.trigger, Left: running.Deadline - m.clock.Now()}
		if o.trigger.Kind != spec.OnEventTimeout {
			t.Name = running.Timer.Name()
		}
		timers = append(timers, t)
	}
	slices.SortStableFunc(timers, func(a, b Timer) int { return cmp.Compare(a.Left, b.Left) })
	return timers
}

// length returns how long a timer runs. A param that is not known counts as its default.
func (m *Machine) length(l spec.Length) time.Duration {
	if l.Param == nil {
		return l.Duration
	}
	if d, ok := m.params[l.Param.Name].(time.Duration); ok {
		return d
	}
	d, _ := literal("duration", l.Param.Default.Value).(time.Duration)
	return d
}

// start starts a timer of a state that is entered.
func (t *turn) start(timer fsm.Timer, l spec.Length, trigger spec.Trigger) {
	t.actions = append(t.actions, timer.After(t.length(l), &expiry{trigger: trigger}))
}

func (t *turn) startNamed(timer *spec.NamedTimer) {
	t.start(fsm.NamedTimer(timer.Name), timer.Length, spec.Trigger{Kind: spec.OnEvent, Event: timer.Event})
}

// setTimers does what an arm says about named timers.
func (t *turn) setTimers(a *spec.Arm) {
	for _, r := range a.Cancel {
		t.actions = append(t.actions, fsm.NamedTimer(r.Value).Cancel())
	}
	for _, r := range a.Start {
		t.startNamed(r.Timer)
	}
	for _, r := range a.Update {
		content := &expiry{trigger: spec.Trigger{Kind: spec.OnEvent, Event: r.Timer.Event}}
		t.actions = append(t.actions, fsm.NamedTimer(r.Value).Update(content))
	}
}

// scribe notes what the core does with timers.
type scribe struct{ m *Machine }

// Wants is for the runtime.
func (scribe) Wants(kind fsm.StepKind) bool {
	return kind == fsm.StepTimerSet || kind == fsm.StepTimerFired || kind == fsm.StepTimerCancelled
}

// Observe is for the runtime.
func (s scribe) Observe(_ *fsm.Info, step fsm.Step) {
	e := Entry{Name: step.Event}
	if e.Name == fsm.EventTimer().String() {
		e.Name = eventTimeout
	}
	switch step.Kind {
	case fsm.StepTimerSet:
		e.Kind = TimerSet
	case fsm.StepTimerFired:
		e.Kind = TimerFired
	default:
		e.Kind = TimerCancelled
	}
	s.m.note(e)
}
