package worker

import (
	"errors"
	"fmt"
	"sync"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

// shareable is a machine as far as many goroutines use it at once.
type shareable interface {
	HealthOK() error
	// Entries is for when all of them are done.
	Entries() Entries
}

// locked is a switch that is safe for many goroutines.
type locked struct {
	mu      sync.Mutex
	machine *hooked
	entries *Entries
}

func readyLocked() (shareable, error) {
	entries := new(Entries)
	m := &locked{machine: newHooked(entries), entries: entries}
	return m, m.machine.InitComplete()
}

func (l *locked) HealthOK() error {
	l.mu.Lock()
	err := l.machine.HealthOK()
	l.mu.Unlock()
	return err
}

func (l *locked) Entries() Entries { return *l.entries }

// fired is a machine that is told of events by value, and is safe by itself.
type fired struct{ Machine }

func (f fired) HealthOK() error { return f.Fire(HealthOK, Failure{}) }

// lockedFired is one that is not: looplab/fsm says that it is safe, but runs what comes after an event unlocked.
type lockedFired struct {
	mu sync.Mutex
	Machine
}

func (f *lockedFired) HealthOK() error {
	f.mu.Lock()
	err := f.Fire(HealthOK, Failure{})
	f.mu.Unlock()
	return err
}

// Guarded is a checkout and a checkin whose guard looks at its payload.
func Guarded() compare.Loops {
	return compare.Loops{
		Title: "ready -> busy -> ready with a guard on a payload: two transitions",
		Limit: compare.Loop{Name: switchWithHooks, Run: guardedHooked},
		Others: []compare.Loop{
			{Name: switchAlone, Run: guardedCalled},
			{Name: switchInlined, Run: guardedInline},
			{Name: generated, Goal: 2, Run: guardedGenerated},
			{Name: onStateless, Run: firing(readyStateless, guarded)},
			{Name: onLooplab, Run: firing(readyLooplab, guarded)},
			{Name: onStatekit, Run: firing(readyStatekit, guarded)},
			{Name: onFluo, Run: firing(readyFluo, guarded)},
		},
	}
}

func guardedHooked(n int) error {
	m := readyHooked()
	for i := range n {
		if m.Checkout() != nil || m.CheckinError(Failure{Failures: i & 1}) != nil {
			return errUnexpected
		}
	}
	return nil
}

func guardedCalled(n int) error {
	m := readyCalled()
	for i := range n {
		if m.Checkout() != nil || m.CheckinError(Failure{Failures: i & 1}) != nil {
			return errUnexpected
		}
	}
	return nil
}

func guardedInline(n int) error {
	m := readyInline()
	for i := range n {
		if m.Checkout() != nil || m.CheckinError(Failure{Failures: i & 1}) != nil {
			return errUnexpected
		}
	}
	return nil
}

func guardedGenerated(n int) error {
	m, err := readyGenerated()
	if err != nil {
		return err
	}
	for i := range n {
		if m.Checkout() != nil || m.CheckinError(Failure{Failures: i & 1}) != nil {
			return errUnexpected
		}
	}
	return nil
}

func guarded(m Machine, n int) error {
	for i := range n {
		if m.Fire(Checkout, Failure{}) != nil || m.Fire(CheckinError, Failure{Failures: i & 1}) != nil {
			return errUnexpected
		}
	}
	return nil
}

// Shared is one transition, of a machine that so many goroutines send events to at once.
func Shared(goroutines int) compare.Loops {
	loop := func(name string, goal float64, ready func() (shareable, error)) compare.Loop {
		return compare.Loop{Name: name, Goal: goal, Run: func(n int) error {
			m, err := ready()
			if err != nil {
				return err
			}
			return share(m, goroutines, n)
		}}
	}
	return compare.Loops{
		Title: fmt.Sprintf("ready -> ready, safe for many goroutines and used by %d: one transition", goroutines),
		Limit: loop(switchLocked, 0, readyLocked),
		Others: []compare.Loop{
			loop(generatedServer, 2, func() (shareable, error) { return readyServer() }),
			loop(onStateless, 0, func() (shareable, error) {
				m, err := readyStateless()
				return fired{m}, err
			}),
			loop(lockedLooplab, 0, func() (shareable, error) {
				m, err := readyLooplab()
				return &lockedFired{Machine: m}, err
			}),
			loop(onStatekit, 0, func() (shareable, error) {
				m, err := readyStatekit()
				return fired{m}, err
			}),
			loop(onFluo, 0, func() (shareable, error) {
				m, err := readyFluo()
				return fired{m}, err
			}),
		},
	}
}

// share sends n events, or a few less if n cannot be divided, and makes sure that all have been handled.
func share(m shareable, goroutines, n int) error {
	before, each := m.Entries(), n/goroutines
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	for i := range errs[1:] {
		wg.Go(func() { errs[i+1] = send(m, each) })
	}
	errs[0] = send(m, each)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	const ready = workerfsm.StateReady
	if got, want := m.Entries()[ready]-before[ready], uint32(each*goroutines); got != want {
		return fmt.Errorf("worker: %d of %d events were handled", got, want)
	}
	return nil
}

func send(m shareable, n int) error {
	for range n {
		if err := m.HealthOK(); err != nil {
			return err
		}
	}
	return nil
}
