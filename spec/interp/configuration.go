package interp

import (
	"maps"
	"slices"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
)

// Configuration is what the future of a machine depends on.
type Configuration struct {
	Leaf      *spec.State                 // nil: the machine has not begun
	History   map[*spec.State]*spec.State // by the parent of a history: the leaf that it was left in last
	Timers    []Timer                     // that run, the one that expires first first
	Postponed []Waiting                   // oldest first
	Invokes   []*spec.Invocation          // that are on, in the order in which they began
	Data      Values                      // what is known of it
}

// Waiting is an event that waits for a state change. Who may wait for its reply is not part of it.
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
	if from.Leaf != nil {
		machine.pending, machine.data = &from, from.Data.clone()
	}
	machine.core, err = fsm.NewCore(machine.callback(), machine.clock)
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
