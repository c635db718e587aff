package worker

import (
	"errors"

	"github.com/fsmgen/fsmgen/bench/compare"
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

// Rejection is an event that the state has no use for.
func Rejection() compare.Loops {
	return compare.Loops{
		Title: "an event that is rejected",
		Limit: compare.Loop{Name: switchWithHooks, Run: rejectionHooked},
		Others: []compare.Loop{
			{Name: switchAlone, Run: rejectionCalled},
			{Name: switchInlined, Run: rejectionInline},
			{Name: generated, Run: rejectionGenerated},
			{Name: onStateless, Run: firing(readyStateless, rejection)},
			{Name: onLooplab, Run: firing(readyLooplab, rejection)},
			{Name: silentStatekit, Run: firing(readyStatekit, silentRejection)},
			{Name: onFluo, Run: firing(readyFluo, rejection)},
		},
	}
}

func rejectionHooked(n int) error {
	m := readyHooked()
	for range n {
		if m.CleanupComplete() == nil {
			return errUnexpected
		}
	}
	return nil
}

func rejectionCalled(n int) error {
	m := readyCalled()
	for range n {
		if m.CleanupComplete() == nil {
			return errUnexpected
		}
	}
	return nil
}

func rejectionInline(n int) error {
	m := readyInline()
	for range n {
		if m.CleanupComplete() == nil {
			return errUnexpected
		}
	}
	return nil
}

func rejectionGenerated(n int) error {
	m, err := readyGenerated()
	if err != nil {
		return err
	}
	for range n {
		if m.CleanupComplete() == nil {
			return errUnexpected
		}
	}
	return nil
}

// silentRejection looks at the state instead, once.
func silentRejection(m Machine, n int) error {
	before := m.State()
	for range n {
		_ = m.Fire(CleanupComplete, Failure{}) // says nothing
	}
	if m.State() != before {
		return errUnexpected
	}
	return nil
}

func rejection(m Machine, n int) error {
	for range n {
		if m.Fire(CleanupComplete, Failure{}) == nil {
			return errUnexpected
		}
	}
	return nil
}
