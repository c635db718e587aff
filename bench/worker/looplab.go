package worker

import (
	"context"
	"errors"

	looplab "github.com/looplab/fsm"

	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

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
