package worker

import (
	"context"

	"github.com/qmuntal/stateless"

	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

// statelessMachine is the machine on qmuntal/stateless, in its default mode, which queues.
type statelessMachine struct {
	machine *stateless.StateMachine
	entries Entries
}

func newStateless() *statelessMachine {
	m := new(statelessMachine)
	m.machine = stateless.NewStateMachine(workerfsm.StateInitializing)
	for _, s := range workerfsm.States() {
		m.machine.Configure(s).OnEntry(func(context.Context, ...any) error {
			m.entries.countEntry(s)
			return nil
		})
	}
	m.permit()
	m.entries.countEntry(workerfsm.StateInitializing) // which stateless does not enter
	return m
}

func (m *statelessMachine) permit() {
	below := func(_ context.Context, args ...any) bool { return m.entries.belowMax(args[0].(Failure)) }
	atMax := func(_ context.Context, args ...any) bool { return !m.entries.belowMax(args[0].(Failure)) }
	m.machine.Configure(workerfsm.StateInitializing).
		Permit(InitComplete, workerfsm.StateReady).
		Permit(InitFailed, workerfsm.StateTerminating).
		Permit(Stop, workerfsm.StateTerminating)
	m.machine.Configure(workerfsm.StateReady).
		Permit(Checkout, workerfsm.StateBusy).
		PermitReentry(HealthOK).
		Permit(HealthFailed, workerfsm.StateDegraded, below).
		Permit(HealthFailed, workerfsm.StateTerminating, atMax).
		Permit(Drain, workerfsm.StateDraining).
		Permit(Stop, workerfsm.StateTerminating)
	m.machine.Configure(workerfsm.StateBusy).
		Permit(CheckinOK, workerfsm.StateReady).
		Permit(CheckinError, workerfsm.StateReady, below).
		Permit(CheckinError, workerfsm.StateDegraded, atMax).
		Permit(Drain, workerfsm.StateDraining).
		Permit(Stop, workerfsm.StateTerminating)
	m.machine.Configure(workerfsm.StateDegraded).
		Permit(HealthOK, workerfsm.StateReady).
		Permit(HealthFailed, workerfsm.StateTerminating).
		Permit(Drain, workerfsm.StateDraining).
		Permit(Stop, workerfsm.StateTerminating)
	m.machine.Configure(workerfsm.StateDraining).
		Permit(CheckinOK, workerfsm.StateTerminating).
		Permit(CheckinError, workerfsm.StateTerminating).
		Permit(Stop, workerfsm.StateTerminating)
	m.machine.Configure(workerfsm.StateTerminating).
		Permit(CleanupComplete, workerfsm.StateTerminated)
}

// Fire boxes the payload, as the library wants it.
func (m *statelessMachine) Fire(e Event, f Failure) error {
	if e == CheckinError || e == HealthFailed {
		return m.machine.Fire(e, f)
	}
	return m.machine.Fire(e)
}

func (m *statelessMachine) State() State     { return m.machine.MustState().(State) }
func (m *statelessMachine) Entries() Entries { return m.entries }
