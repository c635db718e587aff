// Package simulate runs a spec without generating code. Simulators and model checkers use it.
//
// A [Machine] is the callback of a [runtime.Core], the engine that runs in production, on a virtual clock: queues,
// timers, postponed events and replies are those of generated machines. What the hooks would say comes from an
// [Oracle]; guards that are expressions over known values are computed. Everything that happens is in the transcript,
// entry by entry.
package simulate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	fsm "github.com/fsmgen/fsmgen/runtime"
	"github.com/fsmgen/fsmgen/runtime/statem"
	"github.com/fsmgen/fsmgen/spec"
)

// Machine is one machine of a spec, on a clock that [Machine.Advance] moves. It belongs to one goroutine.
type Machine struct {
	spec   *spec.Machine
	oracle Oracle
	params Values
	data   Values
	clock  *fsm.Clock
	core   *statem.Core[place, struct{}]

	memory  map[*spec.State]*spec.State // by the parent of a history: the leaf that it was left in last
	stays   map[*spec.State]int         // how often a state has been entered
	invokes []*spec.Invocation          // that are on, in the order in which they began
	callers []*Caller                   // wait for a later reply, the oldest first
	pending *Configuration              // what a resumed machine is being put into; nil otherwise
	turns   int                         // events handled so far
	retries int                         // events that transitions have postponed since the machine was at rest
	log     []Entry
}

// place is the state of the core. Stay tells a leaf that was left and entered again from one that was not left.
type place struct {
	leaf *spec.State
	stay int
}

func (p place) String() string { return p.leaf.Name }

// New returns a machine of a spec without errors that has entered its initial state. Params that are missing have their
// defaults; one that is nil is not known, and the oracle is asked about conditions with it. A nil oracle is the zero
// [Answers].
func New(m *spec.Machine, o Oracle, params Values) (*Machine, error) {
	return Resume(m, o, params, Configuration{})
}

func (m *Machine) callback() *statem.Callback[place, struct{}] {
	return &statem.Callback[place, struct{}]{
		Name:   m.spec.Name.Value,
		Init:   m.begin,
		Handle: m.handle,
		Terminate: func(p place, _ struct{}, reason error) {
			m.note(Entry{Kind: Stopped, State: p.leaf.Name, Value: reason})
		},
	}
}

// Spec returns what the machine is a machine of.
func (m *Machine) Spec() *spec.Machine { return m.spec }

// State returns the leaf that the machine is in.
func (m *Machine) State() *spec.State {
	p, _ := m.core.State()
	return p.leaf
}

// In reports whether the machine is in the state or inside it.
func (m *Machine) In(s *spec.State) bool { return s.Contains(m.State()) }

// Now returns how long the machine has lived on its clock.
func (m *Machine) Now() time.Duration { return m.clock.Now() }

// Data returns the data of the machine, to be read and, between two events, to be written. What is missing is not
// known.
func (m *Machine) Data() Values { return m.data }

// Err returns nil while the machine lives, and then an error that matches [runtime.ErrStopped].
func (m *Machine) Err() error { return m.core.Err() }

// Transcript returns everything that has happened so far.
func (m *Machine) Transcript() []Entry { return slices.Clone(m.log) }

// Since returns what has happened since the transcript had n entries.
func (m *Machine) Since(n int) []Entry { return slices.Clone(m.log[n:]) }

// Len returns how many entries the transcript has.
func (m *Machine) Len() int { return len(m.log) }

// Send lets an event happen, with the payload fields that are known, and everything that it makes the machine do. The
// reply is that of a call. The errors are those of a generated machine: [fsm.ErrPending] for an event that waits, or
// whose reply comes later; [runtime.UnhandledError], [runtime.NoReplyError] and [fsm.StoppedError]. An event that no
// caller can send is an [EventError].
func (m *Machine) Send(event string, payload Values) (reply any, err error) {
	ev, err := m.event(event, payload)
	if err != nil {
		return nil, err
	}
	err = fsm.ErrPending
	var from *statem.From
	from = statem.NewFrom(func(value any, failure error) {
		reply, err = value, failure
		m.answered(ev, from, value, failure)
	})
	content := &message{event: ev, payload: payload.clone()}
	_ = m.core.Send(statem.Event{Kind: statem.KindCall, Content: content, From: from}) // from is told the same
	m.run()
	return reply, err
}

// event finds an event that a caller can send, by name.
func (m *Machine) event(name string, payload Values) (*spec.Event, error) {
	for ev := range m.spec.AllEvents() {
		switch {
		case ev.Name != name:
		case ev.Timer != nil:
			return nil, &EventError{Event: name, Problem: "is delivered by its timer: let time pass instead"}
		default:
			return ev, unknownFields(ev, payload)
		}
	}
	return nil, &EventError{Event: name, Problem: "is not declared", Want: m.sendable()}
}

// Advance lets time pass. Timers expire on the way, each at its own time.
func (m *Machine) Advance(d time.Duration) {
	end := m.clock.Now() + d
	for next, ok := m.core.Deadline(); ok && next <= end && m.Err() == nil; next, ok = m.core.Deadline() {
		m.clock.Advance(max(next, m.clock.Now()))
		m.run()
	}
	m.clock.Advance(end)
}

// Stop ends the machine from outside. A nil reason is a normal end.
func (m *Machine) Stop(reason error) {
	m.core.Stop(reason)
	m.run()
}

// run lets the machine do what there is to do. Calls that can no longer be answered fail with it.
func (m *Machine) run() {
	m.retries = 0
	m.core.Run()
	err := m.Err()
	if err == nil {
		return
	}
	for len(m.callers) > 0 {
		m.callers[0].from.Fail(err) // the answer removes it from callers
	}
	m.invokes = nil
}

// Cause returns why the machine has ended; nil after a normal end and while it lives.
func (m *Machine) Cause() error {
	stopped, ok := errors.AsType[*fsm.StoppedError](m.Err())
	if !ok {
		return nil
	}
	return stopped.Cause
}

// EventError reports an event that cannot be sent, or not with this payload.
type EventError struct {
	Event   string
	Problem string
	Want    []string // what is allowed instead; may be empty
}

func (e *EventError) Error() string {
	return "simulate: event " + e.Event + " " + e.Problem + wanted(e.Want)
}

// ParamError reports a value for a param that the spec does not have.
type ParamError struct {
	Param string
}

func (e *ParamError) Error() string {
	return fmt.Sprintf("simulate: param %s: is not declared", e.Param)
}

// OutcomeError reports an answer to a choice that is none of its outcomes. It ends the machine.
type OutcomeError struct {
	Choice, Outcome string
	Want            []string
}

func (e *OutcomeError) Error() string {
	return fmt.Sprintf("simulate: choice %s: %q is not an outcome%s", e.Choice, e.Outcome, wanted(e.Want))
}

// InvokeError reports the end of an invoke that is not on.
type InvokeError struct {
	Invoke string
	Want   []string // those that are
}

func (e *InvokeError) Error() string {
	return "simulate: invoke " + e.Invoke + " is not on" + wanted(e.Want)
}

// EventlessError ends a machine whose eventless transitions find no end, as it does one of generated code.
type EventlessError = fsm.EventlessError

func wanted(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ": want one of " + strings.Join(names, ", ")
}

func unknownFields(ev *spec.Event, payload Values) error {
	for name := range payload {
		if !slices.ContainsFunc(ev.Payload, func(f *spec.Field) bool { return f.Name == name }) {
			return &EventError{Event: ev.Name, Problem: "has no payload field " + name, Want: names(ev.Payload)}
		}
	}
	return nil
}

func names(fields []*spec.Field) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// sendable are the names of the events that a caller can send.
func (m *Machine) sendable() []string {
	var names []string
	for _, ev := range m.spec.Events {
		names = append(names, ev.Name)
	}
	return names
}
