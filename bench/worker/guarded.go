package worker

import "github.com/fsmgen/fsmgen/bench/compare"

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
