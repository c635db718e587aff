package worker

import "github.com/fsmgen/fsmgen/bench/compare"

// Cycle is a checkout and a checkin.
func Cycle() compare.Loops {
	return compare.Loops{
		Title: "ready -> busy -> ready: two transitions",
		Limit: compare.Loop{Name: switchWithHooks, Run: cycleHooked},
		Others: []compare.Loop{
			{Name: switchAlone, Run: cycleCalled},
			{Name: switchInlined, Run: cycleInline},
			{Name: generated, Goal: 2, Run: cycleGenerated},
			{Name: onStateless, Run: firing(readyStateless, cycle)},
			{Name: onLooplab, Run: firing(readyLooplab, cycle)},
			{Name: onStatekit, Run: firing(readyStatekit, cycle)},
			{Name: onFluo, Run: firing(readyFluo, cycle)},
		},
	}
}

func cycleHooked(n int) error {
	m := readyHooked()
	for range n {
		if m.Checkout() != nil || m.CheckinOK() != nil {
			return errUnexpected
		}
	}
	return nil
}

func cycleCalled(n int) error {
	m := readyCalled()
	for range n {
		if m.Checkout() != nil || m.CheckinOK() != nil {
			return errUnexpected
		}
	}
	return nil
}

func cycleInline(n int) error {
	m := readyInline()
	for range n {
		if m.Checkout() != nil || m.CheckinOK() != nil {
			return errUnexpected
		}
	}
	return nil
}

func cycleGenerated(n int) error {
	m, err := readyGenerated()
	if err != nil {
		return err
	}
	for range n {
		if m.Checkout() != nil || m.CheckinOK() != nil {
			return errUnexpected
		}
	}
	return nil
}

func cycle(m Machine, n int) error {
	for range n {
		if m.Fire(Checkout, Failure{}) != nil || m.Fire(CheckinOK, Failure{}) != nil {
			return errUnexpected
		}
	}
	return nil
}
