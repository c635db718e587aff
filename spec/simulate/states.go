package simulate

import (
	"cmp"
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
	"github.com/fsmgen/fsmgen/spec"
)

// exit leaves a state on the way out of a leaf.
func (t *turn) exit(s, leaf *spec.State) {
	t.note(Entry{Kind: Exited, State: s.Name})
	for _, r := range s.Exit {
		t.act(r.Hook)
	}
	for _, a := range s.Times() {
		t.actions = append(t.actions, statem.NamedTimer(Name(a.Trigger(s))).Cancel())
	}
	if s.EventTimeout != nil {
		t.actions = append(t.actions, statem.EventTimer().Cancel())
	}
	for _, v := range s.Invokes {
		t.cancel(v)
	}
	if slices.ContainsFunc(s.States, func(c *spec.State) bool { return c.Kind == spec.History }) {
		t.memory[s] = leaf
	}
}

// enter enters states from the outside in, and notes where that ends a parent or the machine.
func (t *turn) enter(states []*spec.State) {
	for _, s := range states {
		t.note(Entry{Kind: Entered, State: s.Name})
		t.stays[s]++
		for _, r := range s.Entry {
			t.act(r.Hook)
		}
		for _, a := range s.Times() {
			trigger := a.Trigger(s)
			t.start(statem.NamedTimer(Name(trigger)), a.Length, trigger)
		}
		if a := s.EventTimeout; a != nil {
			t.start(statem.EventTimer(), a.Length, spec.Trigger{Kind: spec.OnEventTimeout, State: s, Timer: a})
		}
		for _, v := range s.Invokes {
			t.invokes = append(t.invokes, v)
			t.note(Entry{Kind: Invoked, Name: v.Src.Value, State: s.Name})
		}
		t.finish(s)
	}
}

// finish does what entering a final state does.
func (t *turn) finish(s *spec.State) {
	switch {
	case s.Kind != spec.Final:
	case s.Parent == nil:
		t.ended = true
	case len(s.Parent.OnDone) > 0:
		t.note(Entry{Kind: Completed, State: s.Parent.Name})
		t.actions = append(t.actions, statem.Raise(&completion{state: s.Parent, stay: t.stays[s.Parent]}))
	}
}

// cancel ends an invoke when its state is left.
func (m *Machine) cancel(v *spec.Invocation) {
	if i := slices.Index(m.invokes, v); i >= 0 {
		m.invokes = slices.Delete(m.invokes, i, i+1)
		m.note(Entry{Kind: Cancelled, Name: v.Src.Value})
	}
}

// eventTimeout is the name of the event time-out of a machine in transcripts.
const eventTimeout = "event_timeout"

// Timer is a timer that runs.
type Timer struct {
	Name    string       // as [Name] names its trigger; that of the event time-out is event_timeout
	Trigger spec.Trigger // what it delivers
	Left    time.Duration
}

func (t Timer) key() statem.Timer {
	if t.Trigger.Kind == spec.OnEventTimeout {
		return statem.EventTimer()
	}
	return statem.NamedTimer(t.Name)
}

// Timers returns the running timers in the order in which they expire.
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

// start starts a timer. One that is periodic does not run with a period of zero or less.
func (t *turn) start(timer statem.Timer, l spec.Length, trigger spec.Trigger) {
	length := t.length(l)
	if trigger.IsPeriodic() && length <= 0 {
		t.actions = append(t.actions, timer.Cancel())
		return
	}
	t.actions = append(t.actions, timer.After(length, &expiry{trigger: trigger}))
}

// repeat starts the next period of a periodic timer.
func (t *turn) repeat(trigger spec.Trigger) {
	l := spec.Length{}
	if trigger.Kind == spec.OnEvent {
		l = trigger.Event.Timer.Length
	} else {
		l = trigger.Timer.Length
	}
	t.start(statem.NamedTimer(Name(trigger)), l, trigger)
}

func (t *turn) startNamed(timer *spec.NamedTimer) {
	t.start(statem.NamedTimer(timer.Name), timer.Length, spec.Trigger{Kind: spec.OnEvent, Event: timer.Event})
}

// setTimers does what a transition says about named timers.
func (t *turn) setTimers(a *spec.Transition) {
	for _, r := range a.Cancel {
		t.actions = append(t.actions, statem.NamedTimer(r.Value).Cancel())
	}
	for _, r := range a.Start {
		t.startNamed(r.Timer)
	}
	for _, r := range a.Update {
		content := &expiry{trigger: spec.Trigger{Kind: spec.OnEvent, Event: r.Timer.Event}}
		t.actions = append(t.actions, statem.NamedTimer(r.Value).Update(content))
	}
}

// scribe is the observer of the core that notes its timers in the transcript.
type scribe struct{ m *Machine }

// Wants reports that scribe observes timers.
func (scribe) Wants(kind fsm.StepKind) bool {
	return kind == fsm.StepTimerSet || kind == fsm.StepTimerFired || kind == fsm.StepTimerCancelled
}

// Observe notes a step of a timer.
func (s scribe) Observe(_ *fsm.Info, step fsm.Step) {
	e := Entry{Name: step.Event}
	if e.Name == statem.EventTimer().String() {
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
