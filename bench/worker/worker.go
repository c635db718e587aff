// Package worker is one machine, written by hand, generated, and with other libraries, so that they can be compared.
//
// Every implementation has the same states and guards, counts how often it entered each state, and is driven with the
// same random events by a test. The machine:
//
//	initializing  init_complete                           ready
//	initializing  init_failed | stop                      terminating
//	ready         checkout                                busy
//	ready         health_ok                               ready, entered again
//	ready         health_failed    failures < max         degraded
//	ready         health_failed                           terminating
//	busy          checkin_ok                              ready
//	busy          checkin_error    failures < max         ready
//	busy          checkin_error                           degraded
//	degraded      health_ok                               ready
//	degraded      health_failed                           terminating
//	draining      checkin_ok | checkin_error              terminating
//	terminating   cleanup_complete                        terminated
//	ready | busy | degraded             drain             draining
//	ready | busy | degraded | draining  stop              terminating
package worker

import (
	"fmt"

	"github.com/fsmgen/fsmgen/bench/compare"
)

// All is everything that the implementations are measured with.
func All() []compare.Loops {
	return []compare.Loops{Cycle(), Rejection(), Guarded(), Shared(1), Shared(2)}
}

// Implementation is one way to write the machine.
type Implementation struct {
	Name string
	// Silent says that the caller is not told when an event is rejected.
	Silent bool
	// New returns a machine in its initial state.
	New func() (Machine, error)
}

// Implementations are all that there are, the hand-written switch that the others are held against first.
func Implementations() []Implementation {
	return []Implementation{
		{Name: switchWithHooks, New: func() (Machine, error) {
			entries := new(Entries)
			return dispatch{newHooked(entries), entries}, nil
		}},
		{Name: switchAlone, New: func() (Machine, error) {
			m := newInline()
			return dispatch{m, &m.entries}, nil
		}},
		{Name: generated, New: func() (Machine, error) {
			m, entries, err := newGenerated()
			return dispatch{m, entries}, err
		}},
		{Name: generatedServer, New: func() (Machine, error) {
			s, err := newServer()
			return dispatch{s, s.entries}, err
		}},
		{Name: onStateless, New: func() (Machine, error) { return newStateless(), nil }},
		{Name: onLooplab, New: func() (Machine, error) { return newLooplab(), nil }},
		{Name: onStatekit, Silent: true, New: func() (Machine, error) { return newStatekit() }},
		{Name: onFluo, New: func() (Machine, error) { return newFluo() }},
	}
}

// What the implementations are called.
const (
	switchWithHooks = "switch calling hooks"
	switchAlone     = "switch without hooks"
	switchInlined   = "switch without hooks, inlined"
	switchLocked    = "switch calling hooks, with a mutex"
	generated       = "generated machine"
	generatedServer = "generated server"
	onStateless     = "qmuntal/stateless"
	onLooplab       = "looplab/fsm"
	lockedLooplab   = "looplab/fsm, with a mutex"
	onStatekit      = "felixgeelhaar/statekit"
	silentStatekit  = "felixgeelhaar/statekit, which says nothing"
	onFluo          = "anggasct/fluo"
)

// Machine is a worker in some implementation.
type Machine interface {
	// Fire makes an event happen. Events without a payload leave the Failure alone.
	Fire(Event, Failure) error
	State() State
	Entries() Entries
}

// methods are those of an implementation that has one per event.
type methods interface {
	InitComplete() error
	InitFailed() error
	Checkout() error
	CheckinOK() error
	CheckinError(Failure) error
	HealthOK() error
	HealthFailed(Failure) error
	Drain() error
	Stop() error
	CleanupComplete() error
	State() State
}

// dispatch is a Machine over an implementation that has a method per event.
type dispatch struct {
	methods
	entries *Entries
}

func (d dispatch) Entries() Entries { return *d.entries }

func (d dispatch) Fire(e Event, f Failure) error {
	switch e {
	case InitComplete:
		return d.InitComplete()
	case InitFailed:
		return d.InitFailed()
	case Checkout:
		return d.Checkout()
	case CheckinOK:
		return d.CheckinOK()
	case CheckinError:
		return d.CheckinError(f)
	case HealthOK:
		return d.HealthOK()
	case HealthFailed:
		return d.HealthFailed(f)
	case Drain:
		return d.Drain()
	case Stop:
		return d.Stop()
	case CleanupComplete:
		return d.CleanupComplete()
	default:
		return fmt.Errorf("worker: event %d is unknown: want one below %d", e, eventCount)
	}
}

// called is inline behind calls that the compiler may not inline.
type called struct{ inline }

//go:noinline
func (m *called) Checkout() error { return m.inline.Checkout() }

//go:noinline
func (m *called) CheckinOK() error { return m.inline.CheckinOK() }

//go:noinline
func (m *called) CheckinError(f Failure) error { return m.inline.CheckinError(f) }

//go:noinline
func (m *called) CleanupComplete() error { return m.inline.CleanupComplete() }
