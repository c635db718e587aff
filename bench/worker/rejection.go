package worker

import "github.com/fsmgen/fsmgen/bench/compare"

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
