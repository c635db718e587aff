// Package second runs a spec on github.com/qmuntal/stateless: a second opinion by an engine that others have written.
//
// That engine has nested states, guards, actions and internal transitions. What it does not have is a
// [NotSupportedError]: timers, postponed and raised events, eventless transitions, history, invokes, choices, later
// replies, and transitions that leave or enter other states than the innermost one that holds source and target would
// make them.
package second

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

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
	leaf       *spec.State // that met the event
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
	m.leaf = m.State()
	m.failure = m.noReply(m.leaf)
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

// Play runs a script as [simulate.Play] does, and writes what can be seen from outside: the actions that run, what
// becomes of each event, and where the machine is. It stops at the first stimulus that this engine cannot do.
func Play(w io.Writer, m *spec.Machine, script []simulate.Stimulus, params simulate.Values) error {
	p := player{narrator: narrator{Answers: &simulate.Answers{}, w: w}, spec: m}
	for len(script) > 0 && script[0].Answers() {
		if err := script[0].Answer(m, p.Answers); err != nil {
			return err
		}
		script = script[1:]
	}
	if len(script) > 0 && script[0].Kind == simulate.Begin {
		script = script[1:]
	}
	machine, err := New(m, &p.narrator, settings(m, params))
	if err != nil {
		return err
	}
	p.machine = machine
	p.print("= %s\n", machine.State().Name)
	for _, s := range script {
		p.print("> %s\n", s)
		if err := p.do(s); err != nil {
			return err
		}
	}
	return p.err
}

// settings completes params with their defaults.
func settings(m *spec.Machine, given simulate.Values) simulate.Values {
	values := simulate.Values{}
	for _, p := range m.Params {
		values[p.Name], _ = simulate.Parse(p.Type.Value, p.Default.Value)
		if value, ok := given[p.Name]; ok {
			values[p.Name] = value
		}
	}
	return values
}

type player struct {
	narrator
	spec    *spec.Machine
	machine *Machine
}

func (p *player) do(s simulate.Stimulus) error {
	switch {
	case s.Answers():
		return s.Answer(p.spec, p.Answers)
	case s.Kind != simulate.Send:
		return &simulate.StimulusError{Line: s.String(), Problem: "is nothing that stateless can do", Want: []string{"send", "guard", "reply"}}
	}
	i := slices.IndexFunc(p.spec.Events, func(ev *spec.Event) bool { return ev.Name == s.Name })
	if i < 0 {
		return &simulate.StimulusError{Line: s.String(), Problem: "is not an event"}
	}
	payload, err := s.Payload(p.spec.Events[i])
	if err != nil {
		return err
	}
	reply, err := p.machine.Send(s.Name, payload)
	switch {
	case err != nil:
		p.print("    %v\n", err)
	case p.spec.Events[i].Call.Value != "":
		p.print("    reply to %s: %v\n", s.Name, reply)
	}
	p.print("= %s\n", p.machine.State().Name)
	return nil
}

// narrator is an oracle that says which actions run.
type narrator struct {
	*simulate.Answers
	w   io.Writer
	err error // the first of the writer
}

// Act writes the action.
func (n *narrator) Act(q *simulate.Question) {
	n.print("    run %s\n", q.Name())
	n.Answers.Act(q)
}

func (n *narrator) print(format string, args ...any) {
	_, err := fmt.Fprintf(n.w, format, args...)
	n.err = errors.Join(n.err, err)
}
