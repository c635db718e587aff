package worker

import (
	"context"
	"errors"

	"github.com/anggasct/fluo"
	"github.com/felixgeelhaar/statekit"
	looplab "github.com/looplab/fsm"
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

// statekitMachine is the machine on felixgeelhaar/statekit, which does not report that it has rejected an event.
type statekitMachine struct {
	interpreter *statekit.Interpreter[Entries]
}

func newStatekit() (*statekitMachine, error) {
	def, err := statekitDefinition()
	if err != nil {
		return nil, err
	}
	m := &statekitMachine{statekit.NewInterpreter(def)}
	m.interpreter.Start()
	return m, nil
}

func statekitDefinition() (*statekit.MachineConfig[Entries], error) {
	b := statekit.NewMachine[Entries]("worker").WithInitial("initializing").WithContext(Entries{}).
		WithGuard("below", func(n Entries, e statekit.Event) bool { return n.belowMax(e.Payload.(Failure)) })
	for _, s := range workerfsm.States() {
		b = b.WithAction(statekit.ActionType("count_"+s.String()), func(n *Entries, _ statekit.Event) { n.countEntry(s) })
	}
	b = b.State("initializing").OnEntry("count_initializing").
		On("init_complete").Target("ready").
		On("init_failed").Target("terminating").
		On("stop").Target("terminating").Done()
	b = b.State("ready").OnEntry("count_ready").
		On("checkout").Target("busy").
		On("health_ok").Target("ready").
		On("health_failed").Target("degraded").Guard("below").
		On("health_failed").Target("terminating").
		On("drain").Target("draining").
		On("stop").Target("terminating").Done()
	b = b.State("busy").OnEntry("count_busy").
		On("checkin_ok").Target("ready").
		On("checkin_error").Target("ready").Guard("below").
		On("checkin_error").Target("degraded").
		On("drain").Target("draining").
		On("stop").Target("terminating").Done()
	b = b.State("degraded").OnEntry("count_degraded").
		On("health_ok").Target("ready").
		On("health_failed").Target("terminating").
		On("drain").Target("draining").
		On("stop").Target("terminating").Done()
	b = b.State("draining").OnEntry("count_draining").
		On("checkin_ok").Target("terminating").
		On("checkin_error").Target("terminating").
		On("stop").Target("terminating").Done()
	b = b.State("terminating").OnEntry("count_terminating").On("cleanup_complete").Target("terminated").Done()
	b = b.State("terminated").Final().OnEntry("count_terminated").Done()
	return b.Build()
}

// statekitEvents are the events in the words of the library, made once.
var statekitEvents = func() (all [eventCount]statekit.EventType) {
	for e := range eventCount {
		all[e] = statekit.EventType(e.String())
	}
	return all
}()

// Fire boxes the payload, as the library wants it. It never fails: Send says nothing.
func (m *statekitMachine) Fire(e Event, f Failure) error {
	event := statekit.Event{Type: statekitEvents[e]}
	if e == CheckinError || e == HealthFailed {
		event.Payload = f
	}
	m.interpreter.Send(event)
	return nil
}

// State is invalid for a name that the machine does not have.
func (m *statekitMachine) State() State {
	s, _ := workerfsm.ParseState(string(m.interpreter.State().Value))
	return s
}

func (m *statekitMachine) Entries() Entries { return m.interpreter.State().Context }

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

// looplabMachine is the machine on looplab/fsm. An event has one destination per state there, so a guard cancels the
// event, and Fire tries the one with this suffix instead.
type looplabMachine struct {
	machine *looplab.FSM
	entries Entries
}

const otherwise = "_otherwise"

func newLooplab() *looplabMachine {
	m := new(looplabMachine)
	m.machine = looplab.NewFSM("initializing", looplab.Events{
		{Name: "init_complete", Src: []string{"initializing"}, Dst: "ready"},
		{Name: "init_failed", Src: []string{"initializing"}, Dst: "terminating"},
		{Name: "checkout", Src: []string{"ready"}, Dst: "busy"},
		{Name: "health_ok", Src: []string{"ready", "degraded"}, Dst: "ready"},
		{Name: "health_failed", Src: []string{"ready"}, Dst: "degraded"},
		{Name: "health_failed", Src: []string{"degraded"}, Dst: "terminating"},
		{Name: "health_failed" + otherwise, Src: []string{"ready"}, Dst: "terminating"},
		{Name: "checkin_ok", Src: []string{"busy"}, Dst: "ready"},
		{Name: "checkin_ok", Src: []string{"draining"}, Dst: "terminating"},
		{Name: "checkin_error", Src: []string{"busy"}, Dst: "ready"},
		{Name: "checkin_error", Src: []string{"draining"}, Dst: "terminating"},
		{Name: "checkin_error" + otherwise, Src: []string{"busy"}, Dst: "degraded"},
		{Name: "drain", Src: []string{"ready", "busy", "degraded"}, Dst: "draining"},
		{Name: "stop", Src: []string{"initializing", "ready", "busy", "degraded", "draining"}, Dst: "terminating"},
		{Name: "cleanup_complete", Src: []string{"terminating"}, Dst: "terminated"},
	}, m.callbacks())
	m.entries.countEntry(workerfsm.StateInitializing) // which looplab does not enter
	return m
}

func (m *looplabMachine) callbacks() looplab.Callbacks {
	guard := func(source string) looplab.Callback {
		return func(_ context.Context, e *looplab.Event) {
			if e.Src == source && !m.entries.belowMax(e.Args[0].(Failure)) {
				e.Cancel()
			}
		}
	}
	callbacks := looplab.Callbacks{
		"before_checkin_error": guard("busy"),
		"before_health_failed": guard("ready"),
		"after_health_ok": func(_ context.Context, e *looplab.Event) {
			if e.Src == e.Dst { // which is not an entry there
				m.entries.countEntry(workerfsm.StateReady)
			}
		},
	}
	for _, s := range workerfsm.States() {
		callbacks["enter_"+s.String()] = func(context.Context, *looplab.Event) { m.entries.countEntry(s) }
	}
	return callbacks
}

// Fire boxes the payload, as the library wants it.
func (m *looplabMachine) Fire(e Event, f Failure) error {
	ctx := context.Background()
	switch e {
	case CheckinError, HealthFailed:
		err := m.machine.Event(ctx, e.String(), f)
		if _, canceled := errors.AsType[looplab.CanceledError](err); canceled {
			return m.machine.Event(ctx, e.String()+otherwise, f)
		}
		return err
	case HealthOK:
		err := m.machine.Event(ctx, e.String())
		if _, stayed := errors.AsType[looplab.NoTransitionError](err); stayed {
			return nil
		}
		return err
	default:
		return m.machine.Event(ctx, e.String())
	}
}

// State is invalid for a name that the machine does not have.
func (m *looplabMachine) State() State {
	s, _ := workerfsm.ParseState(m.machine.Current())
	return s
}

func (m *looplabMachine) Entries() Entries { return m.entries }
