package worker

import (
	"context"

	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
	fsm "github.com/fsmgen/fsmgen/runtime"
)

// generatedHooks are the hooks of a generated machine.
type generatedHooks struct{ entries Entries }

func (h *generatedHooks) CountEntry(x *workerfsm.Ctx) { h.entries[x.State()]++ }

func (h *generatedHooks) BelowMax(x *workerfsm.View, f Failure) bool {
	return f.Failures < x.Params().Max
}

func (h *generatedHooks) Terminated(*workerfsm.Ctx, error) {}

func (h *generatedHooks) hooks() workerfsm.Hooks { return workerfsm.Hooks{Worker: h} }

func newGenerated() (*workerfsm.Machine, *Entries, error) {
	h := new(generatedHooks)
	m, err := workerfsm.New(h.hooks(), workerfsm.Params{Max: maxFailures})
	return m, &h.entries, err
}

// served is a generated server, told never to give up waiting.
type served struct {
	*workerfsm.Server
	entries *Entries
}

func newServer() (served, error) {
	h := new(generatedHooks)
	s, err := workerfsm.Start(h.hooks(), workerfsm.Params{Max: maxFailures}, fsm.Config{})
	return served{s, &h.entries}, err
}

// Entries is for when no event is being handled.
func (s served) Entries() Entries { return *s.entries }

func (s served) InitComplete() error          { return s.Server.InitComplete(context.Background()) }
func (s served) InitFailed() error            { return s.Server.InitFailed(context.Background()) }
func (s served) Checkout() error              { return s.Server.Checkout(context.Background()) }
func (s served) CheckinOK() error             { return s.Server.CheckinOK(context.Background()) }
func (s served) CheckinError(f Failure) error { return s.Server.CheckinError(context.Background(), f) }
func (s served) HealthOK() error              { return s.Server.HealthOK(context.Background()) }
func (s served) HealthFailed(f Failure) error { return s.Server.HealthFailed(context.Background(), f) }
func (s served) Drain() error                 { return s.Server.Drain(context.Background()) }
func (s served) Stop() error                  { return s.Server.Stop(context.Background()) }
func (s served) CleanupComplete() error       { return s.Server.CleanupComplete(context.Background()) }

// inline is a switch per event that counts entries itself. Its methods are small enough for the compiler to inline them
// into their caller, where the state is often known: what remains is hardly a transition.
type inline struct {
	state   State
	entries Entries
}

func newInline() *inline {
	m := new(inline)
	m.enter(workerfsm.StateInitializing)
	return m
}

func (m *inline) enter(s State) {
	m.state = s
	m.entries[s]++
}

func (m *inline) State() State { return m.state }

func (m *inline) InitComplete() error {
	if m.state != workerfsm.StateInitializing {
		return reject(m.state, InitComplete)
	}
	m.enter(workerfsm.StateReady)
	return nil
}

func (m *inline) InitFailed() error {
	if m.state != workerfsm.StateInitializing {
		return reject(m.state, InitFailed)
	}
	m.enter(workerfsm.StateTerminating)
	return nil
}

func (m *inline) Checkout() error {
	if m.state != workerfsm.StateReady {
		return reject(m.state, Checkout)
	}
	m.enter(workerfsm.StateBusy)
	return nil
}

func (m *inline) CheckinOK() error {
	switch m.state {
	case workerfsm.StateBusy:
		m.enter(workerfsm.StateReady)
	case workerfsm.StateDraining:
		m.enter(workerfsm.StateTerminating)
	default:
		return reject(m.state, CheckinOK)
	}
	return nil
}

func (m *inline) CheckinError(f Failure) error {
	switch {
	case m.state == workerfsm.StateBusy && f.Failures < maxFailures:
		m.enter(workerfsm.StateReady)
	case m.state == workerfsm.StateBusy:
		m.enter(workerfsm.StateDegraded)
	case m.state == workerfsm.StateDraining:
		m.enter(workerfsm.StateTerminating)
	default:
		return reject(m.state, CheckinError)
	}
	return nil
}

func (m *inline) HealthOK() error {
	switch m.state {
	case workerfsm.StateReady, workerfsm.StateDegraded:
		m.enter(workerfsm.StateReady)
	default:
		return reject(m.state, HealthOK)
	}
	return nil
}

func (m *inline) HealthFailed(f Failure) error {
	switch {
	case m.state == workerfsm.StateReady && f.Failures < maxFailures:
		m.enter(workerfsm.StateDegraded)
	case m.state == workerfsm.StateReady, m.state == workerfsm.StateDegraded:
		m.enter(workerfsm.StateTerminating)
	default:
		return reject(m.state, HealthFailed)
	}
	return nil
}

func (m *inline) Drain() error {
	switch m.state {
	case workerfsm.StateReady, workerfsm.StateBusy, workerfsm.StateDegraded:
		m.enter(workerfsm.StateDraining)
	default:
		return reject(m.state, Drain)
	}
	return nil
}

func (m *inline) Stop() error {
	switch m.state {
	case workerfsm.StateTerminating, workerfsm.StateTerminated:
		return reject(m.state, Stop)
	default:
		m.enter(workerfsm.StateTerminating)
	}
	return nil
}

func (m *inline) CleanupComplete() error {
	if m.state != workerfsm.StateTerminating {
		return reject(m.state, CleanupComplete)
	}
	m.enter(workerfsm.StateTerminated)
	return nil
}
