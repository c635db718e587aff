package worker

import (
	"errors"
	"fmt"
	"sync"

	"github.com/fsmgen/fsmgen/bench/compare"
	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

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
