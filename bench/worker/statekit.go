package worker

import (
	"github.com/felixgeelhaar/statekit"

	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

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
