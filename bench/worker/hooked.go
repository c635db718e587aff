package worker

import "github.com/fsmgen/fsmgen/bench/worker/workerfsm"

// hooked is a switch per event that leaves guards and entries to hooks, as the generated machine does. Its methods are kept
// from being inlined, because those of a machine that does more are too large for that.
type hooked struct {
	state State
	hooks hooks
}

// hooks is the interface of the actions of the machine.
type hooks interface {
	countEntry(State)
	belowMax(Failure) bool
}

func (e *Entries) countEntry(s State) { e[s]++ }

func (e *Entries) belowMax(f Failure) bool { return f.Failures < maxFailures }

func newHooked(h hooks) *hooked {
	m := &hooked{hooks: h}
	m.enter(workerfsm.StateInitializing)
	return m
}

func (m *hooked) enter(s State) {
	m.state = s
	m.hooks.countEntry(s)
}

func (m *hooked) State() State { return m.state }

//go:noinline
func (m *hooked) InitComplete() error {
	if m.state != workerfsm.StateInitializing {
		return reject(m.state, InitComplete)
	}
	m.enter(workerfsm.StateReady)
	return nil
}

//go:noinline
func (m *hooked) InitFailed() error {
	if m.state != workerfsm.StateInitializing {
		return reject(m.state, InitFailed)
	}
	m.enter(workerfsm.StateTerminating)
	return nil
}

//go:noinline
func (m *hooked) Checkout() error {
	if m.state != workerfsm.StateReady {
		return reject(m.state, Checkout)
	}
	m.enter(workerfsm.StateBusy)
	return nil
}

//go:noinline
func (m *hooked) CheckinOK() error {
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

//go:noinline
func (m *hooked) CheckinError(f Failure) error {
	switch {
	case m.state == workerfsm.StateBusy && m.hooks.belowMax(f):
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

//go:noinline
func (m *hooked) HealthOK() error {
	switch m.state {
	case workerfsm.StateReady, workerfsm.StateDegraded:
		m.enter(workerfsm.StateReady)
	default:
		return reject(m.state, HealthOK)
	}
	return nil
}

//go:noinline
func (m *hooked) HealthFailed(f Failure) error {
	switch {
	case m.state == workerfsm.StateReady && m.hooks.belowMax(f):
		m.enter(workerfsm.StateDegraded)
	case m.state == workerfsm.StateReady, m.state == workerfsm.StateDegraded:
		m.enter(workerfsm.StateTerminating)
	default:
		return reject(m.state, HealthFailed)
	}
	return nil
}

//go:noinline
func (m *hooked) Drain() error {
	switch m.state {
	case workerfsm.StateReady, workerfsm.StateBusy, workerfsm.StateDegraded:
		m.enter(workerfsm.StateDraining)
	default:
		return reject(m.state, Drain)
	}
	return nil
}

//go:noinline
func (m *hooked) Stop() error {
	switch m.state {
	case workerfsm.StateTerminating, workerfsm.StateTerminated:
		return reject(m.state, Stop)
	default:
		m.enter(workerfsm.StateTerminating)
	}
	return nil
}

//go:noinline
func (m *hooked) CleanupComplete() error {
	if m.state != workerfsm.StateTerminating {
		return reject(m.state, CleanupComplete)
	}
	m.enter(workerfsm.StateTerminated)
	return nil
}
