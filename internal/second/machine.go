// Package second runs a spec on github.com/qmuntal/stateless: a second opinion by an engine that others have written.
//
// That engine has nested states, guards, actions and internal transitions. What it does not have is a
// [NotSupportedError]: timers, postponed and raised events, eventless transitions, history, invokes, choices, later
// replies, and transitions that leave or enter other states than the innermost one that holds source and target would
// make them.
package second

import (
	"context"

	"github.com/qmuntal/stateless"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/spec"
	"github.com/fsmgen/fsmgen/spec/simulate"
)

// Machine is one machine of a spec. It belongs to one goroutine.
type Machine struct {
	spec   *spec.Machine
	oracle simulate.Oracle
	params simulate.Values
	data   simulate.Values
	engine *stateless.StateMachine
	states map[string]*spec.State
	ended  bool
	turn   int

	// Of the event that is being handled.
	event      *spec.Event
	payload    simulate.Values
	transition *spec.Transition
	reply      any
	failure    error
}

// New returns a machine of a spec without errors that has entered its initial state, or a [NotSupportedError]. Params
// are known as far as they are given. The oracle cannot raise events.
func New(m *spec.Machine, o simulate.Oracle, params simulate.Values) (*Machine, error) {
	if err := supported(m); err != nil {
		return nil, err
	}
	machine := &Machine{
		spec: m, oracle: o, params: params, data: simulate.Defaults(m.Data), states: map[string]*spec.State{},
		engine: stateless.NewStateMachine(m.Start().Leaf.Name), payload: simulate.Values{},
	}
	for s := range m.All() {
		machine.states[s.Name] = s
	}
	for s := range m.All() {
		machine.configure(s)
	}
	machine.engine.OnTransitioning(func(context.Context, stateless.Transition) { machine.act() })
	machine.begin()
	return machine, nil
}

// begin runs the entries of the initial state, which the engine begins in without entering it.
func (m *Machine) begin() {
	start := m.spec.Start()
	for _, s := range start.Entries {
		m.run(s.Entry)
	}
	m.ended = final(start.Leaf)
}

func final(s *spec.State) bool { return s.Kind == spec.Final && s.Parent == nil }

// State returns the leaf that the machine is in.
func (m *Machine) State() *spec.State { return m.states[m.engine.MustState().(string)] }

// Data returns the data of the machine, as far as it is known.
func (m *Machine) Data() simulate.Values { return m.data }

// Err returns nil while the machine lives, and then an error that matches [fsm.ErrStopped].
func (m *Machine) Err() error {
	if !m.ended {
		return nil
	}
	return &fsm.StoppedError{Machine: m.spec.Name.Value}
}

// Send lets an event happen. Reply and error are those of [simulate.Machine.Send].
func (m *Machine) Send(event string, payload simulate.Values) (any, error) {
	if m.ended {
		return nil, m.Err()
	}
	for _, ev := range m.spec.Events {
		if ev.Name == event {
			return m.fire(ev, payload)
		}
	}
	return nil, &simulate.EventError{Event: event, Problem: "is not declared"}
}

func (m *Machine) fire(ev *spec.Event, payload simulate.Values) (any, error) {
	m.turn++
	m.event, m.payload, m.transition, m.reply = ev, payload, nil, nil
	m.failure = m.noReply(m.State())
	if err := m.engine.Fire(ev.Name); err != nil {
		return nil, m.rejection()
	}
	m.ended = final(m.State())
	return m.reply, m.failure
}

// noReply returns the error for the sender of a call in a leaf, unless a transition answers it.
func (m *Machine) noReply(leaf *spec.State) error {
	if m.event.Call.Value == "" {
		return nil
	}
	return &fsm.NoReplyError{Machine: m.spec.Name.Value, State: leaf.Name, Event: m.event.Name}
}

// rejection says that no state takes the event.
func (m *Machine) rejection() error {
	leaf := m.State()
	cell := m.spec.Cell(leaf, m.event)
	e := &fsm.UnhandledError{
		Machine: m.spec.Name.Value, State: leaf.Name, Event: m.event.Name,
		Refused: len(cell.Transitions) > 0, Guards: cell.Guards(),
	}
	for _, ev := range m.spec.Events {
		if c := m.spec.Cell(leaf, ev); len(c.Transitions) > 0 || c.End != spec.Rejected {
			e.Allowed = append(e.Allowed, ev.Name)
		}
	}
	return e
}
