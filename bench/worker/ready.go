package worker

import (
	"errors"

	"github.com/fsmgen/fsmgen/bench/worker/workerfsm"
)

// errUnexpected ends work in which a machine did something else than it should.
var errUnexpected = errors.New("worker: an event was rejected that should not be, or the other way round")

// All work begins in ready.

func readyInline() *inline {
	m := newInline()
	m.enter(workerfsm.StateReady)
	return m
}

func readyCalled() *called { return &called{*readyInline()} }

func readyHooked() *hooked {
	m := newHooked(new(Entries))
	m.enter(workerfsm.StateReady)
	return m
}

func readyGenerated() (*workerfsm.Machine, error) {
	m, _, err := newGenerated()
	if err != nil {
		return nil, err
	}
	return m, m.InitComplete()
}

func readyServer() (served, error) {
	s, err := newServer()
	if err != nil {
		return served{}, err
	}
	return s, s.InitComplete()
}

func readyStateless() (Machine, error) {
	m := newStateless()
	return m, m.Fire(InitComplete, Failure{})
}

func readyLooplab() (Machine, error) {
	m := newLooplab()
	return m, m.Fire(InitComplete, Failure{})
}

func readyStatekit() (Machine, error) {
	m, err := newStatekit()
	if err != nil {
		return nil, err
	}
	return m, m.Fire(InitComplete, Failure{})
}

func readyFluo() (Machine, error) {
	m, err := newFluo()
	if err != nil {
		return nil, err
	}
	return m, m.Fire(InitComplete, Failure{})
}

// firing is the work of a library whose machine is told of events by value.
func firing(ready func() (Machine, error), work func(m Machine, n int) error) func(n int) error {
	return func(n int) error {
		m, err := ready()
		if err != nil {
			return err
		}
		return work(m, n)
	}
}
