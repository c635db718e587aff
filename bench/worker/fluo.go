package worker

import (
	"errors"

	"github.com/anggasct/fluo"

	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

// fluoMachine is the machine on anggasct/fluo.
type fluoMachine struct {
	machine fluo.Machine
	entries Entries
}

func newFluo() (*fluoMachine, error) {
	m := new(fluoMachine)
	m.machine = m.definition().CreateInstance()
	return m, m.machine.Start()
}

func (m *fluoMachine) definition() fluo.MachineDefinition {
	count := func(s State) fluo.ActionFunc {
		return func(fluo.Context) error {
			m.entries.countEntry(s)
			return nil
		}
	}
	below := func(x fluo.Context) bool { return m.entries.belowMax(x.GetEventData().(Failure)) }
	b := fluo.NewMachine()
	b.State("initializing").Initial().OnEntry(count(workerfsm.StateInitializing)).
		To("ready").On("init_complete").
		To("terminating").On("init_failed").
		To("terminating").On("stop")
	b.State("ready").OnEntry(count(workerfsm.StateReady)).
		To("busy").On("checkout").
		ToSelf().On("health_ok").Do(count(workerfsm.StateReady)). // which is not an entry there
		To("degraded").On("health_failed").When(below).
		To("terminating").On("health_failed").Unless(below).
		To("draining").On("drain").
		To("terminating").On("stop")
	b.State("busy").OnEntry(count(workerfsm.StateBusy)).
		To("ready").On("checkin_ok").
		To("ready").On("checkin_error").When(below).
		To("degraded").On("checkin_error").Unless(below).
		To("draining").On("drain").
		To("terminating").On("stop")
	b.State("degraded").OnEntry(count(workerfsm.StateDegraded)).
		To("ready").On("health_ok").
		To("terminating").On("health_failed").
		To("draining").On("drain").
		To("terminating").On("stop")
	b.State("draining").OnEntry(count(workerfsm.StateDraining)).
		To("terminating").On("checkin_ok").
		To("terminating").On("checkin_error").
		To("terminating").On("stop")
	b.State("terminating").OnEntry(count(workerfsm.StateTerminating)).To("terminated").On("cleanup_complete")
	b.State("terminated").OnEntry(count(workerfsm.StateTerminated)).Final()
	return b.Build()
}

// errNotProcessed is for an event that fluo has rejected: it makes no error itself.
var errNotProcessed = errors.New("worker: fluo has not processed the event")

// Fire boxes the payload, as the library wants it.
func (m *fluoMachine) Fire(e Event, f Failure) error {
	var payload any
	if e == CheckinError || e == HealthFailed {
		payload = f
	}
	result := m.machine.HandleEvent(e.String(), payload)
	switch {
	case result.Error != nil:
		return result.Error
	case !result.Processed:
		return errNotProcessed
	default:
		return nil
	}
}

// State is invalid for a name that the machine does not have.
func (m *fluoMachine) State() State {
	s, _ := workerfsm.ParseState(m.machine.CurrentState())
	return s
}

func (m *fluoMachine) Entries() Entries { return m.entries }
