package simulate

import (
	"iter"
	"maps"
	"slices"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
	"github.com/fsmgen/fsmgen/spec"
)

// Configuration is the state of a machine: leaf, data, timers, invokes and waiting events.
type Configuration struct {
	Leaf      *spec.State                 // nil: the machine has not begun
	History   map[*spec.State]*spec.State // by the parent of a history: the leaf that it was left in last
	Timers    []Timer                     // that run, the one that expires first first
	Postponed []Waiting                   // oldest first
	Invokes   []*spec.Invocation          // that are on, in the order in which they began
	Data      Values                      // what is known of it
}

// Waiting is an event that waits for a state change. The caller that may wait for its reply is not part of it.
type Waiting struct {
	Event   *spec.Event
	Payload Values
}

// Configuration returns where the machine is.
func (m *Machine) Configuration() Configuration {
	c := Configuration{Leaf: m.State(), History: maps.Clone(m.memory), Timers: m.Timers(), Invokes: m.Invokes(), Data: maps.Clone(m.data)}
	for _, ev := range m.core.Status().Postponed {
		switch o := ev.Content.(type) {
		case *message:
			c.Postponed = append(c.Postponed, Waiting{o.event, o.payload})
		case *expiry:
			c.Postponed = append(c.Postponed, Waiting{Event: o.trigger.Event})
		}
	}
	return c
}

// Resume is [New] for a machine that goes on from a configuration: nothing is entered and no action runs.
func Resume(m *spec.Machine, o Oracle, params Values, from Configuration) (*Machine, error) {
	settled, err := settings(m.Params, params)
	if err != nil {
		return nil, err
	}
	if o == nil {
		o = &Answers{}
	}
	machine := &Machine{
		spec: m, oracle: o, params: settled, data: Defaults(m.Data), clock: fsm.NewVirtualClock(),
		memory: map[*spec.State]*spec.State{}, stays: map[*spec.State]int{},
	}
	if m.Emits(spec.PartData) {
		machine.data = Values{} // New and Start take it
	}
	if from.Leaf != nil {
		machine.pending, machine.data = &from, from.Data.clone()
	}
	machine.core, err = statem.NewCore(machine.callback(), machine.clock)
	if err != nil {
		return nil, err
	}
	machine.core.Watch(m.Name.Value, scribe{machine}, nil, nil)
	machine.run()
	if machine.pending != nil {
		machine.restore(from)
	}
	return machine, nil
}

// restore puts a machine into the rest of its configuration.
func (m *Machine) restore(from Configuration) {
	maps.Copy(m.memory, from.History)
	m.invokes = slices.Clone(from.Invokes)
	for _, w := range from.Postponed {
		_ = m.core.Cast(&message{event: w.Event, payload: w.Payload.clone()}) // the machine has just begun
	}
	_ = m.core.Cast(arming{from.Timers}) // any event stops the event time-out, so this is the last
	m.run()
	m.pending, m.log = nil, nil
}

// Possible returns the triggers for which the machine has transitions now, whatever their guards say: events to send,
// in the order of the spec, then timers that run, then invokes that are on.
func (m *Machine) Possible() []spec.Trigger {
	if m.Err() != nil {
		return nil
	}
	var possible []spec.Trigger
	for _, ev := range m.spec.Events {
		if c := m.spec.Cell(m.State(), ev); len(c.Transitions) > 0 || c.End == spec.Postponed {
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

// Transitions yields every transition of a machine that something can trigger, state by state. A transition that
// chooses is followed by those of its outcomes.
func Transitions(m *spec.Machine) iter.Seq[*spec.Transition] {
	return func(yield func(*spec.Transition) bool) {
		for s := range m.All() {
			for _, list := range lists(s) {
				if !yieldAll(list, yield) {
					return
				}
			}
		}
	}
}

func yieldAll(list []*spec.Transition, yield func(*spec.Transition) bool) bool {
	for _, a := range list {
		if !yield(a) {
			return false
		}
		if a.Choose == nil {
			continue
		}
		for _, o := range a.Choose.Outcomes {
			if !yield(o.Transition) {
				return false
			}
		}
	}
	return true
}

func lists(s *spec.State) [][]*spec.Transition {
	var all [][]*spec.Transition
	for _, h := range s.On {
		all = append(all, h.Transitions)
	}
	for _, t := range s.Times() {
		all = append(all, t.Transitions)
	}
	if s.EventTimeout != nil {
		all = append(all, s.EventTimeout.Transitions)
	}
	all = append(all, s.Always, s.OnDone)
	for _, v := range s.Invokes {
		all = append(all, v.OnDone, v.OnError)
	}
	return all
}
